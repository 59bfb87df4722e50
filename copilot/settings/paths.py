"""Where everything is kept, when nobody says otherwise. Imports no pydantic, so that it is cheap to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CONFIG_NAME: Final = "copilot.toml"


def default_data_dir() -> Path:
    """Return this user's data directory as the operating system names it (XDG, AppData, Application Support)."""
    from platformdirs import user_data_path

    return user_data_path("edge-copilot", appauthor=False)


def absolute(path: Path, base: Path | None = None) -> Path:
    """Return ``path`` with ``~`` expanded and made absolute against ``base`` (default: the current directory).

    Symbolic links stay as they are: what the user wrote is what messages show.
    """
    expanded = path.expanduser()
    return expanded if expanded.is_absolute() else (base or Path.cwd()).absolute() / expanded
