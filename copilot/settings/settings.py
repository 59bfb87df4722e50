"""All settings, checked: from the defaults, ``copilot.toml``, the environment and the flags, the later going first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from copilot.settings.cloud import CloudSettings, RouteSettings
from copilot.settings.complaints import complain_about_unknown, complain_about_values
from copilot.settings.hmi import HmiSettings
from copilot.settings.mcp import McpSettings
from copilot.settings.notes import NotesSettings
from copilot.settings.paths import CONFIG_NAME, absolute, default_data_dir
from copilot.settings.sections import (
    AnswerSettings,
    EmbeddingSettings,
    EngineSettings,
    IndexSettings,
    LogSettings,
    ModelsSettings,
    OutboxSettings,
    SearchSettings,
    Section,
    SyncSettings,
)
from copilot.settings.serve import ServeSettings
from copilot.settings.sources import (
    CONFIG_VARIABLE,
    PREFIX,
    Origin,
    RawValue,
    environment_names,
    read_environment,
    read_file,
    unflatten,
    variable_for,
)
from copilot.settings.tui import TuiSettings
from copilot.settings.voice import VoiceSettings

_PATH_KEYS: Final = (
    "data_dir",
    "hmi.signals",
    "index.key_file",
    "models.catalogue",
    "outbox.token_file",
    "outbox.client_cert",
    "outbox.client_key",
    "outbox.ca_file",
    "outbox.policy",
    "serve.tls_cert",
    "serve.tls_key",
)
_VARIABLE_KEYS: Final = ("index.key_env", "engine.api_key_env", "outbox.token_env")


class Settings(BaseSettings):
    """Every setting of the program; immutable. Built by `load`, which knows where each value comes from."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Where everything is kept: index, models, conversations, logs."
    )
    index: IndexSettings = IndexSettings()
    search: SearchSettings = SearchSettings()
    answer: AnswerSettings = AnswerSettings()
    engine: EngineSettings = EngineSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    models: ModelsSettings = ModelsSettings()
    cloud: CloudSettings = CloudSettings()
    route: RouteSettings = RouteSettings()
    sync: SyncSettings = SyncSettings()
    outbox: OutboxSettings = OutboxSettings()
    serve: ServeSettings = ServeSettings()
    notes: NotesSettings = NotesSettings()
    tui: TuiSettings = TuiSettings()
    voice: VoiceSettings = VoiceSettings()
    hmi: HmiSettings = HmiSettings()
    mcp: McpSettings = McpSettings()
    log: LogSettings = LogSettings()

    _origins: Mapping[str, Origin] = PrivateAttr(default_factory=dict)
    _config_file: Path | None = PrivateAttr(default=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values as they are given: `load` reads the sources itself, to remember each value's origin."""
        return (init_settings,)

    @classmethod
    def load(
        cls,
        config_file: Path | None = None,
        data_dir: Path | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> Self:
        """Read and check every source.

        Args:
            config_file: The file that ``--config`` names; default: ``EDGE_COPILOT_CONFIG``, else ``copilot.toml`` in
                the data directory, where it exists.
            data_dir: What ``--data-dir`` says.
            overrides: What other flags say, by dotted key.

        Raises:
            UsageError: A key or variable is unknown, a value out of bounds, or the file unusable. All faults of one
                load are told at once.
        """
        flags = {key: RawValue(value, Origin("flag", "command line")) for key, value in (overrides or {}).items()}
        if data_dir is not None:
            flags["data_dir"] = RawValue(data_dir, Origin("flag", "--data-dir"))
        path, required = config_path(config_file, data_dir)
        from_file = {key: _against(path.parent, key, raw) for key, raw in read_file(path, required).items()}
        keys = known_keys()
        variables = environment_names()
        named = {str(raw.value) for key, raw in from_file.items() if key in _VARIABLE_KEYS}
        named |= {os.environ.get(variable_for(key), "") for key in _VARIABLE_KEYS}
        named |= _named_by_endpoints(from_file)
        strangers = {key: name for key, name in variables.items() if key not in keys and name not in named}
        complain_about_unknown({key: raw.origin for key, raw in from_file.items() if key not in keys}, strangers, keys)
        raw = from_file | read_environment(EnvSettingsSource(cls)()) | flags
        raw = {key: value for key, value in raw.items() if not _is_blank(keys, key, value)}
        try:
            settings = cls(**unflatten({key: value.value for key, value in raw.items()}))
        except ValidationError as error:
            raise complain_about_values(error, {key: value.origin for key, value in raw.items()}, keys) from error
        settings._origins = {key: value.origin for key, value in raw.items()}
        settings._config_file = path
        return settings

    def origin(self, key: str) -> Origin:
        """Return where the value of a dotted key comes from."""
        return self._origins.get(key, Origin("default"))

    def origins(self) -> Mapping[str, Origin]:
        """Return the origin of every value that is not a default."""
        return dict(self._origins)

    @property
    def config_file(self) -> Path:
        """The settings file that was read, or would be if it existed."""
        return self._config_file or absolute(self.data_dir) / CONFIG_NAME

    def model_post_init(self, _context: object, /) -> None:
        """Make the data directory absolute, so that a later change of directory moves nothing."""
        object.__setattr__(self, "data_dir", absolute(self.data_dir))

    @property
    def index_file(self) -> Path:
        """The index."""
        return self.data_dir / "index.db"

    @property
    def conversations_file(self) -> Path:
        """What was asked and answered, for follow-ups."""
        return self.data_dir / "conversations.db"

    @property
    def notes_file(self) -> Path:
        """What technicians wrote down, and the procedures that they walked."""
        return self.data_dir / "notes.db"

    @property
    def outbox_file(self) -> Path:
        """What waits to go up to the hub."""
        return self.data_dir / "outbox.db"

    @property
    def models_dir(self) -> Path:
        """Models of this data directory; written to."""
        return self.data_dir / "models"

    @property
    def shared_models_dir(self) -> Path | None:
        """Models of the user's default data directory, only read; None where there is no other to look in."""
        shared = default_data_dir() / "models"
        return shared if self.models.shared and shared != self.models_dir else None

    @property
    def cache_dir(self) -> Path:
        """What can be computed or fetched again."""
        return self.data_dir / "cache"

    @property
    def logs_dir(self) -> Path:
        """The log files."""
        return self.data_dir / "logs"


def known_keys() -> dict[str, type[Section] | type[Settings]]:
    """Return every dotted key with the model that defines it, in the order of definition."""
    keys: dict[str, type[Section] | type[Settings]] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            keys.update({f"{name}.{inner}": section for inner in section.model_fields})
        else:
            keys[name] = Settings
    return keys


def config_path(config_file: Path | None, data_dir: Path | None) -> tuple[Path, bool]:
    """Return the settings file that is meant, and whether somebody named it, so that it must exist.

    Args:
        config_file: What ``--config`` says.
        data_dir: What ``--data-dir`` says.
    """
    if config_file is not None:
        return absolute(config_file), True
    if named := os.environ.get(CONFIG_VARIABLE):
        return absolute(Path(named)), True
    folder = data_dir or Path(os.environ.get(variable_for("data_dir")) or default_data_dir())
    return absolute(folder) / CONFIG_NAME, False


def _is_blank(keys: Mapping[str, type[Section] | type[Settings]], key: str, raw: RawValue) -> bool:
    """An empty text stands for "not set", as TOML has no null; it also takes back what a file says."""
    if raw.value != "" or key not in keys:
        return False
    return keys[key].model_fields[key.rpartition(".")[2]].default is None


def _tables(value: object) -> list[Mapping[str, object]]:
    """The tables of a list of tables, as far as it is one: it has not been checked yet."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _named_by_endpoints(values: Mapping[str, RawValue]) -> set[str]:
    raw = values.get("cloud.endpoints")
    return {str(one["api_key_env"]) for one in _tables(raw.value if raw else None) if "api_key_env" in one}


def _against(folder: Path, key: str, raw: RawValue) -> RawValue:
    """A relative path in a file is meant from where that file stands."""
    value = raw.value
    if key == "cloud.endpoints" and (tables := _tables(value)):
        placed = [
            {**one, "ca_file": str(absolute(Path(file), folder))}
            if (file := one.get("ca_file")) and isinstance(file, str)
            else one
            for one in tables
        ]
        return RawValue(placed, raw.origin)
    text = str(value)
    is_path = (
        key in _PATH_KEYS
        or (key == "engine.model" and text.lower().endswith(".gguf"))
        or (key == "voice.wake_models" and ("/" in text or "\\" in text))
    )
    return (
        RawValue(str(absolute(Path(value), folder)), raw.origin)
        if is_path and value and isinstance(value, str)
        else raw
    )
