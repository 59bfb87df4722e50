"""The engine that the settings name: which model answers, and how it is loaded on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from copilot.catalogue import Catalogue, ModelStore, choose_tier
from copilot.engines.base import ChatEngine, PrefixStore
from copilot.settings import Settings
from index.errors import ModelMissing

if TYPE_CHECKING:
    from copilot.catalogue import ModelEntry
    from copilot.engines.llama.engine import LlamaOptions

CONTEXT_TOKENS: Final = 4096
"""KV kept by default: room for a dozen passages read one by one, or a conversation's longest prompt."""


def load_engine(
    settings: Settings, catalogue: Catalogue, models: ModelStore, prefixes: Callable[[], PrefixStore]
) -> tuple[ChatEngine, list[str]]:
    """Load the engine of the settings, which takes seconds.

    Args:
        settings: Say which.
        catalogue: Knows the models.
        models: Has them.
        prefixes: Gives the store of what was read before; called only where the engine can use it.

    Returns:
        The engine, and warnings for the person.

    Raises:
        ModelMissing, ModelCorrupt: Its model is not here or must not be used.
        EngineError: It can't be loaded.
    """
    engine = settings.engine
    if engine.kind == "openai":
        from copilot.engines.openai_http import OpenAIEngine

        assert engine.base_url is not None, "the settings see to that"
        return (
            OpenAIEngine(
                engine.base_url,
                engine.model_name or "default",
                api_key=engine.api_key(),
                timeout_s=engine.timeout_s,
            ),
            [],
        )
    from copilot.engines.llama.engine import LlamaEngine

    loaded = LlamaEngine.load(build_llama_options(settings, catalogue, models), prefixes())
    return loaded, loaded.warnings


def chat_model(settings: Settings, catalogue: Catalogue) -> ModelEntry | Path:
    """Which model answers: an entry of the catalogue, or the path of a GGUF file that the settings name."""
    from copilot.hardware.machine import detect_memory, usable_cores

    engine = settings.engine
    if engine.model is not None:
        if engine.model.endswith(".gguf"):
            return Path(engine.model).expanduser()
        return catalogue.get(engine.model)
    tier = engine.tier
    if tier == "auto":
        tier = choose_tier(detect_memory().total_bytes, usable_cores())
    return catalogue.default("chat", tier)


def build_llama_options(settings: Settings, catalogue: Catalogue, models: ModelStore) -> LlamaOptions:
    """How to load the chat model of the settings on this machine.

    Raises:
        ModelMissing, ModelCorrupt: It is not here or must not be used.
    """
    from copilot.engines.llama.engine import LlamaOptions
    from copilot.hardware.backends import detect_llama_build, offload_devices
    from copilot.hardware.gguf import read_shape
    from copilot.hardware.machine import detect_memory, usable_cores
    from copilot.hardware.offload import ModelNeeds, plan_offload

    engine = settings.engine
    chosen = chat_model(settings, catalogue)
    if isinstance(chosen, Path):
        path, name, tier, template, family = chosen, chosen.stem, "standard", None, None
        identity = _file_identity(path)
    else:
        path, name, tier = models.path(chosen), chosen.id, chosen.tier or "standard"
        template = None if chosen.chat_template in (None, "gguf") else chosen.chat_template
        family, identity = chosen.family, chosen.files[0].sha256 or _file_identity(path)
    wanted = CONTEXT_TOKENS if engine.context == "auto" else engine.context
    devices = offload_devices(detect_llama_build()) if engine.gpu_layers != 0 else ()
    plan = plan_offload(ModelNeeds.of(read_shape(path)), wanted, devices, detect_memory().available_bytes)
    return LlamaOptions(
        path=path,
        model_id=name,
        model_hash=identity,
        tier=tier,
        family=family,
        cells=plan.context,
        threads=usable_cores() if engine.threads == "auto" else engine.threads,
        gpu_layers=plan.gpu_layers if engine.gpu_layers == "auto" else engine.gpu_layers,
        kv_type=engine.kv_type,
        chat_template=template,
    )


def _file_identity(path: Path) -> str:
    """Names a file that has no known hash: it changes whenever the file does."""
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelMissing(f"There is no model at {path}.", "Check engine.model.") from error
    return f"{path.name}:{stat.st_size}:{stat.st_mtime_ns}"
