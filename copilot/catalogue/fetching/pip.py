"""Downloads pinned packages with pip in processes of its own, a few at a time, in order.

pip's own configuration (index, mirror, certificates, proxy) decides where they come from. What arrives is never
installed, imported or run: it is only opened as the zip archive that it is.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from copilot.catalogue.fetching.base import SourceFailed
from copilot.catalogue.schema import Package

AHEAD: Final = 3
"""Downloads at a time. Hides pip's start-up (0.5 s of CPU for each package) behind the network."""

_POLL_S: Final = 0.1
_SLOT: Final = "pip-"
_UNREACHABLE: Final = re.compile(
    r"NewConnectionError|Failed to establish|Max retries|Name or service not known|name resolution|getaddrinfo|"
    r"ProxyError|timed out|Connection refused|Connection broken|ConnectionReset|unreachable|SSLError",
    re.IGNORECASE,
)


class _Garbled(SourceFailed):
    """pip itself saw that what arrived is damaged, or failed for a reason of its own: once more may help."""


class PipDownloads:
    """Iterates over packages with the path of each one's file, in order, while the next ones are under way."""

    def __init__(
        self,
        packages: Sequence[Package],
        cache: Path,
        on_bytes: Callable[[int], None],
        cancel: threading.Event | None = None,
    ) -> None:
        """Prepare, without starting yet.

        Args:
            packages: What to download.
            cache: Where package files go; one that is there already is not downloaded.
            on_bytes: Told, from any thread, how many bytes of all packages have arrived.
            cancel: Set from outside to stop.
        """
        self._packages = packages
        self._cache = cache
        self._on_bytes = on_bytes
        self._cancel = cancel
        self._closing = threading.Event()
        self._arrived: dict[str, int] = {}
        self._pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="pip")
        self._waiting = list(packages)
        self._running: dict[str, Future[Path]] = {}

    def __enter__(self) -> Self:
        self._cache.mkdir(parents=True, exist_ok=True)
        for left_over in self._cache.glob(f"{_SLOT}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[tuple[Package, Path]]:
        """Yield each package with its file.

        Raises:
            SourceFailed: pip can't get it.
            OSError: The disk is full.
        """
        for package in self._packages:
            while self._waiting and len(self._running) < AHEAD:
                following = self._waiting.pop(0)
                self._running[following.requirement] = self._pool.submit(self._download, following)
            yield package, self._running[package.requirement].result()
            # Kept in the window until here, so that no more than AHEAD package files lie on the disk.
            del self._running[package.requirement]

    def again(self, package: Package) -> Path:
        """Download a package anew, in place of the damaged file; raises like `__iter__`."""
        (self._cache / package.wheel_name).unlink(missing_ok=True)
        return self._pool.submit(self._download, package).result()

    def _download(self, package: Package) -> Path:
        place = self._cache / package.wheel_name
        if place.is_file():
            self._note(package, package.bytes)
            return place
        slot = Path(tempfile.mkdtemp(dir=self._cache, prefix=_SLOT))
        try:
            try:
                self._run_pip(package, slot)
            except _Garbled:
                self._run_pip(package, slot)
            wheels = list((slot / "out").glob("*.whl"))
            if len(wheels) != 1:
                raise SourceFailed(f"pip delivered no wheel for {package.requirement}")
            wheels[0].replace(place)
        finally:
            shutil.rmtree(slot, ignore_errors=True)
        self._note(package, package.bytes)
        return place

    def _run_pip(self, package: Package, slot: Path) -> None:
        temporary, out, log = slot / "tmp", slot / "out", slot / "log"
        temporary.mkdir(exist_ok=True)
        # fmt: off
        command = [
            sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python",
            "--no-cache-dir",  # pip's cache would keep every gigabyte a second time
            "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--dest", str(out),
            "--", package.requirement,
        ]
        # fmt: on
        # pip downloads to a temporary folder first: on the same disk, and where the progress can be seen.
        environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        with log.open("wb") as words:
            process = subprocess.Popen(  # noqa: S603 - a list, no shell; name and version are checked by the catalogue
                command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=environment
            )
            try:
                while True:
                    try:
                        code = process.wait(_POLL_S)
                        break
                    except subprocess.TimeoutExpired:
                        self._note(package, min(_size_of(temporary), package.bytes))
                        if self._closing.is_set() or (self._cancel is not None and self._cancel.is_set()):
                            raise SourceFailed("stopped") from None
            finally:
                if process.poll() is None:
                    process.terminate()
                    try:
                        process.wait(5)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()
        if code:
            raise _explain(package, log.read_text(encoding="utf-8", errors="replace"))

    def _note(self, package: Package, count: int) -> None:
        self._arrived[package.requirement] = count
        self._on_bytes(sum(self._arrived.copy().values()))


def _explain(package: Package, words: str) -> Exception:
    if "No space left on device" in words or "Errno 28" in words or "Disk quota exceeded" in words:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "No module named pip" in words:
        return SourceFailed("this Python has no pip (python -m ensurepip installs it)")
    if _UNREACHABLE.search(words):
        return SourceFailed("the package index can't be reached")
    if "No matching distribution found" in words:
        return SourceFailed(f"the package index has no {package.requirement}")
    errors = [line.removeprefix("ERROR:").strip() for line in words.splitlines() if line.startswith("ERROR:")]
    return _Garbled(f"pip could not get {package.requirement}: {(errors or ['no reason given'])[-1][:300]}")


def _size_of(folder: Path) -> int:
    total = 0
    for inner, _, names in os.walk(folder):  # which, unlike Path.rglob, bears folders that vanish meanwhile
        for name in names:
            try:
                total += os.lstat(os.path.join(inner, name)).st_size  # noqa: PTH118 - ten times a second
            except OSError:
                continue
    return total
