"""Who a device is, which hub it belongs to, and whom it believes: set once, by whoever holds it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization import DeserializationError

from index.errors import SyncError, TrustError, UnreadableFile, UsageError
from index.store.files import write_atomically
from sync.device.link.opening import is_url
from sync.device.places import Places
from sync.format.limits import METADATA
from sync.format.publication import COLLECTION


class Enrolment(BaseModel):
    """The content of ``sync/device.json``.

    Attributes:
        device_id: Drawn at enrolment; what the hub knows the device by.
        name: For people.
        hub: Address of ``public/``, or its folder, absolute.
        root_sha256: Of the pinned root file.
        token_env: Name of the environment variable that holds the device's token.
        collections: Those that it wants; None: all that the hub offers.
        unwanted: Those that it doesn't want although it wants all.
        tags: What cohorts may ask for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    device_id: str = Field(pattern=r"^[0-9a-f-]{36}$")
    name: str = Field(min_length=1, max_length=100)
    hub: str = Field(min_length=1)
    root_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    token_env: str | None = None
    collections: tuple[str, ...] | None = None
    unwanted: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    enrolled_at: AwareDatetime

    @classmethod
    def read(cls, places: Places) -> Self:
        """Read it.

        Raises:
            UsageError: This device is not enrolled.
            SyncError: The file is damaged.
        """
        enrolment = cls.find(places)
        if enrolment is None:
            raise UsageError(
                "This device is not enrolled with a hub.",
                "Enrol it: edge-copilot sync enroll URL_OR_PATH --root ROOT_FILE",
            )
        return enrolment

    @classmethod
    def find(cls, places: Places) -> Self | None:
        """Read it; None where this device is not enrolled.

        Raises:
            SyncError: The file is damaged.
        """
        try:
            return cls.model_validate_json(places.enrolment.read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError) as error:
            raise SyncError(
                f"The enrolment of this device can't be read ({places.enrolment}).",
                "Enrol it again: edge-copilot sync enroll URL_OR_PATH --root ROOT_FILE --again",
            ) from error

    def write(self, places: Places) -> None:
        """Replace the file.

        Raises:
            OSError: No room, or no right to.
        """
        places.root_dir.mkdir(parents=True, exist_ok=True)
        write_atomically(places.enrolment, self.model_dump_json(indent=2) + "\n")

    def wants(self, collection: str) -> bool:
        """Whether the device wants a collection."""
        if self.collections is None:
            return collection not in self.unwanted
        return collection in self.collections

    def choosing(self, names: Sequence[str], wanted: bool) -> Self:
        """The same with some collections wanted, or not.

        Raises:
            UsageError: A name is none.
        """
        _check_names(names)
        if self.collections is None:
            left = [one for one in self.unwanted if one not in names]
            return self.model_copy(update={"unwanted": tuple(left) if wanted else (*left, *dict.fromkeys(names))})
        kept = [one for one in self.collections if one not in names]
        return self.model_copy(update={"collections": (*kept, *dict.fromkeys(names)) if wanted else tuple(kept)})

    def token(self) -> str | None:
        """Return the device's token; None where it needs none.

        Raises:
            UsageError: The environment variable is not set.
        """
        if self.token_env is None:
            return None
        token = os.environ.get(self.token_env, "")
        if not token:
            raise UsageError(
                f"The environment variable {self.token_env}, which should hold this device's token, is not set.",
                f"Set {self.token_env}, then try again.",
            )
        return token

    def pinned_root(self, places: Places) -> bytes:
        """Return the root file that was pinned.

        Raises:
            TrustError: It is gone, or no longer what was pinned.
        """
        try:
            root = places.root_file.read_bytes()
        except OSError:
            root = b""
        if hashlib.sha256(root).hexdigest() != self.root_sha256:
            raise TrustError(
                f"The root of trust that was pinned at enrolment is missing or changed ({places.root_file}).",
                "Enrol this device again with the root file of your hub: edge-copilot sync enroll … --again",
            )
        return root


