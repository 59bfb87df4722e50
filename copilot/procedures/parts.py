"""Builds the guide from parts of the assembly."""

from __future__ import annotations

from collections.abc import Callable

from copilot.notes.store import Notes
from copilot.procedures.finding import Finder, Search
from copilot.procedures.guide import Guide
from index.store import Store


def open_guide(store: Callable[[], Store], search: Callable[[], Search], notes: Notes) -> Guide:
    """The guide over an index, which is opened when a procedure is looked for."""
    return Guide(lambda: Finder(store(), search()), notes)
