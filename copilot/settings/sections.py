"""The settings, section by section. The description of a field is what `config init` writes above it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from index.errors import UnreadableFile, UsageError

Auto = Literal["auto"]
Tier = Literal["auto", "tiny", "small", "standard", "large"]


class Section(BaseModel):
    """A table of ``copilot.toml``: immutable, and without room for a key that nothing reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def address(value: str | None, example: str) -> str | None:
    """``value`` where it is a web address or not set; the ``ValueError`` of a validator where it is neither."""
    if value is not None:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"must be an address such as {example}")
    return value


class IndexSettings(Section):
    """The index file and what may go into it."""

    key_env: str | None = Field(
        default=None, description="Name of the environment variable that holds the key of an encrypted index."
    )
    key_file: Path | None = Field(default=None, description="File whose first line is the key of an encrypted index.")
    ocr: bool = Field(default=True, description="Read pages without text by OCR, where the ocr extra is installed.")
    max_file_mb: int = Field(default=1024, ge=1, le=65536, description="Largest file that is read, in MiB.")
    max_unpacked_mb: int = Field(
        default=512, ge=1, le=65536, description="Largest content of an office or EPUB file once unpacked, in MiB."
    )
    max_pages: int = Field(default=20_000, ge=1, le=1_000_000, description="Most pages read of one document.")

    @model_validator(mode="after")
    def _one_key_source(self) -> IndexSettings:
        if self.key_env is not None and self.key_file is not None:
            raise ValueError("set index.key_env or index.key_file, not both")
        return self

    def read_key(self) -> str | None:
        """Return the key that opens the index, or None where it is not encrypted.

        Raises:
            UsageError: The environment variable is not set or empty, or the file's first line is.
            UnreadableFile: The key file can't be read.
        """
        if self.key_env is not None:
            key = os.environ.get(self.key_env, "")
            if not key:
                raise UsageError(
                    f"index.key_env names the environment variable {self.key_env}, which is not set.",
                    f"Set {self.key_env} to the key, then try again.",
                )
            return key
        if self.key_file is None:
            return None
        try:
            first = self.key_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile(
                f"The key file {self.key_file} can't be read.", "Check index.key_file and the file's permissions."
            ) from error
        if not first:
            raise UsageError(f"The key file {self.key_file} is empty.", "Its first line must be the key.")
        return first