def enrol(
    places: Places,
    hub: str,
    root_file: Path,
    now: datetime,
    *,
    collections: Sequence[str] = (),
    tags: Sequence[str] = (),
    name: str | None = None,
    token_env: str | None = None,
    again: bool = False,
) -> Enrolment:
    """Pin the root file and write who this device is.

    A device that is enrolled again keeps its identity, so that the hub goes on knowing it.

    Args:
        places: Of the data directory.
        hub: Address or folder.
        root_file: Handed over by whoever keeps the hub, in a way that can be trusted.
        now: The time.
        collections: Those that it wants; none: all.
        tags: For cohorts.
        name: For people; default: the machine's.
        token_env: Variable with the device's token.
        again: Replace an enrolment.

    Raises:
        UsageError: It is enrolled already, or an argument can't be used.
        UnreadableFile: The root file can't be read.
        TrustError: The root file is none.
    """
    before = _before(places, again)
    if before is not None and not again:
        raise UsageError(
            f"This device is enrolled already, with {before.hub}.", "To enrol it anew, add --again: its identity stays."
        )
    _check_names(collections)
    root = read_root(root_file)
    address = hub if is_url(hub) else _folder(hub)
    if is_url(hub):
        from sync.device.link.http import HttpLink

        HttpLink(hub).close()  # refuses what is no address, or holds a password
    enrolment = Enrolment(
        device_id=before.device_id if before else str(uuid.uuid4()),
        name=name or (before.name if before else platform.node() or "device")[:100],
        hub=address,
        root_sha256=hashlib.sha256(root).hexdigest(),
        token_env=token_env,
        collections=tuple(dict.fromkeys(collections)) or None,
        tags=tuple(dict.fromkeys(tags)),
        enrolled_at=now,
    )
    places.root_dir.mkdir(parents=True, exist_ok=True)
    if before is not None and before.root_sha256 != enrolment.root_sha256:
        _forget_trust(places)
    # The root first: an enrolment that names a root which isn't there would be refused for good.
    write_atomically(places.root_file, root.decode("utf-8"))
    enrolment.write(places)
    return enrolment


def read_root(path: Path) -> bytes:
    """Return a root file's bytes, if it is one and signed by its own keys.

    Raises:
        UnreadableFile: It can't be read.
        TrustError: It is no root file.
    """
    try:
        if path.stat().st_size > METADATA:
            raise TrustError(f"{path} is no root file: it is too large.", _WHICH_ROOT)
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"The root file {path} can't be read ({error.strerror or type(error).__name__}).", _WHICH_ROOT
        ) from error
    try:
        data.decode("utf-8")
        root = Metadata[Root].from_bytes(data)
        if root.signed.type != "root":
            raise TrustError(f"{path} is no root file, but “{root.signed.type}”.", _WHICH_ROOT)
        root.verify_delegate("root", root)
    except (DeserializationError, RepositoryError, UnicodeDecodeError, json.JSONDecodeError, AttributeError) as error:
        raise TrustError(f"{path} is no root file, or not signed by its own keys.", _WHICH_ROOT) from error
    return data


_WHICH_ROOT = "It is the file 1.root.json in “metadata” of what the hub published; get it from whoever keeps the hub."


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if not COLLECTION.fullmatch(name):
            raise UsageError(f"“{name}” is no name of a collection.", "Letters, digits, dots and dashes: presses-2")


def _before(places: Places, again: bool) -> Enrolment | None:
    try:
        return Enrolment.find(places)
    except SyncError:
        if again:
            return None
        raise


def _folder(hub: str) -> str:
    return hub if hub.startswith("file://") else str(Path(hub).expanduser().absolute())


def _forget_trust(places: Places) -> None:
    """Another root means another hub: what was believed of the old one would only be in its way."""
    import shutil

    shutil.rmtree(places.trust, ignore_errors=True)
