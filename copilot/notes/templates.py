"""Templates of notes: files that come with the program, and those that the owner adds or puts in their place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from copilot.notes.values import Context
from index.errors import NotThere, UsageError

FOLDER: Final = "note-templates"
"""In the data directory: one TOML file a template; its name is the file's."""

_PLACE: Final = re.compile(r"\{(machine|work_order|author|date|time)\}")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


class Wording(BaseModel):
    """A template in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    text: Annotated[str, Field(max_length=20_000)]


class Template(BaseModel):
    """A template.

    Attributes:
        name: Of its file, without the suffix.
        tags: Given to every note that begins with it.
        en: Its wording where there is none in the person's language.
        others: By two-letter code of the language.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    tags: tuple[str, ...] = ()
    en: Wording
    others: dict[str, Wording] = {}

    def wording(self, language: str = "en") -> Wording:
        """In ``language``, such as "de" or "de_DE"; in English where it has none."""
        return self.others.get(language[:2].lower(), self.en)

    def filled(self, context: Context, date: str, time: str, language: str = "en") -> str:
        """Its text with what is known put in; what isn't known leaves room to write."""
        known = {**context.model_dump(), "date": date, "time": time}
        return _PLACE.sub(lambda place: known[place[1]], self.wording(language).text)


class Templates:
    """Reads templates when they are asked for, so that a file that was added is there at once.

    Args:
        folder: The owner's own; those go before the ones that come with the program.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def all(self) -> tuple[list[Template], list[str]]:
        """Every template by name, and a sentence about each file that can't be used."""
        found: dict[str, Template] = {}
        complaints = []
        for name, text in self._files().items():
            try:
                found[name] = _read(name, text)
            except UsageError as error:
                complaints.append(str(error))
        return [found[name] for name in sorted(found)], complaints

    def get(self, name: str) -> Template:
        """One template.

        Raises:
            NotThere: There is none of that name.
            UsageError: Its file can't be used.
        """
        files = self._files()
        if name not in files:
            raise NotThere(
                f"There is no template {name}.", f"There are: {', '.join(sorted(files))}. Own ones go into {FOLDER}."
            )
        return _read(name, files[name])

    def _files(self) -> Mapping[str, bytes]:
        shipped = resources.files("copilot.notes").joinpath("templates")
        files = {one.name[:-5]: one.read_bytes() for one in shipped.iterdir() if one.name.endswith(".toml")}
        if self._folder is not None and self._folder.is_dir():
            for path in sorted(self._folder.glob("*.toml")):
                if path.is_file() and path.stat().st_size <= 1 << 20:
                    files[path.stem] = path.read_bytes()
        return files


def _read(name: str, content: bytes) -> Template:
    remedy = "See docs/notes.md for what a template is made of."
    if not _NAME.fullmatch(name):
        raise UsageError(f"A template can't be named {name!r}.", "Use small letters, digits, - and _.")
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The template {name} can't be read: {error}.", remedy) from error
    languages = {key: value for key, value in data.items() if len(key) == 2}
    rest = {key: value for key, value in data.items() if len(key) != 2}
    try:
        return Template.model_validate({"name": name, "en": languages.pop("en", None), "others": languages, **rest})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"The template {name} can't be used: {where}: {first['msg']}.", remedy) from error