class SearchSettings(Section):
    """What a search looks at and shows."""

    k: int = Field(default=5, ge=1, le=100, description="How many passages a search shows.")
    collections: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Collections searched when none is named; empty means all."
    )

    @field_validator("collections", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


class AnswerSettings(Section):
    """How much an answer reads and writes."""

    max_tokens: int = Field(default=256, ge=16, le=8192, description="Longest answer, in tokens.")
    passages: int = Field(default=3, ge=1, le=20, description="How many passages an answer is made from.")


class EngineSettings(Section):
    """Which language model answers, and what of the machine it may use."""

    kind: Literal["llama", "openai"] = Field(
        default="llama", description="llama: llama.cpp in this process. openai: a server with that interface."
    )
    process: Literal["auto", "inside", "child"] = Field(
        default="auto",
        description="Where the model runs: child is a process of its own, restarted when it dies; auto: so for serve.",
    )
    tier: Tier = Field(default="auto", description="Size of model; auto chooses by the machine's memory and cores.")
    model: str | None = Field(
        default=None, description="A model of the catalogue by its id, or the path of a GGUF file; goes before tier."
    )
    threads: Auto | Annotated[int, Field(ge=1, le=1024)] = Field(
        default="auto", description="Threads that compute; auto takes the physical cores this process may use."
    )
    context: Auto | Annotated[int, Field(ge=256, le=1_048_576)] = Field(
        default="auto", description="Tokens of context; auto takes what an answer needs, not what the model can."
    )
    gpu_layers: Auto | Annotated[int, Field(ge=0, le=1000)] = Field(
        default="auto", description="Layers on the GPU; auto computes how many fit, 0 keeps to the CPU."
    )
    kv_type: Literal["f16", "q8_0"] = Field(
        default="f16",
        description="How what was read is kept, in memory and on disk; q8_0 takes half the room and may change a word.",
    )
    prefix_cache_mb: int = Field(
        default=4096,
        ge=0,
        le=1_048_576,
        description="Disk for what the model has read before, in MiB; 0 keeps nothing.",
    )
    base_url: str | None = Field(default=None, description="For kind openai: the server's address up to and with /v1.")
    model_name: str | None = Field(default=None, description="For kind openai: the model's name on that server.")
    api_key_env: str | None = Field(
        default=None, description="For kind openai: name of the environment variable that holds its key."
    )
    timeout_s: float = Field(
        default=120.0, ge=1, le=3600, description="For kind openai: seconds to wait for the server's next word."
    )

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return address(value, "http://127.0.0.1:8080/v1")

    @model_validator(mode="after")
    def _server_named(self) -> EngineSettings:
        if self.kind == "openai" and self.base_url is None:
            raise ValueError("engine.kind is openai, so engine.base_url must name the server")
        return self

    def api_key(self) -> str | None:
        """Return the key for the server, or None where none is configured.

        Raises:
            UsageError: The environment variable is not set.
        """
        if self.api_key_env is None:
            return None
        key = os.environ.get(self.api_key_env, "")
        if not key:
            raise UsageError(
                f"engine.api_key_env names the environment variable {self.api_key_env}, which is not set.",
                f"Set {self.api_key_env} to the server's key, then try again.",
            )
        return key


class EmbeddingSettings(Section):
    """What turns text into vectors."""

    kind: Literal["onnx", "sentence-transformers", "none"] = Field(
        default="onnx",
        description="onnx: for devices. sentence-transformers: the reference, with its extra. none: words only.",
    )
    model: str | None = Field(default=None, description="An embedding model of the catalogue; empty: its default.")
    threads: Auto | Annotated[int, Field(ge=1, le=1024)] = Field(
        default="auto", description="Threads that compute; auto takes the physical cores this process may use."
    )


class ModelsSettings(Section):
    """Where models are looked up."""

    catalogue: Path | None = Field(
        default=None, description="A catalogue of your own, read after the one that comes with the program."
    )
    hub_url: str | None = Field(
        default=None, description="Address of a model hub, or of a mirror of one; empty: the catalogue's."
    )
    shared: bool = Field(
        default=True, description="Also use, without writing there, the models of this user's default data directory."
    )

    @field_validator("hub_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return address(value, "https://models.example.com")


class SyncSettings(Section):
    """When and how fast this device fetches from its hub."""

    limit_kbit_s: int | None = Field(
        default=None, ge=8, le=100_000_000, description="Most that is fetched, in kilobits a second; empty: no limit."
    )
    every_minutes: float = Field(
        default=60.0, ge=1, le=43_200, description="For sync watch: minutes between two syncs."
    )
    jitter: float = Field(
        default=0.25, ge=0, le=0.9, description="For sync watch: share of that time by which each sync is moved."
    )
    quiet_hours: str | None = Field(
        default=None, description="For sync watch: hours in which it waits, local time, such as 22:00-06:00."
    )
    metered: Literal["auto", "yes", "no"] = Field(
        default="auto", description="Whether the network costs by the byte; auto asks the system where it knows."
    )
    on_metered: bool = Field(default=False, description="Whether to sync over a metered network.")
    least_battery_percent: int = Field(
        default=30, ge=0, le=100, description="Below this charge it syncs on mains power only; 0: always."
    )

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        if value is not None:
            from sync.device.rules import QuietHours

            try:
                QuietHours.parse(value)
            except UsageError as error:
                raise ValueError("must be hours such as 22:00-06:00") from error
        return value


class OutboxSettings(Section):
    """What goes up to the hub, and how this device shows who it is. What may go up stands in the outbox policy."""

    url: str | None = Field(
        default=None, description="Address of the hub's receiver, without /v1; empty: nothing leaves this device."
    )
    token_env: str | None = Field(
        default=None, description="Name of the environment variable that holds this device's token."
    )
    token_file: Path | None = Field(default=None, description="File whose first line is this device's token.")
    client_cert: Path | None = Field(
        default=None, description="This device's certificate, PEM: instead of a token, or with it."
    )
    client_key: Path | None = Field(default=None, description="The certificate's private key, PEM.")
    ca_file: Path | None = Field(
        default=None, description="Certificates that the receiver's is checked against, PEM; empty: the system's."
    )
    policy: Path | None = Field(
        default=None,
        description="The outbox policy; empty: outbox-policy.toml in the data directory, else the default.",
    )
    max_mb: int = Field(
        default=64, ge=1, le=65_536, description="Most that waits, in MiB; beyond it the oldest goes, but never a note."
    )

    @field_validator("url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return address(value, "https://hub.example.com")

    @model_validator(mode="after")
    def _whole(self) -> OutboxSettings:
        if self.token_env is not None and self.token_file is not None:
            raise ValueError("set outbox.token_env or outbox.token_file, not both")
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("outbox.client_key is of no use without outbox.client_cert")
        return self

    def token(self) -> str | None:
        """Return this device's token, or None where none is configured.

        Raises:
            UsageError: The environment variable is not set, or the file's first line is empty.
            UnreadableFile: The file can't be read.
        """
        if self.token_env is not None:
            token = os.environ.get(self.token_env, "").strip()
            if not token:
                raise UsageError(
                    f"outbox.token_env names the environment variable {self.token_env}, which is not set.",
                    f"Set {self.token_env} to the token that “hub devices add” printed, then try again.",
                )
            return token
        if self.token_file is None:
            return None
        try:
            token = self.token_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile(
                f"The token file {self.token_file} can't be read.", "Check outbox.token_file and its permissions."
            ) from error
        if not token:
            raise UsageError(f"The token file {self.token_file} is empty.", "Its first line must be the token.")
        return token


class LogSettings(Section):
    """What is written to logs/edge-copilot.log; never the text of documents or questions."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least that is kept.")
