"""The catalogue: the shipped ``models.toml`` with the user's own read over it."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pydantic import ValidationError

from copilot.catalogue.complaints import Location, Origin, complain, nearest
from copilot.catalogue.schema import CatalogueFile, Format, ModelEntry, Role, Tier
from index.errors import UsageError

NAME: Final = "models.toml"


def shipped_catalogue() -> Path:
    """Return the catalogue that comes with the program: beside this module when installed, else the checkout's."""
    here = Path(__file__).resolve()
    packed = here.with_name(NAME)
    return packed if packed.is_file() else here.parents[2] / NAME


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models known by name.

    Attributes:
        entries: In the order of the files.
        hub_url: Where hub sources are looked up, unless the settings say otherwise.
    """

    entries: tuple[ModelEntry, ...]
    hub_url: str = ""

    @classmethod
    def load(cls, *extra_files: Path | None) -> Self:
        """Read the shipped catalogue, then each extra one over it.

        A ``[[model]]`` of a later file with an id that is already there replaces the keys that it names and keeps the
        others; with a new id it adds a model. A default of a later file takes the place of an earlier one.

        Args:
            extra_files: None stands for no file. A file that is named must exist.

        Raises:
            UsageError: A file can't be read, or holds something wrong; file, line and key are named.
        """
        merger = _Merger()
        for path in (shipped_catalogue(), *extra_files):
            if path is not None:
                merger.add(path)
        return cls(*merger.result())

    def __iter__(self) -> Iterator[ModelEntry]:
        return iter(self.entries)

    def get(self, model_id: str) -> ModelEntry:
        """Return the model of this id.

        Raises:
            UsageError: There is none; the nearest id is suggested.
        """
        for entry in self.entries:
            if entry.id == model_id:
                return entry
        hint = nearest(model_id.lower(), (entry.id for entry in self.entries))
        raise UsageError(f"There is no model “{model_id}” in the catalogue.{hint}", "See: edge-copilot models list")

    def default(self, role: Role, tier: Tier | None = None, format: Format | None = None) -> ModelEntry:  # noqa: A002 - the key's own name
        """Return the model that is taken where nothing else is said.

        Args:
            role: What it is for.
            tier: Size class of a chat model; default: standard.
            format: For an embedder: ONNX or sentence-transformers; default: whichever default is listed first.

        Raises:
            UsageError: The catalogue has none of this kind.
        """
        if role == "chat" and tier is None:
            tier = "standard"
        fitting = [
            entry
            for entry in self.entries
            if entry.role == role and tier in (None, entry.tier) and format in (None, entry.format)
        ]
        for entry in (*(entry for entry in fitting if entry.default), *fitting):
            return entry
        kind = " ".join(filter(None, (tier, role, format and f"({format})")))
        raise UsageError(f"The catalogue has no {kind} model.", "See: edge-copilot models list")


class _Merger:
    """Merges raw files and remembers where each model came from, so that faults can be told by file and line."""

    def __init__(self) -> None:
        self._models: list[dict[str, Any]] = []
        self._origins: list[tuple[Path, int]] = []
        self._top: dict[str, Any] = {}
        self._top_origins: dict[str, Path] = {}
        self._texts: dict[Path, str] = {}

    def add(self, path: Path) -> None:
        text = _read(path)
        self._texts[path] = text
        raw = _parse(text, path)
        models = raw.pop("model", [])
        if not isinstance(models, list) or not all(isinstance(model, dict) for model in models):
            raise UsageError(f"{path}: models are written as tables under [[model]].")
        self._top |= raw
        self._top_origins |= dict.fromkeys(raw, path)
        known = {model.get("id"): position for position, model in enumerate(self._models)}
        touched: set[int] = set()
        for number, model in enumerate(models):
            _anchor_folders(model, path.parent)
            position = known.get(model.get("id"))
            if position is None:
                position = len(self._models)
                self._models.append(model)
                self._origins.append((path, number))
            else:
                self._models[position] |= model
                self._origins[position] = (path, number)
            touched.add(position)
        self._yield_defaults(touched)

    def _yield_defaults(self, touched: Iterable[int]) -> None:
        later = set(touched)
        taken = {_place(self._models[n]) for n in later if self._models[n].get("default") is True}
        for position, model in enumerate(self._models):
            if position not in later and model.get("default") is True and _place(model) in taken:
                model["default"] = False

    def result(self) -> tuple[tuple[ModelEntry, ...], str]:
        raw = self._top | {"model": copy.deepcopy(self._models)}
        try:
            checked = CatalogueFile.model_validate(raw)
        except ValidationError as error:
            raise complain(error, self._origin_of) from error
        return checked.model, (checked.hub_url or "").rstrip("/")

    def _origin_of(self, location: Location) -> Origin:
        if len(location) >= 2 and location[0] == "model" and isinstance(location[1], int):
            path, number = self._origins[location[1]]
            return path, self._texts[path], ("model", number, *location[2:])
        last = next(reversed(self._texts))
        path = self._top_origins.get(str(location[0]), last) if location else last
        return path, self._texts[path], location


def _place(model: dict[str, Any]) -> tuple[object, object, object]:
    return model.get("role"), model.get("tier"), model.get("format")


def _anchor_folders(model: dict[str, Any], base: Path) -> None:
    sources = model.get("sources")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and source.get("kind") == "file" and isinstance(source.get("folder"), str):
            source["folder"] = str(base / Path(source["folder"]).expanduser())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"The catalogue {path} is not UTF-8 text.", "Save it as UTF-8, then try again.") from error
    except OSError as error:
        raise UsageError(
            f"The catalogue {path} can't be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", "Mend that line, then try again.") from error
