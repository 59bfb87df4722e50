"""Settings of larger models elsewhere: where they are, and when a question may go there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from copilot.settings.sections import Section, address
from index.errors import UsageError

EndpointName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Pin = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
Threshold = Literal["never", "always"] | Annotated[float, Field(ge=0, le=1)]


class EndpointSettings(Section):
    """A server with a larger model; several are asked in the order in which they stand."""

    name: EndpointName = Field(description="What it is called in messages, in the audit log and in usage.")
    base_url: str = Field(description="The server's address up to and with /v1.")
    model: str = Field(min_length=1, description="The model's name on that server.")
    api_key_env: str | None = Field(
        default=None, description="Name of the environment variable that holds the server's key."
    )
    api_key_keyring: str | None = Field(
        default=None,
        description="Name under which the system's keyring holds the key (service edge-copilot; the keyring extra).",
    )
    trusted: bool = Field(default=False, description="Whether it may see passages with the label internal.")
    ca_file: Path | None = Field(
        default=None, description="Certificates that the server's is checked against, PEM; empty: the system's."
    )
    pins: tuple[Pin, ...] = Field(
        default=(),
        description="Public keys that its certificate may have, each as the base64 of its sha256; empty: any.",
    )
    tools: bool = Field(
        default=True, description="Whether the model may ask for more passages (it must understand tool calls)."
    )
    context_tokens: int = Field(default=8192, ge=512, le=10_000_000, description="What its model can take, in tokens.")
    max_tokens: int = Field(default=400, ge=16, le=8192, description="Longest answer that is asked of it, in tokens.")
    price_in: float = Field(default=0.0, ge=0, le=100_000, description="Money for a million tokens sent.")
    price_out: float = Field(default=0.0, ge=0, le=100_000, description="Money for a million tokens written.")

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        return address(value, "http://127.0.0.1:9000/v1") or value

    @model_validator(mode="after")
    def _one_key_source(self) -> EndpointSettings:
        if self.api_key_env is not None and self.api_key_keyring is not None:
            raise ValueError(f"the endpoint {self.name} needs api_key_env or api_key_keyring, not both")
        return self


class CloudSettings(Section):
    """How larger models elsewhere are asked. Without endpoints nothing leaves this device."""

    endpoints: tuple[EndpointSettings, ...] = Field(
        default=(), max_length=16, description="The servers, the one preferred first."
    )
    attempts: int = Field(default=2, ge=1, le=10, description="How often one server is asked before the next one is.")
    connect_s: float = Field(default=3.0, ge=0.1, le=120, description="Seconds to wait for a connection.")
    first_word_s: float = Field(default=30.0, ge=0.5, le=3600, description="Seconds to wait for the first word.")
    next_word_s: float = Field(default=10.0, ge=0.2, le=3600, description="Seconds to wait for each word after it.")
    whole_s: float = Field(default=120.0, ge=1, le=7200, description="Seconds that an answer may take in all.")
    hedge_after_s: float | None = Field(
        default=None,
        ge=0.1,
        le=600,
        description="Also ask the next server where the first is silent for so many seconds; empty: never.",
    )
    rounds: int = Field(default=2, ge=0, le=2, description="How often the model may ask for more passages.")

    @model_validator(mode="after")
    def _told_apart(self) -> CloudSettings:
        names = [one.name for one in self.endpoints]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two of cloud.endpoints have the name {twice}; give each its own")
        return self


class RouteSettings(Section):
    """When a question goes to a larger model elsewhere. What may go there says the privacy policy."""

    threshold: Threshold = Field(
        default=0.5,
        description="How likely it must be that a larger model does better; never keeps every question here.",
    )
    tokens_per_day: int | None = Field(
        default=None, ge=0, le=10**12, description="Most tokens sent and received in a day; empty: no limit."
    )
    money_per_day: float | None = Field(
        default=None, ge=0, le=10**9, description="Most money spent in a day, by the prices of the endpoints."
    )
    on_metered: bool = Field(default=True, description="Whether questions leave over a network that costs by the byte.")
    least_battery_percent: int = Field(
        default=0, ge=0, le=100, description="Below this charge, without mains power, questions stay here."
    )
    slowest_link_s: float | None = Field(
        default=None,
        ge=0.01,
        le=600,
        description="Over a link with a longer round trip, in seconds, only questions leave that are wished to; "
        "empty: any.",
    )
    hot_c: float | None = Field(
        default=None,
        ge=20,
        le=150,
        description="From this temperature of the processor on, in °C, questions leave to spare it; empty: no matter.",
    )
    hours: str | None = Field(
        default=None, description="Hours in which questions may leave, local time, such as 06:00-22:00; empty: all."
    )
    queue: bool = Field(
        default=True, description="Whether a hard question without a network waits for one, to be answered later."
    )
    queue_days: float = Field(default=7.0, ge=0.01, le=365, description="Days after which a waiting question expires.")
    queue_most: int = Field(default=200, ge=1, le=100_000, description="Most questions that wait.")
    person: str | None = Field(
        default=None, max_length=100, description="Who uses this device, in usage; empty: nobody."
    )

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        if value is not None:
            from sync.device.rules import QuietHours

            try:
                QuietHours.parse(value)
            except UsageError as error:
                raise ValueError("must be hours such as 06:00-22:00") from error
        return value
