"""Settings of the live side: which signals there are, and how much of them is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field

from copilot.settings.sections import Section

FILE_NAME: Final = "signals.toml"


class HmiSettings(Section):
    """Live signals of the machine. Without a file of signals nothing is connected to."""

    signals: Path | None = Field(
        default=None,
        description="The file that names the signals; empty: signals.toml in the data directory, where it exists.",
    )
    evidence: bool = Field(default=True, description="Whether questions are answered with the values of the moment.")
    history_values: int = Field(
        default=1024, ge=16, le=1_000_000, description="How many of the last values of each signal are kept."
    )
    history_hours: int = Field(
        default=24, ge=1, le=168, description="For how many hours a value a minute is kept of each signal."
    )
    keep_days: int = Field(default=90, ge=1, le=3650, description="For how many days alarms that are over are kept.")

    def signals_file(self, data_dir: Path) -> Path | None:
        """The file that names the signals; None where none is configured and none lies in the data directory."""
        usual = data_dir / FILE_NAME
        return self.signals or (usual if usual.is_file() else None)
