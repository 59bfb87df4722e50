"""Publications: what there is of a collection, and which devices take which generation. JSON, signed by its role."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.documents import AccessLabel
from index.errors import PackError
from sync.format import encoding
from sync.format.limits import AGAIN, PATH_CHARACTERS, PUBLICATION

FORMAT: Final = 1
COLLECTION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # it becomes part of file names and of a TUF role

Stage = Literal["canary", "early", "all", "halted"]
Kind = Literal["documents", "files"]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, lt=1 << 63, strict=True)]
Number = Annotated[int, Field(ge=1, lt=1 << 63, strict=True)]
Name = Annotated[str, Field(pattern=rf"^{COLLECTION.pattern}$")]
Path = Annotated[str, Field(min_length=1, max_length=PATH_CHARACTERS)]
Time = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ManifestRef(_Model):
    """A manifest: digest of its uncompressed bytes, and its length as it is stored."""

    sha256: Sha256
    bytes: Count


class DeltaRef(_Model):
    """A patch against an older manifest: the older one's digest, the patch file's own digest and length."""

    from_: Sha256 = Field(alias="from")
    sha256: Sha256
    bytes: Count


class Release(_Model):
    """A generation that can be fetched.

    Attributes:
        number: From 1, ascending.
        documents: How many.
        note: What changed, by whoever published it.
    """

    number: Number
    published_at: Time
    manifest: ManifestRef
    deltas: tuple[DeltaRef, ...] = ()
    documents: Count
    note: str = ""


class Cohort(_Model):
    """Devices that update together: a share of all, and those with any of the tags."""

    percent: float = Field(default=0.0, ge=0.0, le=100.0)
    tags: tuple[str, ...] = ()


class Gates(_Model):
    """What the canaries' health must stay within for a candidate to move on.

    Attributes:
        canaries_found: Share of canary questions that must find their document.
        error_rate: Share of questions that may fail.
        abstention_rate: By how much the share of questions that find no answer may rise.
        reports: How many devices must have reported.
        soak_hours: How long a stage lasts at least.
    """

    canaries_found: float = Field(default=1.0, ge=0.0, le=1.0)
    error_rate: float = Field(default=0.02, ge=0.0, le=1.0)
    abstention_rate: float = Field(default=0.15, ge=0.0, le=1.0)
    reports: Count = 1
    soak_hours: float = Field(default=0.0, ge=0.0, le=24 * 365)


class Rollout(_Model):
    """Who takes what: ``candidate`` where a device's cohort is in the stage, else ``stable``."""

    stable: Number
    candidate: Number | None = None
    stage: Stage = "all"
    cohorts: dict[str, Cohort] = {}
    gates: Gates = Gates()


class Canary(_Model):
    """A question that must find one of these documents among the first five."""

    question: Annotated[str, Field(min_length=1, max_length=2_000)]
    documents: Annotated[tuple[Path, ...], Field(min_length=1)]


class Publication(_Model):
    """What there is of a collection.

    Attributes:
        embedder, dimensions: Whose vectors the packs hold; None for files and for documents without vectors.
        releases: Oldest first.
    """

    format: Literal[1] = 1
    collection: Name
    access: AccessLabel
    kind: Kind = "documents"
    embedder: str | None = None
    dimensions: Annotated[int, Field(ge=8, le=8_192, multiple_of=8)] | None = None
    releases: Annotated[tuple[Release, ...], Field(min_length=1)]
    rollout: Rollout
    canaries: tuple[Canary, ...] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if not all(a.number < b.number for a, b in pairwise(self.releases)):
            raise ValueError("releases are not in order")
        numbers = {release.number for release in self.releases}
        if self.rollout.stable not in numbers or (self.rollout.candidate or self.rollout.stable) not in numbers:
            raise ValueError("the rollout names a release that isn't there")
        if (self.embedder is None) != (self.dimensions is None):
            raise ValueError("embedder and dimensions go together")
        return self

    def release(self, number: int) -> Release | None:
        """Return a release by its number."""
        return next((release for release in self.releases if release.number == number), None)

    def encode(self) -> bytes:
        """Return it as it is signed."""
        return (self.model_dump_json(by_alias=True, indent=1) + "\n").encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read it.

        Raises:
            PackError: It is too large, damaged, or made by a newer version.
        """
        if len(data) > PUBLICATION:
            raise PackError(f"A publication is {len(data):,} bytes long, over the limit of {PUBLICATION:,}.", AGAIN)
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise PackError("A publication is damaged: it is no JSON.", AGAIN) from error
        said = value.get("format") if isinstance(value, dict) else None
        if type(said) is int and said > FORMAT:
            raise encoding.newer("publication")
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise PackError(f"A publication doesn't hold what it should ({where}: {first['msg']}).", AGAIN) from error


def utc(time: datetime) -> str:
    """Return a time as it is written: UTC, ISO 8601, whole seconds."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
