"""What stands in a hub's ``hub.toml``: its collections, their sources, and how it publishes them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.documents import AccessLabel
from index.errors import SyncError, UsageError
from index.store.files import write_atomically
from sync.format.publication import COLLECTION, Cohort, Gates, Kind, Name
from sync.trust.signing import Lifetimes

FORMAT: Final = 1

SourceType = Literal["folder", "git", "bucket", "web", "sitemap", "webdav", "listing"]
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Model):
    """Where documents come from.

    Attributes:
        id: Names its folder below ``sources/``.
        collection: Where they go.
        type: How it is read.
        location: A path, or an address.
        include, exclude: Patterns of paths below the location; ``*`` stops at a slash, ``**`` doesn't.
        prefix: Stands before its documents' paths in the collection: "presses/".
        language: Of all of its documents, two letters; None leaves it to detection.
        owner: Who stands for it; told to whoever keeps the hub.
        review_by: Day up to which its owner does.
        revision: As the owner calls the present state: "C".
        ref: Branch, tag or commit of a git repository; None takes its default branch.
        subfolder: Only what is below, of a git repository.
        username, password_env, token_env: For addresses that ask; the secrets stand in the environment.
        options: Handed to fsspec: ``endpoint_url``, ``anon``.
        max_files: More than this, and the rest is left out and said.
        max_file_mb: A longer file is left out and said.
    """

    id: Annotated[str, Field(pattern=rf"^{COLLECTION.pattern}$")]
    collection: Name
    type: SourceType
    location: Annotated[str, Field(min_length=1)]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    prefix: str = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    owner: str | None = None
    review_by: date | None = None
    revision: str | None = None
    ref: str | None = None
    subfolder: str | None = None
    username: str | None = None
    password_env: EnvName | None = None
    token_env: EnvName | None = None
    options: dict[str, Any] = {}
    max_files: int = Field(default=200_000, ge=1)
    max_file_mb: int = Field(default=1024, ge=1)


class CollectionSettings(_Model):
    """How a collection is published.

    Attributes:
        access: Who may see it.
        kind: ``documents`` are read and embedded; ``files`` go out as they are.
        originals: Documents' own files go with them.
        page_pictures: So do pictures of the pages of PDF documents.
        cohorts: Who gets a new generation first; where there are none, everybody does at once.
        gates: What the first must report for it to move on.
    """

    access: AccessLabel = AccessLabel.INTERNAL
    kind: Kind = "documents"
    originals: bool = False
    page_pictures: bool = False
    cohorts: dict[str, Cohort] = {}
    gates: Gates = Gates()

    @model_validator(mode="after")
    def _cohorts_are_stages(self) -> Self:
        if unknown := sorted(set(self.cohorts) - {"canary", "early"}):
            raise ValueError(f"a cohort is canary or early, not {', '.join(unknown)}")
        return self


class HubSettings(_Model):
    """The whole file.

    Attributes:
        format: Of the hub's folder.
        keep_releases: How many generations of a collection can be fetched.
        pack_mb: A pack is closed once it is this large.
        lifetimes: Of signatures, days.
        collections: By name.
        sources: In the order in which they were added.
    """

    format: int = FORMAT
    keep_releases: int = Field(default=5, ge=1, le=100)
    pack_mb: int = Field(default=4, ge=1, le=64)
    lifetimes: Lifetimes = Lifetimes()
    collections: dict[Name, CollectionSettings] = {}
    sources: tuple[SourceSettings, ...] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        ids = [source.id for source in self.sources]
        if len(set(ids)) < len(ids):
            raise ValueError("two sources have one id")
        for source in self.sources:
            if source.collection not in self.collections:
                raise ValueError(f"source {source.id}: there is no collection {source.collection}")
        return self

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read ``hub.toml``.

        Raises:
            UsageError: It isn't there, or something in it is wrong.
            SyncError: A newer version wrote it.
        """
        try:
            values = tomlkit.parse(file.read_text(encoding="utf-8")).unwrap()
        except FileNotFoundError as error:
            raise UsageError(
                f"{file.parent} is no hub folder.", f"Make one with: edge-copilot hub init {file.parent}"
            ) from error
        except (ValueError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} can't be read: {error}", "Mend the line that it names.") from error
        written = values.get("format", FORMAT)
        if isinstance(written, int) and written > FORMAT:
            raise SyncError(f"The hub folder {file.parent} was made by a newer version.", "Update Edge Copilot here.")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{file}: {where or 'the file'}: {first['msg']}.", "Mend it in an editor.") from error

    def source(self, source_id: str) -> SourceSettings:
        """Return a source by its id.

        Raises:
            UsageError: There is none.
        """
        for source in self.sources:
            if source.id == source_id:
                return source
        known = ", ".join(source.id for source in self.sources) or "none"
        raise UsageError(f"There is no source “{source_id}”.", f"There are: {known}.")

    def sources_of(self, collection: str) -> list[SourceSettings]:
        """Return the sources of a collection, in order."""
        return [source for source in self.sources if source.collection == collection]

    def collection(self, name: str) -> CollectionSettings:
        """Return a collection by its name.

        Raises:
            UsageError: There is none.
        """
        if name not in self.collections:
            known = ", ".join(sorted(self.collections)) or "none"
            raise UsageError(f"This hub has no collection “{name}”.", f"It has: {known}.")
        return self.collections[name]

    def with_collection(self, name: str, settings: CollectionSettings) -> Self:
        """The same with a collection added or changed."""
        return self.model_validate(self.model_dump() | {"collections": {**self.collections, name: settings}})

    def with_source(self, source: SourceSettings) -> Self:
        """The same with a source added, or put in place of the one with its id."""
        others = tuple(other for other in self.sources if other.id != source.id)
        return self.model_validate(self.model_dump() | {"sources": (*others, source)})

    def without_source(self, source_id: str) -> Self:
        """The same without a source; its collection stays."""
        self.source(source_id)
        kept = tuple(source for source in self.sources if source.id != source_id)
        return self.model_validate(self.model_dump() | {"sources": kept})

    def write(self, file: Path) -> None:
        """Write ``hub.toml``, keeping the comments of what stays as it is.

        Raises:
            OSError: No room, or no right to.
        """
        values = self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        values["format"] = self.format
        for name, collection in self.collections.items():  # who may see it stands there to be seen
            values["collections"][name]["access"] = collection.access.value
        if file.exists():
            document = tomlkit.parse(file.read_text(encoding="utf-8"))
        else:
            document = tomlkit.document()
            document.add(tomlkit.comment("A hub of Edge Copilot. What may stand here: docs/hub.md"))
        _merge(document, values)
        write_atomically(file, tomlkit.dumps(document))


def collection_name(name: str) -> str:
    """Return ``name`` if a collection may be called so.

    Raises:
        UsageError: It may not.
    """
    if not COLLECTION.fullmatch(name):
        raise UsageError(
            f"“{name}” can't be the name of a published collection.",
            "Use letters, digits, “.”, “_” and “-”, beginning with a letter or digit, at most 64.",
        )
    return name


def _merge(document: Any, values: dict[str, Any]) -> None:  # noqa: ANN401 - tomlkit's containers
    current = document.unwrap()
    for key in set(current) - set(values):
        del document[key]
    for key, value in values.items():
        if current.get(key) == value:
            continue
        if isinstance(value, dict) and isinstance(current.get(key), dict):
            _merge(document[key], value)
        else:
            document[key] = value
