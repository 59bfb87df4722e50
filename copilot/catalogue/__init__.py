"""The models: what is on offer, what is on this device, and how it gets here.

The catalogue (``models.toml``) says what each model is; `ModelStore` hands out only files whose hash is right.
"""

from copilot.catalogue.catalogue import Catalogue, shipped_catalogue
from copilot.catalogue.opening import open_catalogue, open_store
from copilot.catalogue.progress import Progress, Stopped, Watch, size_text
from copilot.catalogue.schema import Format, ModelEntry, ModelFile, Role, Tier
from copilot.catalogue.store import FileVerdict, ModelStore, State
from copilot.catalogue.tiers import choose_tier, fits

__all__ = [
    "Catalogue",
    "FileVerdict",
    "Format",
    "ModelEntry",
    "ModelFile",
    "ModelStore",
    "Progress",
    "Role",
    "State",
    "Stopped",
    "Tier",
    "Watch",
    "choose_tier",
    "fits",
    "open_catalogue",
    "open_store",
    "shipped_catalogue",
    "size_text",
]
