"""What a session can do, as seams: it knows no notes, no procedures, no plant, only these."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from copilot.answering.events import Event
from copilot.answering.flow import AskOptions
from index.passages import Passage


class Asking(Protocol):
    """Answers questions: the one answer flow."""

    def ask(self, question: str, options: AskOptions | None = None) -> AsyncGenerator[Event, None]:
        """See `Copilot.ask`."""
        ...


class NoteKeeper(Protocol):
    """Keeps notes. Blocking."""

    def keep(self, text: str, question: str) -> str:
        """Keep a note; on the disk when this returns.

        Args:
            text: What was said.
            question: The last question, "" for none: what the note may be about.

        Returns:
            A sentence for the person where there is something to say; else "".

        Raises:
            EdgeCopilotError: It can't be kept.
        """
        ...

    def machine(self) -> str:
        """Which machine the person is at; "" where nobody has said."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a procedure.

    Attributes:
        number: As it stands in the document, such as 3 or 2b.
        text: As written.
        wants_value: Whether a value is to be set for it.
        warnings: What has to be known before it is done; said first.
    """

    number: str
    text: str
    wants_value: bool = False
    warnings: tuple[str, ...] = ()


class Guide(Protocol):
    """Walks through a procedure. Blocking."""

    def current(self) -> Step | None:
        """The step that the person is at; None where no procedure runs."""
        ...

    def go(self, by: int) -> Step | None:
        """Go on (1) or back (-1) and return the step; None at either end.

        Raises:
            EdgeCopilotError: The step can't be left: its value is missing, or it can't be kept.
        """
        ...

    def set_value(self, value: str, step: int | None) -> str:
        """Keep a value for a step, counted from 1, None for the present one; on the disk when this returns.

        Returns:
            A sentence for the person, such as that it is out of its limits; else "".

        Raises:
            EdgeCopilotError: It is none, or can't be kept.
        """
        ...

    def offer(self, passage: Passage) -> str:
        """The title of the procedure that stands in the section of a passage; "" where there is none."""
        ...

    def begin(self, passage: Passage) -> Step | None:
        """Begin to walk through it and return its first step; a record of the walk is kept from now on."""
        ...


class AlarmReader(Protocol):
    """Knows the plant's alarms."""

    def alarms(self) -> Sequence[str] | None:
        """A sentence for each alarm, the gravest first; None where no signals are configured."""
        ...
