"""One file from one address, resumed where a broken line left off, also by a later pull.

Beside the partial file stands a note with its address and what the server calls this state of it, so that the rest of
a file that has changed meanwhile is never appended (RFC 9110, If-Range).
"""

from __future__ import annotations

import ipaddress
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from copilot.catalogue.fetching.base import Job, SourceFailed, new_digest
from copilot.catalogue.hashing import BLOCK, read_json, write_json
from copilot.catalogue.schema import ModelFile

if TYPE_CHECKING:
    import httpx

SUFFIX: Final = "partial"
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})  # faults that a server may be over with in a moment


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a broken download is taken up again.

    Attributes:
        fruitless: Tries in a row that bring not one byte, before the source counts as failed.
        pause_s: Before the second try in a row without a byte; doubles with each further one.
    """

    fruitless: int = 3
    pause_s: float = 0.5


class _Fruitless(Exception):
    """This try failed, the next may succeed."""


class Download:
    """Fetches one file of a model and moves it into its place."""

    def __init__(
        self, job: Job, client: httpx.Client, file: ModelFile, url: str, before: int, total: int, patience: Patience
    ) -> None:
        """Prepare.

        Args:
            job: What it belongs to.
            client: Follows redirections.
            file: Which file it is.
            url: Where it is.
            before: Bytes of the job's other files that have arrived, for the progress.
            total: Bytes of all the job's files.
            patience: When to give up.
        """
        self._job, self._client, self._file, self._url = job, client, file, url
        self._before, self._total, self._patience = before, total, patience
        self._wanted_hash = job.shelf.wanted_hash(job.entry, file)
        self._host = urlsplit(url).hostname or url
        self._partial = job.staged(file, SUFFIX)
        self._note = self._partial.with_name(f"{self._partial.name}.json")
        self._digest = new_digest()
        self._have = 0

    def run(self) -> int:
        """Download, check, and move into place.

        Returns:
            The file's size.

        Raises:
            SourceFailed: As in `web.fetch`.
        """
        self._refuse_unprotected(self._url)
        self._take_up()
        had_left_over = self._have > 0
        try:
            return self._finish()
        except SourceFailed as error:
            if not (had_left_over and error.wrong_content):
                raise
        # What was left from before may be of another file that stood at this address: once more from the start.
        self._start_over()
        return self._finish()

    def _finish(self) -> int:
        self._download()
        size = self._have
        try:
            self._job.install(self._file, self._partial, self._digest.hexdigest(), self._url)
        finally:
            self._note.unlink(missing_ok=True)
        return size

    def _download(self) -> None:
        import httpx

        fruitless = 0
        while True:
            had = self._have
            try:
                if self._one_try():
                    return
                fault = "the line broke"
            except (httpx.TransportError, _Fruitless) as error:
                fault = str(error) or type(error).__name__
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise SourceFailed(f"{self._host}: {error}") from error
            self._job.stop_if_asked()
            fruitless = 0 if self._have > had else fruitless + 1
            if fruitless >= self._patience.fruitless:
                raise SourceFailed(f"{self._host} can't be reached ({fault})")
            if fruitless:
                (self._job.cancel or threading.Event()).wait(self._patience.pause_s * 2 ** (fruitless - 1))

    def _one_try(self) -> bool:
        """Ask for what is still missing; return whether the file is complete."""
        headers: dict[str, str] = {}
        validator = read_json(self._note).get("validator")
        if self._have and validator is None and self._wanted_hash is None:
            self._start_over()  # nothing would tell whether the rest belongs to the beginning
        if self._have:
            headers["Range"] = f"bytes={self._have}-"
            if validator is not None:
                headers["If-Range"] = str(validator)
        with self._client.stream("GET", self._url, headers=headers) as response:
            if response.status_code == 416 and self._have:
                if _total_of(response) == self._have:
                    return True
                self._start_over()
                return False
            self._refuse(response)
            if (_start_of(response) if response.status_code == 206 else 0) != self._have:
                self._start_over()
                if response.status_code == 206:
                    return False
            whole = _total_of(response)
            if whole is not None and self._file.bytes not in (None, whole):
                raise SourceFailed(
                    f"{self._host} has a “{self._file.name}” of {whole} bytes, the catalogue lists {self._file.bytes}",
                    wrong_content=True,
                )
            write_json(self._note, {"url": self._url, "validator": _validator(response)})
            self._receive(response, whole or self._file.bytes)
        return whole is None or self._have >= whole

    def _receive(self, response: httpx.Response, whole: int | None) -> None:
        with self._partial.open("ab") as out:
            # In the pieces that arrive: what httpx would gather into blocks is lost when the line breaks.
            for block in response.iter_raw():
                self._job.stop_if_asked()
                out.write(block)
                self._digest.update(block)
                self._have += len(block)
                more = max(0, (whole or 0) - self._file.expected_bytes)
                done = self._before + self._have
                self._job.tell(done, max(self._total + more, done), self._file.name)
                if whole is not None and self._have > whole:
                    return  # more than there should be: the hash will refuse it

    def _take_up(self) -> None:
        """Go on with what an earlier pull left, if it came from the same address."""
        if not self._partial.is_file():
            return
        if read_json(self._note).get("url") != self._url:
            self._start_over()
            return
        with self._partial.open("rb") as file:
            while block := file.read(BLOCK):
                self._job.stop_if_asked()
                self._digest.update(block)
                self._have += len(block)

    def _start_over(self) -> None:
        self._partial.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self._digest = new_digest()
        self._have = 0

    def _refuse(self, response: httpx.Response) -> None:
        """Raise where the answer can't be the file."""
        code = response.status_code
        if code in _PASSING:
            raise _Fruitless(f"it answers {code} {response.reason_phrase}")
        if code in (401, 403):
            raise SourceFailed(f"{self._host} wants a permission for this file ({code}); HF_TOKEN may hold one")
        if code in (404, 410):
            raise SourceFailed(f"{self._host} has no such file ({self._url})")
        if code not in (200, 206):
            raise SourceFailed(f"{self._host} answers {code} {response.reason_phrase}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceFailed(f"{self._host} delivers the file packed, though asked not to")
        steps = (*response.history, response)
        for step in steps:
            self._refuse_unprotected(str(step.url))
        # A hub tells the hash of a large file before the file itself: it needn't be downloaded to be refused.
        told = next((tag for step in steps if (tag := _linked_hash(step))), None)
        if self._wanted_hash and told and told != self._wanted_hash:
            raise SourceFailed(
                f"{self._host} has another “{self._file.name}” (sha256 {told[:12]}…) than the catalogue lists",
                wrong_content=True,
            )

    def _refuse_unprotected(self, url: str) -> None:
        if self._wanted_hash is None and not is_protected(url):
            raise SourceFailed(
                f"nothing tells the right “{self._file.name}” from a forged one: the catalogue has no hash of it, and "
                f"{url} is not https"
            )


def is_protected(url: str) -> bool:
    """Whether nobody between here and there can change what is sent: https, or this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _start_of(response: httpx.Response) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _total_of(response: httpx.Response) -> int | None:
    """The whole file's size, as far as the server tells it."""
    if response.status_code == 200:
        told = response.headers.get("Content-Length", "")
    else:
        told = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(told) if told.isdigit() else None


def _validator(response: httpx.Response) -> str | None:
    """What says at the next try that the file is still the same; a weak tag doesn't (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return str(tag)
    modified = response.headers.get("Last-Modified")
    return str(modified) if modified else None


def _linked_hash(response: httpx.Response) -> str | None:
    """The sha256 that the hub's own address gives of a file in its large-file storage."""
    tag = response.headers.get("X-Linked-Etag", "").strip('"')
    return tag if re.fullmatch(r"[0-9a-f]{64}", tag) else None
