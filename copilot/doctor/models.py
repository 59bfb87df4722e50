"""The models: which are here and whole, which one answers, and how much of the machine each would take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from copilot.catalogue import ModelEntry, ModelStore, size_text
from copilot.catalogue.choosing import models_for_asking
from copilot.catalogue.opening import open_catalogue, open_store
from copilot.doctor.findings import Finding
from copilot.hardware.backends import LlamaBuild, LlamaUnavailable, offload_devices
from copilot.hardware.gguf import read_shape
from copilot.hardware.machine import detect_memory
from copilot.hardware.offload import ModelNeeds, plan_offload
from copilot.settings import Settings
from index.errors import EdgeCopilotError

_CONTEXT: Final = 4096  # tokens; what a long conversation with its passages takes


def check_models(settings: Settings, build: LlamaBuild | LlamaUnavailable) -> Iterator[Finding]:
    """Look at every model that is here, and at those that should be."""
    catalogue = open_catalogue(settings)
    store = open_store(settings, catalogue)
    for entry in catalogue:
        if store.state(entry) != "missing":
            yield _check_model(store, entry, build)
    wanted = {entry.role: entry for entry in models_for_asking(settings, catalogue)}
    yield _check_answering(settings, wanted.get("chat"), store, build)
    yield _check_searching(wanted.get("embedding"), store)


def fit_of(path: Path, build: LlamaBuild | LlamaUnavailable) -> tuple[dict[str, object], str, bool]:
    """Plan how a GGUF file would be loaded on this machine now.

    Returns:
        The plan for programs, the plan in words, and whether it fits in memory.

    Raises:
        ModelError: The file is missing or no GGUF model.
    """
    devices = offload_devices(build) if isinstance(build, LlamaBuild) else []
    needs = ModelNeeds.of(read_shape(path))
    plan = plan_offload(needs, _CONTEXT, devices, detect_memory().available_bytes)
    details: dict[str, object] = {
        "gpu_layers": plan.gpu_layers,
        "total_layers": plan.total_layers,
        "context": plan.context,
        "fits": plan.fits,
        "device_bytes": plan.device_bytes,
        "host_bytes": plan.host_bytes,
    }
    words = f"with {plan.context} tokens of context it takes {size_text(plan.host_bytes + plan.device_bytes)}; "
    return details, words + plan.reason, plan.fits


def _check_model(store: ModelStore, entry: ModelEntry, build: LlamaBuild | LlamaUnavailable) -> Finding:
    name = f"model {entry.id}"
    details: dict[str, object] = {"role": entry.role, "tier": entry.tier, "bytes": entry.bytes, "verified": False}
    pull = f"Fetch it: edge-copilot models pull {entry.id}"
    if store.state(entry) == "partial":
        return Finding(name, "warning", f"{entry.title} is here in part only.", pull, details)
    try:
        folder = store.directory(entry)
        details |= {"verified": True, "path": str(folder)}
        if entry.format != "gguf":
            return Finding(name, "ok", f"{entry.title}, {size_text(entry.bytes)}, verified.", details=details)
        plan, words, fits = fit_of(folder / entry.files[0].name, build)
    except EdgeCopilotError as error:
        return Finding(name, "fault", error.message, error.remedy, details)
    what = f"{entry.title}, {size_text(entry.bytes)}, verified; {words}."
    remedy = "" if fits else "Close other programs, or choose a smaller model with engine.tier."
    return Finding(name, "ok" if fits else "warning", what, remedy, details | {"plan": plan})


def _check_answering(
    settings: Settings, entry: ModelEntry | None, store: ModelStore, build: LlamaBuild | LlamaUnavailable
) -> Finding:
    if settings.engine.kind == "openai":
        return _check_server(settings)
    if entry is None:
        path = Path(settings.engine.model or "")
        try:
            plan, words, fits = fit_of(path, build)
        except EdgeCopilotError as error:
            return Finding("answering", "fault", error.message, error.remedy)
        remedy = "" if fits else "Close other programs, or choose a smaller model."
        return Finding("answering", "ok" if fits else "warning", f"{path} answers; {words}.", remedy, {"plan": plan})
    chosen_by = "machine" if settings.engine.model is None and settings.engine.tier == "auto" else "settings"
    details = {
        "model": entry.id,
        "tier": entry.tier,
        "chosen_by": chosen_by,
        "process": settings.engine.process,
    }
    if store.state(entry) == "present":
        return Finding("answering", "ok", f"{entry.title} answers.", details=details)
    what = f"{entry.title}, which should answer, is not here: answers are quoted, not written."
    return Finding("answering", "warning", what, f"Fetch it: edge-copilot models pull {entry.id}", details)


def _check_searching(entry: ModelEntry | None, store: ModelStore) -> Finding:
    if entry is None:
        return Finding("searching", "ok", "Searching goes by words only, as embedding.kind says.")
    if store.state(entry) == "present":
        return Finding("searching", "ok", f"{entry.title} finds passages by meaning.", details={"model": entry.id})
    what = f"{entry.title} is not here: searching goes by words only."
    return Finding("searching", "warning", what, f"Fetch it: edge-copilot models pull {entry.id}", {"model": entry.id})


def _check_server(settings: Settings) -> Finding:
    """Ask the configured server for its list of models: the smallest call of that interface."""
    import httpx

    address = (settings.engine.base_url or "").rstrip("/")
    key = settings.engine.api_key()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    remedy = "Check engine.base_url and that the server runs."
    try:
        reply = httpx.get(f"{address}/models", headers=headers, timeout=3.0)
    except httpx.HTTPError as error:
        return Finding("answering", "fault", f"The server {address} can't be reached: {error}.", remedy)
    if reply.is_error:
        return Finding("answering", "fault", f"The server {address} says {reply.status_code}.", remedy)
    return Finding("answering", "ok", f"The server {address} answers.", details={"model": settings.engine.model_name})
