"""The engine that the settings name: which model answers, and how it is loaded on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from copilot.catalogue import Catalogue, ModelStore, choose_tier
from copilot.engines.base import ChatEngine, PrefixStore
from copilot.settings import Settings
from copilot.settings.sections import EngineSettings
from index.errors import ModelMissing

if TYPE_CHECKING:
    from copilot.catalogue import ModelEntry
    from copilot.engines.child.messages import PrefixesFile
    from copilot.engines.llama.engine import LlamaOptions

CONTEXT_TOKENS: Final = 4096
"""KV kept by default: room for a dozen passages read one by one, or a conversation's longest prompt."""


class ModelFile(BaseModel):
    """The chat model's file, and what is known of it.

    Attributes:
        path: Verified GGUF file.
        model_id: Its name in the catalogue, shown to people.
        identity: sha256 of the file, or another name that changes whenever the file does.
        tier: tiny, small, standard or large.
        family: Prompt family; None: the architecture that the file names.
        chat_template: Goes before the file's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    path: Path
    model_id: str
    identity: str
    tier: str
    family: str | None = None
    chat_template: str | None = None


def load_engine(
    settings: Settings,
    catalogue: Catalogue,
    models: ModelStore,
    prefixes: Callable[[], PrefixStore],
    prefixes_file: PrefixesFile | None = None,
) -> tuple[ChatEngine, list[str]]:
    """Load the engine of the settings, which takes seconds.

    Args:
        settings: Say which.
        catalogue: Knows the models.
        models: Has them.
        prefixes: Gives the store of what was read before; called only where an engine in this process uses it.
        prefixes_file: Where an engine in a process of its own finds that store. None: the model is loaded into this
            process.

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
        server = OpenAIEngine(
            engine.base_url, engine.model_name or "default", api_key=engine.api_key(), timeout_s=engine.timeout_s
        )
        return server, []
    file = model_file(settings, catalogue, models)
    if prefixes_file is not None:
        from copilot.engines.child import ChildEngine, Load

        apart = ChildEngine.load(Load(file=file, engine=engine, prefixes=prefixes_file))
        return apart, list(apart.warnings)
    from copilot.engines.llama.engine import LlamaEngine

    loaded = LlamaEngine.load(llama_options(file, engine), prefixes())
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


def model_file(settings: Settings, catalogue: Catalogue, models: ModelStore) -> ModelFile:
    """The file of the chat model that the settings name, verified.

    Raises:
        ModelMissing, ModelCorrupt: It is not here or must not be used.
    """
    chosen = chat_model(settings, catalogue)
    if isinstance(chosen, Path):
        return ModelFile(path=chosen, model_id=chosen.stem, identity=_file_identity(chosen), tier="standard")
    path = models.path(chosen)
    return ModelFile(
        path=path,
        model_id=chosen.id,
        identity=chosen.files[0].sha256 or _file_identity(path),
        tier=chosen.tier or "standard",
        family=chosen.family,
        chat_template=None if chosen.chat_template in (None, "gguf") else chosen.chat_template,
    )


def llama_options(file: ModelFile, engine: EngineSettings) -> LlamaOptions:
    """How to load ``file`` on this machine as it is now. Asks llama.cpp for its devices, so it loads that library.

    Raises:
        ModelError: The file is no GGUF model.
    """
    from copilot.engines.llama.engine import LlamaOptions
    from copilot.hardware.backends import detect_llama_build, offload_devices
    from copilot.hardware.gguf import read_shape
    from copilot.hardware.machine import detect_memory, usable_cores
    from copilot.hardware.offload import ModelNeeds, plan_offload

    wanted = CONTEXT_TOKENS if engine.context == "auto" else engine.context
    devices = offload_devices(detect_llama_build()) if engine.gpu_layers != 0 else ()
    plan = plan_offload(ModelNeeds.of(read_shape(file.path)), wanted, devices, detect_memory().available_bytes)
    return LlamaOptions(
        path=file.path,
        model_id=file.model_id,
        model_hash=file.identity,
        tier=file.tier,
        family=file.family,
        cells=plan.context,
        threads=usable_cores() if engine.threads == "auto" else engine.threads,
        gpu_layers=plan.gpu_layers if engine.gpu_layers == "auto" else engine.gpu_layers,
        kv_type=engine.kv_type,
        chat_template=file.chat_template,
    )


def build_llama_options(settings: Settings, catalogue: Catalogue, models: ModelStore) -> LlamaOptions:
    """How to load the chat model of the settings on this machine.

    Raises:
        ModelMissing, ModelCorrupt: It is not here or must not be used.
    """
    return llama_options(model_file(settings, catalogue, models), settings.engine)


def _file_identity(path: Path) -> str:
    """Names a file that has no known hash: it changes whenever the file does."""
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelMissing(f"There is no model at {path}.", "Check engine.model.") from error
    return f"{path.name}:{stat.st_size}:{stat.st_mtime_ns}"
