"""The shape of ``signals.toml``. Each class is a table of it; `docs/hmi.md` explains them to people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from copilot.hmi.values import Severity
from index.documents import AccessLabel

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]

RegisterTable = Literal["coil", "discrete", "holding", "input"]
RegisterType = Literal["bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "string"]
ByteOrder = Literal["abcd", "badc", "cdab", "dcba"]
"""How the bytes of a 32-bit value lie in its registers; ``abcd`` is the protocol's own order."""


class Entry(BaseModel):
    """A table of the file: immutable, without room for a key that nothing reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Credentials(Entry):
    """A user's name, and where the password is kept: never in the file itself."""

    username: str | None = None
    password_env: VariableName | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("give password_env or password_file, not both")
        if (self.password_env is not None or self.password_file is not None) and self.username is None:
            raise ValueError("a password needs a username")
        return self


class OpcUaSource(Credentials):
    """A server that speaks OPC UA."""

    kind: Literal["opcua"]
    name: Name
    url: str
    security: Literal["None", "Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = "None"
    mode: Literal["Sign", "SignAndEncrypt"] = "SignAndEncrypt"
    certificate: Path | None = None
    private_key: Path | None = None
    server_certificate: Path | None = None
    application_uri: str = "urn:edge-copilot:client"
    publish_ms: float = Field(default=100.0, ge=10, le=60_000)
    queue: int = Field(default=100, ge=1, le=100_000)
    alarms: bool = True
    alarm_nodes: tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "opc.tcp" or not parts.hostname:
            raise ValueError("must be an address such as opc.tcp://127.0.0.1:4840/")
        if parts.username or parts.password:
            raise ValueError("must not hold a user or password: use username and password_env")
        return value

    @model_validator(mode="after")
    def _certificates(self) -> Self:
        needed = {"certificate": self.certificate, "private_key": self.private_key}
        needed["server_certificate"] = self.server_certificate
        if self.security != "None" and (missing := [name for name, path in needed.items() if path is None]):
            raise ValueError(f"security = {self.security!r} needs {' and '.join(missing)} too")
        if self.security == "None" and any(path is not None for path in needed.values()):
            raise ValueError('certificates are given, but security = "None" uses none: say which policy')
        if self.security == "None" and self.username is not None:
            raise ValueError("a password would go over the network in the clear: say which security policy")
        return self


class MqttSource(Credentials):
    """A broker that speaks MQTT."""

    kind: Literal["mqtt"]
    name: Name
    host: str
    port: int = Field(default=1883, ge=1, le=65535)
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    qos: Literal[0, 1] = 1
    keepalive_s: int = Field(default=30, ge=5, le=3600)
    tls: bool = False
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    max_payload_kb: int = Field(default=256, ge=1, le=65_536)

    @model_validator(mode="after")
    def _tls(self) -> Self:
        if (self.ca_file or self.client_cert or self.client_key) and not self.tls:
            raise ValueError("certificates are given, but tls is not true")
        if (self.client_cert is None) != (self.client_key is None):
            raise ValueError("client_cert and client_key go together")
        return self


class ModbusSource(Entry):
    """A server that speaks Modbus TCP."""

    kind: Literal["modbus"]
    name: Name
    host: str
    port: int = Field(default=502, ge=1, le=65535)
    unit: int = Field(default=1, ge=0, le=255)
    poll_ms: float = Field(default=1000.0, ge=20, le=3_600_000)
    timeout_s: float = Field(default=3.0, ge=0.1, le=60)
    most_registers: int = Field(default=120, ge=1, le=125)


SourceEntry = Annotated[OpcUaSource | MqttSource | ModbusSource, Field(discriminator="kind")]


class Register(Entry):
    """Where a value lies in a Modbus server, and how it is to be read."""

    table: RegisterTable = "holding"
    address: int = Field(ge=0, le=65_535)
    type: RegisterType | None = None
    order: ByteOrder = "abcd"
    scale: float = 1.0
    offset: float = 0.0
    length: int = Field(default=8, ge=1, le=120)
    bit: int | None = Field(default=None, ge=0, le=15)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        is_bit = self.table in ("coil", "discrete")
        if is_bit and self.type not in (None, "bool"):
            raise ValueError(f"a {self.table} holds a bool, not {self.type}")
        if self.bit is not None and (is_bit or self.type not in (None, "bool")):
            raise ValueError("bit takes one bit of a register: leave type out")
        if self.type == "bool" and not is_bit and self.bit is None:
            raise ValueError("a bool in a register needs bit, from 0 to 15")
        return self


class SignalEntry(Entry):
    """A signal: what it means, and where its value comes from."""

    name: Name
    title: Title | None = None
    source: Name
    node: str | None = None
    topic: str | None = None
    field: str | None = None
    time_field: str | None = None
    metric: str | None = None
    device: str | None = None
    register_: Register | None = Field(default=None, alias="register")
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    severity: Severity = "medium"
    limit_alarm: bool = True
    delay_s: float = Field(default=0.0, ge=0, le=86_400)
    machine: Words | None = None
    component: Words = ""
    meaning: Words = ""
    identifiers: tuple[Title, ...] = ()
    states: dict[str, Title] = Field(default_factory=dict)
    codes: str = ""
    stale_after_s: float | None = Field(default=None, gt=0, le=31_536_000)
    access: AccessLabel | None = None

    @field_validator("codes")
    @classmethod
    def _format(cls, value: str) -> str:
        if value:
            try:
                if value.format(12) == value:
                    raise ValueError
            except (ValueError, IndexError, KeyError, AttributeError, TypeError):
                raise ValueError('must say how a code is written, such as "F{:04d}"') from None
        return value

    @field_validator("states")
    @classmethod
    def _numbers(cls, value: dict[str, str]) -> dict[str, str]:
        for key in value:
            try:
                float(key)
            except ValueError:
                raise ValueError(f"{key!r} is no number: name each state by the number that stands for it") from None
        return value

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class RuleEntry(Entry):
    """An alarm made from a signal. Exactly one of ``equals``, ``bit``, ``above`` and ``below`` says when."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    title: Title
    signal: Name
    equals: float | bool | str | None = None
    bit: int | None = Field(default=None, ge=0, le=63)
    above: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    delay_s: float = Field(default=0.0, ge=0, le=86_400)
    severity: Severity = "medium"
    component: Words | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if sum(one is not None for one in (self.equals, self.bit, self.above, self.below)) != 1:
            raise ValueError("give exactly one of equals, bit, above and below")
        return self


class CodeEntry(Entry):
    """What a fault code of a signal is called, where the documents should not be asked for it."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    title: Title
    severity: Severity | None = None
    component: Words = ""


class Defaults(Entry):
    """What holds for every signal that doesn't say otherwise."""

    machine: Words = ""
    access: AccessLabel = AccessLabel.RESTRICTED
    stale_after_s: float = Field(default=60.0, gt=0, le=31_536_000)


class AdviceEntry(Entry):
    """Where advice looks. ``logbooks`` are patterns of document names such as ``*logbook*``."""

    collections: tuple[str, ...] = ()
    logbooks: tuple[str, ...] = ("*logbook*", "*log-book*", "*schichtbuch*", "*maschinenbuch*")


class SignalsFile(Entry):
    """The whole file."""

    defaults: Defaults = Defaults()
    advice: AdviceEntry = AdviceEntry()
    source: tuple[SourceEntry, ...] = ()
    signal: tuple[SignalEntry, ...] = ()
    alarm: tuple[RuleEntry, ...] = ()
    code: tuple[CodeEntry, ...] = ()
