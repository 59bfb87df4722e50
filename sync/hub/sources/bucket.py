"""Buckets and other remote file systems through fsspec: S3 and what speaks like it, Google, Azure, SFTP.

https://filesystem-spec.readthedocs.io. Credentials come from where each system's own tools look for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import stamina

from index.errors import DiskFull, EdgeCopilotError, InputError, NetworkError, ResourceError
from sync.hub.settings import SourceSettings
from sync.hub.sources.mirror import Mirror, TooLarge

_PIECE: Final = 1 << 20
_ATTEMPTS: Final = 4
_VERSIONS: Final = ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "mtime", "created")


class BucketSource:
    """Compares by ETag, else by modification time, and by size."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings

    def refresh(self, mirror: Mirror) -> str:
        """See `sync.hub.sources.base.Source.refresh`."""
        system, root = self._open()
        root = root.rstrip("/")
        system.invalidate_cache()  # else it would compare with, and ask for, what was there last time
        try:
            found = self._patiently(lambda: system.find(root, detail=True))
        except FileNotFoundError:
            found = {}
        if not found and not self._patiently(lambda: system.exists(root)):
            raise NetworkError(f"There is nothing at {self._settings.location}.", "Check the address.")
        for name in sorted(found):
            info = found[name]
            path = name.removeprefix(root).lstrip("/") or name.rpartition("/")[2]
            if info.get("type", "file") != "file" or not mirror.wanted(path):
                continue
            version = _version(info)
            if version and mirror.known(path) == version:
                mirror.keep(path)
                continue
            if (info.get("size") or 0) > mirror.source.max_file_mb << 20:
                mirror.problem(path, f"The file is longer than {mirror.source.max_file_mb:,} MB.")
                continue
            self._take(mirror, system, name, path, version)
        return ""

    def _open(self) -> tuple[Any, str]:
        try:
            import fsspec
        except ModuleNotFoundError as error:
            raise ResourceError(
                "Sources in buckets need the package fsspec.", "Install it: pip install 'edge-copilot[hub]'"
            ) from error
        options = dict(self._settings.options)
        if "endpoint_url" in options:
            options["client_kwargs"] = {"endpoint_url": options.pop("endpoint_url"), **options.get("client_kwargs", {})}
        try:
            system, root = fsspec.core.url_to_fs(self._settings.location, **options)
        except (ImportError, ValueError) as error:
            raise ResourceError(
                f"{self._settings.location} can't be opened: {error}",
                "Install the fsspec package for this kind of address.",
            ) from error
        return system, str(root)

    def _take(self, mirror: Mirror, system: Any, name: str, path: str, version: str) -> None:  # noqa: ANN401
        def pieces() -> Iterator[bytes]:
            with system.open(name, "rb") as file:
                while piece := file.read(_PIECE):
                    yield piece

        try:
            self._patiently(lambda: mirror.put(path, version, pieces()))
        except FileNotFoundError:
            mirror.gone(path)
        except (TooLarge, NetworkError) as error:
            mirror.problem(path, str(error))

    def _patiently(self, call: Any) -> Any:  # noqa: ANN401 - whatever the call returns
        try:
            for attempt in stamina.retry_context(on=_worth_another_try, attempts=_ATTEMPTS, timeout=None):
                with attempt:
                    return call()
        except (EdgeCopilotError, FileNotFoundError):
            raise
        except PermissionError as error:
            raise NetworkError(
                f"{self._settings.location} may not be read ({error}).", "Check the credentials of the hub's user."
            ) from error
        except Exception as error:  # each system has errors of its own
            raise NetworkError(
                f"{self._settings.location} can't be read ({type(error).__name__}: {str(error)[:200]}).",
                "Check the address, the network and the credentials.",
            ) from error
        raise AssertionError("retry_context ends by returning or raising")


def _worth_another_try(error: Exception) -> bool:
    if isinstance(error, DiskFull | InputError | FileNotFoundError | PermissionError | EdgeCopilotError):
        return False
    return isinstance(error, OSError) or "Timeout" in type(error).__name__ or "Connect" in type(error).__name__


def _version(info: Mapping[str, Any]) -> str:
    for key in _VERSIONS:
        if info.get(key) is not None:
            return f"{info[key]}-{info.get('size')}"
    return ""
