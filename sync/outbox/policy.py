"""``outbox-policy.toml``: what may leave a device. What it doesn't name stays here."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator

from index.errors import UsageError
from sync.outbox.redaction import Redactor
from sync.outbox.wire import KINDS, FieldName, Kind, Model

POLICY_NAME: Final = "outbox-policy.toml"
_DEFAULT: Final = "default-policy.toml"
_MOST_BYTES: Final = 1 << 20

Personal = Literal["mail", "phone", "iban", "card", "secret"]


class KindPolicy(Model):
    """Whether a kind of item goes up, and what of it.

    Attributes:
        send: False keeps it on the device.
        fields: What goes; every other field stays.
        attachments: Whether a note's file goes along. Nothing can be redacted in it.
    """

    send: bool
    fields: tuple[FieldName, ...] = ()
    attachments: bool = False


class Pattern(Model):
    """A kind of personal data of one's own.

    Attributes:
        name: Stands in for what is found, in brackets.
        pattern: A regular expression of Python.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=1000)]

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            compiled = re.compile(value)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        if compiled.search("") is not None:
            raise ValueError("also matches where there is nothing")
        return value


class Redaction(Model):
    """Which personal data is blanked."""

    personal: tuple[Personal, ...] = ("mail", "phone", "iban", "card", "secret")
    names_file: Path | None = None
    patterns: tuple[Pattern, ...] = ()


class Rollout(Model):
    """Whether this device reports how it fares with a new generation."""

    participate: bool = False


class OutboxPolicy(Model):
    """What may leave a device.

    Attributes:
        restricted: What becomes of an item of which some fields quote a restricted collection: ``hold`` keeps it,
            ``strip`` sends the rest. That the restricted part itself stays can't be changed.
        kinds: A kind that is not named is not sent.
    """

    restricted: Literal["hold", "strip"] = "hold"
    rollout: Rollout = Rollout()
    kinds: dict[Kind, KindPolicy] = Field(default_factory=dict)
    redact: Redaction = Redaction()

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Read the policy file; the one that comes with the program where ``path`` is None.

        Raises:
            UsageError: It can't be read, has a fault, or its list of names is missing. A policy that can't be read
                lets nothing out.
        """
        if path is None:
            return cls._parse(files("sync.outbox").joinpath(_DEFAULT).read_text(encoding="utf-8"), Path(_DEFAULT))
        return cls._parse(_read(path), path)

    @classmethod
    def _parse(cls, text: str, path: Path) -> Self:
        remedy = f"Mend {path}, or move it away to use the policy that comes with the program. Nothing was sent."
        try:
            policy = cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"The outbox policy is no TOML: {error}", remedy) from error
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise UsageError(f"The outbox policy has a fault: {faults}.", remedy) from error
        names = policy.redact.names_file
        if names is not None and not names.is_absolute():
            redact = policy.redact.model_copy(update={"names_file": path.parent / names})
            policy = policy.model_copy(update={"redact": redact})
        return policy

    def of(self, kind: Kind) -> KindPolicy:
        """What holds for ``kind``."""
        return self.kinds.get(kind, KindPolicy(send=False))

    def redactor(self) -> Redactor:
        """What blanks personal data.

        Raises:
            UsageError: The list of names can't be read.
        """
        names = [] if self.redact.names_file is None else _read(self.redact.names_file).splitlines()
        patterns = [(one.name, re.compile(one.pattern)) for one in self.redact.patterns]
        return Redactor(self.redact.personal, names, patterns)

    @property
    def sent_kinds(self) -> tuple[Kind, ...]:
        """The kinds that go up."""
        return tuple(kind for kind in KINDS if self.of(kind).send)

    @property
    def counts_answers(self) -> bool:
        """Whether answers are counted at all: not before somebody switched it on."""
        return self.rollout.participate or self.of("telemetry").send


def find_policy(data_dir: Path, named: Path | None = None) -> Path | None:
    """The policy file that holds: the one that the settings name, else the data directory's, else None.

    Raises:
        UsageError: The named file is missing: the default could let out more than it.
    """
    if named is not None:
        if not named.is_file():
            raise UsageError(f"There is no outbox policy at {named}.", "Check outbox.policy. Nothing was sent.")
        return named
    own = data_dir / POLICY_NAME
    return own if own.exists() else None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path} is larger than 1 MB.", "Make it smaller. Nothing was sent.")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read.", "Check the file and its permissions. Nothing was sent.") from error
