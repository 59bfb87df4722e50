"""Settings of the HTTP endpoint."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from copilot.settings.sections import Section

Names = Annotated[tuple[str, ...], NoDecode]


class ServeSettings(Section):
    """The HTTP endpoint: where it listens, who may ask, and how much at once."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=255,
        description="Address to listen on; any other than this machine's own needs TLS and keys.",
    )
    port: int = Field(default=8420, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    tls_cert: Path | None = Field(default=None, description="The server's certificate with its chain, PEM.")
    tls_key: Path | None = Field(default=None, description="The certificate's private key, PEM.")
    keys: Literal["auto", "always"] = Field(
        default="auto", description="Whether a key is asked for; auto: not of whoever is on this machine."
    )
    allowed_hosts: Names = Field(
        default=(),
        description="Names by which clients may call this server, beside its address; needed behind a proxy.",
    )
    allowed_origins: Names = Field(
        default=(), description="Web pages that may call it from a browser, such as https://hmi.example.com."
    )
    frame_ancestors: Names = Field(
        default=(), description="Pages that may show the panel in a frame, such as https://hmi.example.com."
    )
    search_threads: int = Field(default=3, ge=1, le=32, description="Searches carried out at the same time.")
    most_searches: int = Field(
        default=256, ge=1, le=10_000, description="Searches that may wait; more are told to come back later."
    )
    most_questions: int = Field(
        default=64, ge=1, le=10_000, description="Questions that may be answered or wait at the same time."
    )
    most_questions_each: int = Field(default=16, ge=1, le=10_000, description="The same for each client.")
    requests_per_minute: int = Field(
        default=1200, ge=1, le=1_000_000, description="Most requests of one key in a minute, in the long run."
    )
    max_body_kb: int = Field(default=1024, ge=1, le=1_048_576, description="Largest request, in KiB.")
    shutdown_s: float = Field(
        default=10.0, ge=0, le=3600, description="Seconds that answers may still take once it is told to stop."
    )

    @field_validator("allowed_hosts", "allowed_origins", "frame_ancestors", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins", "frame_ancestors")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or set(rest) & set("/*;'\" "):
                raise ValueError("must be origins such as https://hmi.example.com, without a path or a star")
        return value

    @model_validator(mode="after")
    def _whole(self) -> ServeSettings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("set serve.tls_cert and serve.tls_key together, or neither")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def keys_needed(serve: ServeSettings) -> bool:
    """Whether nobody may ask without a key."""
    return serve.keys == "always" or not is_loopback(serve.host)
