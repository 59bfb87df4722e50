"""The catalogue and the models as the settings want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.catalogue.catalogue import NAME, Catalogue
from copilot.catalogue.store import ModelStore

if TYPE_CHECKING:
    from copilot.settings import Settings


def open_catalogue(settings: Settings) -> Catalogue:
    """Read the shipped catalogue, over it ``models.toml`` of the data directory, over it the one the settings name.

    Raises:
        UsageError: As in `Catalogue.load`.
    """
    own = settings.data_dir / NAME
    return Catalogue.load(own if own.is_file() else None, settings.models.catalogue)


def open_store(settings: Settings, catalogue: Catalogue) -> ModelStore:
    """Return the models of the settings' data directory; creates nothing."""
    shared = settings.shared_models_dir
    return ModelStore(
        settings.data_dir,
        (shared,) if shared is not None else (),
        hub_url=settings.models.hub_url or catalogue.hub_url,
    )
