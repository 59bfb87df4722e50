"""A git repository, read with the ``git`` program: no working copy, one commit, blob by blob."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import stamina

from index.errors import NetworkError, ResourceError, UsageError
from sync.hub.settings import SourceSettings
from sync.hub.sources.mirror import Mirror, TooLarge

_PIECE: Final = 1 << 20
_FETCH_S: Final = 1800
_QUICK_S: Final = 120
_LFS: Final = b"version https://git-lfs.github.com/spec/v1"
_ATTEMPTS: Final = 3
_SAFE: Final = ("-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")


class GitSource:
    """Compares by commit, then by blob, so that a refresh costs what changed."""

    def __init__(self, settings: SourceSettings) -> None:
        self._url = settings.location.removeprefix("git+")
        self._ref = settings.ref or "HEAD"
        if self._url.startswith("-") or self._ref.startswith("-"):
            raise UsageError("A repository's address or branch can't begin with “-”.")
        if Path(self._url).exists():
            self._url = Path(self._url).resolve().as_uri()
        self._below = (settings.subfolder or "").strip("/")
        # Another choice of files of the same commit must be looked at.
        self._wish = hashlib.sha256(
            repr((settings.include, settings.exclude, self._below, settings.max_file_mb)).encode()
        ).hexdigest()[:16]

    def refresh(self, mirror: Mirror) -> str:
        """See `sync.hub.sources.base.Source.refresh`."""
        repository = mirror.scratch / "repository.git"
        if not (repository / "HEAD").exists():
            _git(["init", "--quiet", "--bare", str(repository)], _QUICK_S)
        for attempt in stamina.retry_context(on=NetworkError, attempts=_ATTEMPTS, timeout=None, wait_initial=1.0):
            with attempt:
                options = ["--quiet", "--no-tags", "--depth=1", "--force"]
                _git(["-C", str(repository), "fetch", *options, self._url, self._ref], _FETCH_S)
        commit = _git(["-C", str(repository), "rev-parse", "FETCH_HEAD^{commit}"], _QUICK_S).decode().strip()
        version = f"{commit} {self._wish}"
        if version == mirror.last_version() and mirror.keep_all():
            return version
        with _Blobs(repository) as blobs:
            for path, blob, size in self._files(repository, commit):
                if not mirror.wanted(path):
                    continue
                if mirror.known(path) == blob:
                    mirror.keep(path)
                    continue
                if size > mirror.source.max_file_mb << 20:
                    mirror.problem(path, f"The file is longer than {mirror.source.max_file_mb:,} MB.")
                    continue
                self._take(mirror, blobs, path, blob)
        return version

    def _files(self, repository: Path, commit: str) -> Iterator[tuple[str, str, int]]:
        tree = f"{commit}:{self._below}" if self._below else commit
        try:
            listed = _git(["-C", str(repository), "ls-tree", "-r", "-z", "-l", tree], _QUICK_S)
        except NetworkError as error:
            raise UsageError(f"The repository has no folder {self._below}.", "Mend subfolder in hub.toml.") from error
        for line in listed.split(b"\0"):
            about, _, name = line.partition(b"\t")
            if not name:
                continue
            mode, kind, blob, size = about.split()
            if kind == b"blob" and mode != b"120000":  # a symbolic link is a blob too
                yield name.decode("utf-8", "replace"), blob.decode(), int(size)

    @staticmethod
    def _take(mirror: Mirror, blobs: _Blobs, path: str, blob: str) -> None:
        pieces = blobs.read(blob)
        first = next(pieces, b"")
        if first.startswith(_LFS):
            for _ in pieces:
                pass
            mirror.problem(path, "It is kept in git LFS; the repository holds only a pointer to it.")
            return

        def whole() -> Iterator[bytes]:
            yield first
            yield from pieces

        try:
            mirror.put(path, blob, whole())
        except TooLarge as error:
            for _ in pieces:
                pass
            mirror.problem(path, str(error))


class _Blobs:
    """``git cat-file --batch``: one process for all blobs."""

    def __init__(self, repository: Path) -> None:
        command = ["git", *_SAFE, "-C", str(repository), "cat-file", "--batch"]
        self._process = subprocess.Popen(  # noqa: S603 - arguments are ours
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )

    def __enter__(self) -> _Blobs:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()

    def read(self, blob: str) -> Iterator[bytes]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(blob.encode() + b"\n")
        stdin.flush()
        head = stdout.readline().split()
        if len(head) != 3:
            raise NetworkError(f"git can't read the blob {blob}.", "Delete repository.git in the source's folder.")
        yield from _exactly(stdout, int(head[2]))
        stdout.read(1)


def _exactly(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size:
        piece = stream.read(min(size, _PIECE))
        if not piece:
            raise NetworkError("git ended early.", "Try again.")
        size -= len(piece)
        yield piece


def _git(arguments: list[str], timeout_s: float) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and what a person gave can't be an option
            ["git", *_SAFE, *arguments], capture_output=True, timeout=timeout_s, check=False, env=_environment()  # noqa: S607
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ResourceError("The program git is not installed.", "Install it, then try again.") from error
    except subprocess.TimeoutExpired as error:
        raise NetworkError(f"git took longer than {timeout_s:.0f} s.", "Try again.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = next((line for line in reversed(said) if line.startswith("fatal:")), said[-1] if said else "")
        raise NetworkError(
            f"The repository can't be read: {reason.removeprefix('fatal: ')[:300]}",
            "Check its address, its branch, and this user's right to read it.",
        )
    return done.stdout


def _environment() -> dict[str, str]:
    # Nobody sits here to type a password, and nothing of a surrounding repository may be taken for this one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes", "LC_ALL": "C"}
