"""``privacy.toml``: what never leaves, and what is replaced in what does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from index.errors import UsageError

POLICY_NAME: Final = "privacy.toml"
_MOST_BYTES: Final = 1 << 20
_NOTHING_LEAVES: Final = "Until then every question is answered on this device."

Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Personal = Literal["mail", "phone", "iban", "card", "name", "patient", "customer", "serial", "ip", "mac"]
PERSONAL: Final[tuple[Personal, ...]] = (
    "mail", "phone", "iban", "card", "name", "patient", "customer", "serial", "ip", "mac",
)  # fmt: skip


class Model(BaseModel):
    """Immutable, and without room for a key that nothing reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _compiles(value: str) -> str:
    try:
        compiled = re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if compiled.search("") is not None:
        raise ValueError("also matches where there is nothing")
    return value


class Never(Model):
    """What never leaves, whatever its label.

    Attributes:
        collections: Names.
        documents: Paths as they were ingested; ``*`` and ``?`` stand for characters.
        keywords: Words or phrases, found whole and whatever their case. A passage or a turn that holds one stays; a
            question that does isn't sent.
        patterns: Regular expressions of Python, for the same.
    """

    collections: tuple[Text, ...] = ()
    documents: tuple[Text, ...] = ()
    keywords: tuple[Text, ...] = ()
    patterns: tuple[Text, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _all_compile(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_compiles(one) for one in value)


class Pattern(Model):
    """A kind of personal data of one's own.

    Attributes:
        name: Of the placeholder: ``badge`` gives ``⟦BADGE_1⟧``.
        pattern: A regular expression of Python. A group called ``value`` marks the part that is replaced.
        unless_in_evidence: True leaves what stands in the evidence that goes along.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,30}[a-z]$")]
    pattern: Text
    unless_in_evidence: bool = False

    @field_validator("pattern")
    @classmethod
    def _one_compiles(cls, value: str) -> str:
        return _compiles(value)


class Pseudonymise(Model):
    """What is replaced by placeholders. Credentials always are.

    Attributes:
        personal: Kinds that are recognised without further ado.
        names_file: A file with one name a line, beside the policy.
        patterns: More kinds.
    """

    personal: tuple[Personal, ...] = PERSONAL
    names_file: Path | None = None
    patterns: tuple[Pattern, ...] = ()


class PrivacyPolicy(Model):
    """What may leave this device.

    Attributes:
        send: False sends nothing anywhere.
        question_only: Whether a question may go although none of its evidence may.
        conversation: Whether earlier exchanges go with a question, where their evidence may.
        never: What stays whatever its label.
        pseudonymise: What is replaced in the rest.
    """

    send: bool = True
    question_only: bool = False
    conversation: bool = True
    never: Never = Never()
    pseudonymise: Pseudonymise = Field(default=Pseudonymise())

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Read the policy file; the default policy where ``path`` is None.

        Raises:
            UsageError: It can't be read, has a fault, or its list of names is missing. With a policy that can't be
                read nothing is sent.
        """
        if path is None:
            return cls()
        remedy = f"Mend {path}. {_NOTHING_LEAVES}"
        try:
            policy = cls.model_validate(tomllib.loads(_read(path)))
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"The privacy policy is no TOML: {error}", remedy) from error
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise UsageError(f"The privacy policy has a fault: {faults}.", remedy) from error
        names = policy.pseudonymise.names_file
        if names is not None:
            policy = policy.model_copy(
                update={"pseudonymise": policy.pseudonymise.model_copy(update={"names_file": path.parent / names})}
            )
        policy.names()
        return policy

    def names(self) -> list[str]:
        """The names of the list; none without one.

        Raises:
            UsageError: It can't be read.
        """
        path = self.pseudonymise.names_file
        return [] if path is None else [line.strip() for line in _read(path).splitlines() if line.strip()]


def find_policy(data_dir: Path) -> Path | None:
    """The data directory's policy file; None where it has none."""
    own = data_dir / POLICY_NAME
    return own if own.exists() else None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path} is larger than 1 MB.", f"Make it smaller. {_NOTHING_LEAVES}")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read.", f"Check the file and its permissions. {_NOTHING_LEAVES}") from error
