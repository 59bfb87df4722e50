"""Which models a device should have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.catalogue.catalogue import Catalogue
from copilot.catalogue.schema import ModelEntry, Role, Tier
from copilot.catalogue.tiers import choose_tier

if TYPE_CHECKING:
    from copilot.settings import Settings


def tier_of_machine() -> Tier:
    """Return the tier that suits this machine."""
    from copilot.hardware.machine import detect_memory, usable_cores

    return choose_tier(detect_memory().total_bytes, usable_cores())


def models_for_asking(settings: Settings, catalogue: Catalogue) -> list[ModelEntry]:
    """Return what asking questions takes with these settings: a chat model and an embedder, where they are local.

    Raises:
        UsageError: The settings name a model that the catalogue has not got.
    """
    entries: list[ModelEntry] = []
    engine, embedding = settings.engine, settings.embedding
    if engine.kind == "llama" and not (engine.model or "").lower().endswith(".gguf"):
        tier = tier_of_machine() if engine.tier == "auto" else engine.tier
        entries.append(catalogue.get(engine.model) if engine.model else catalogue.default("chat", tier))
    if embedding.kind != "none":
        model, kind = embedding.model, embedding.kind
        entries.append(catalogue.get(model) if model else catalogue.default("embedding", format=kind))
    return entries


def models_for_voice(catalogue: Catalogue) -> list[ModelEntry]:
    """Return what speaking and listening take."""
    roles: tuple[Role, ...] = ("speech-to-text", "text-to-speech")
    return [catalogue.default(role) for role in roles]


def models_for_tests(catalogue: Catalogue) -> list[ModelEntry]:
    """Return the small models that the project's own tests use."""
    return [catalogue.default("chat", "tiny"), catalogue.default("embedding", format="onnx")]
