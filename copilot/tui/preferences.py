"""What a person changes on the screen and finds again next time: theme and touch mode."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from copilot.settings import Settings
from copilot.settings.tui import ThemeName
from index.store.files import write_atomically

NAME: Final = "tui.json"


class Preferences(BaseModel):
    """The content of ``tui.json``; None: as the settings say."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    theme: ThemeName | None = None
    touch: bool | None = None

    @classmethod
    def read(cls, data_dir: Path) -> Self:
        """Read them; none where there are none, or none that can be read."""
        try:
            return cls.model_validate_json((data_dir / NAME).read_bytes())
        except (OSError, ValidationError):
            return cls()

    def write(self, data_dir: Path) -> None:
        """Keep them. What can't be kept holds until the program ends: nothing is lost but a habit."""
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            write_atomically(data_dir / NAME, self.model_dump_json(exclude_none=True) + "\n")
        except OSError:
            return

    def theme_of(self, settings: Settings) -> ThemeName:
        """The theme that holds."""
        return self.theme or settings.tui.theme

    def touch_of(self, settings: Settings) -> bool:
        """Whether targets are three rows high."""
        return settings.tui.touch if self.touch is None else self.touch
