"""Only a wall makes an `Outgoing`, and nobody changes one."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from pathlib import Path

import pytest

import copilot
from copilot.privacy import Outgoing
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from tests.copilot.privacy.private import UNTRUSTED, passage

ROOT = Path(copilot.__file__).parent


@pytest.fixture
def outgoing() -> Outgoing:
    found = Wall(PrivacyPolicy()).outgoing("Ask a@b.de about F0012", [], [passage("F0012: overcurrent")], UNTRUSTED)
    assert isinstance(found, Outgoing)
    return found


def test_it_can_t_be_constructed_or_changed(outgoing: Outgoing) -> None:
    fields = {field.name: getattr(outgoing, field.name) for field in dataclasses.fields(outgoing)}

    with pytest.raises(TypeError, match="only a Wall"):
        Outgoing(**fields | {"_seal": object()})
    with pytest.raises(dataclasses.FrozenInstanceError):
        outgoing._body = b"{}"  # type: ignore[misc]
    with pytest.raises(TypeError):
        outgoing.placeholders["MAIL"] = 0  # type: ignore[index]


def test_it_is_not_written_anywhere(outgoing: Outgoing) -> None:
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            write(outgoing)


def test_its_repr_shows_no_text(outgoing: Outgoing) -> None:
    assert "a@b.de" not in repr(outgoing)
    assert "F0012" not in repr(outgoing)
    assert "overcurrent" not in repr(outgoing)


def test_nobody_but_the_wall_uses_what_makes_one() -> None:
    users = set()
    for path in ROOT.rglob("*.py"):
        named = {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.alias)}
        text = path.read_text("utf-8")
        if named & {"sealed", "parts_of", "_SEAL"} or "outgoing.sealed" in text or "outgoing._SEAL" in text:
            users.add(path.relative_to(ROOT).as_posix())

    assert users == {"privacy/wall.py"}
