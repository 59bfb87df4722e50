"""Where files that a hub sends belong: models, calibration, configuration, prompts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from index.errors import EdgeCopilotError, UsageError
from sync.device.installing import Installer, PlacedFiles
from sync.device.places import Places

if TYPE_CHECKING:
    from copilot.catalogue import Catalogue, ModelStore
    from copilot.settings import Settings

MODELS: Final = "models"
CALIBRATION: Final = "calibration"
CONFIG: Final = {"config/copilot.toml": "copilot.toml", "config/models.toml": "models.toml"}
PROMPTS: Final = "prompts"
ROUTER: Final = "router"


def installers_of(
    settings: Settings, catalogue: Callable[[], Catalogue], models: Callable[[], ModelStore]
) -> Sequence[Installer]:
    """Return what puts files into place, by the first folder of their path.

    ``calibration/TIER.json``, ``router/router.json`` and ``prompts/FAMILY/NAME.md`` go to these folders of the data
    directory; ``config/copilot.toml`` and ``config/models.toml`` become its settings and its catalogue, where nobody
    has written any there; what lies below ``models/`` is imported as ``models import`` would.

    Args:
        settings: Say where things lie.
        catalogue, models: Made when there is a model to import.
    """
    folder, memory = settings.data_dir, Places.of(settings.data_dir).root_dir / "installed"
    return (
        PlacedFiles(
            lambda path: _below(path, CALIBRATION, 2, ".json", folder),
            memory / "calibration.json",
            _check_calibration,
        ),
        PlacedFiles(
            lambda path: folder / CONFIG[path] if path in CONFIG else None,
            memory / "config.json",
            _check_config,
        ),
        PlacedFiles(lambda path: _below(path, ROUTER, 2, ".json", folder), memory / "router.json", _check_router),
        PlacedFiles(lambda path: _below(path, PROMPTS, 3, ".md", folder), memory / "prompts.json", _check_prompt),
        ImportedModels(catalogue, models),
    )


class ImportedModels:
    """Takes models into the model store, which knows them by their hash; the store keeps what it has."""

    def __init__(self, catalogue: Callable[[], Catalogue], models: Callable[[], ModelStore]) -> None:
        self._catalogue, self._models = catalogue, models

    def install(self, files: Mapping[str, Path], tell: Callable[[str], None]) -> None:
        """See `sync.device.installing.Installer`."""
        wanted = {path: place for path, place in files.items() if PurePosixPath(path).parts[:1] == (MODELS,)}
        if not wanted:
            return
        from copilot.catalogue.importing import import_files

        catalogue, models = self._catalogue(), self._models()
        here = {
            file.sha256
            for entry in catalogue
            if any(file.sha256 == place.name for place in wanted.values() for file in entry.files)
            for file in set(entry.files) - set(models.missing_files(entry))
        }
        missing = {path: place for path, place in wanted.items() if place.name not in here}
        if not missing:
            return
        try:
            report = import_files(models, catalogue, missing.values())
        except EdgeCopilotError as error:
            tell(f"The hub's models can't be installed: {error.message}")
            return
        names = {place: path for path, place in missing.items()}
        for place, reason in report.refused:
            tell(f"{names.get(place, place)} is not installed: {reason}")


def _below(path: str, first: str, depth: int, suffix: str, folder: Path) -> Path | None:
    parts = PurePosixPath(path).parts
    return folder.joinpath(*parts) if len(parts) == depth and parts[0] == first and path.endswith(suffix) else None


def _check_calibration(path: Path, wanted: str) -> None:
    from pydantic import ValidationError

    from copilot.answering.confidence import Calibration

    try:
        Calibration.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UsageError("it is no calibration that this version reads.") from error


def _check_router(path: Path, wanted: str) -> None:
    from copilot.routing.learned import read_router

    if PurePosixPath(wanted).name != "router.json":
        raise UsageError("the only file of that folder is router.json.")
    read_router(path)


def _check_config(path: Path, wanted: str) -> None:
    if wanted.endswith("models.toml"):
        from copilot.catalogue import Catalogue

        Catalogue.load(path)
    else:
        from copilot.settings import Settings

        Settings.load(config_file=path)


def _check_prompt(path: Path, wanted: str) -> None:
    from prompts import PromptError
    from prompts.loader import parse

    try:
        parse(wanted, path.read_text(encoding="utf-8"))
    except (PromptError, UnicodeDecodeError) as error:
        raise UsageError(f"it is no prompt ({error}).") from error
