"""The texts of the program are read out of its code: the right ones, as templates, with all their alternatives."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.program_texts import program_texts

_ERRORS = """
class EdgeCopilotError(Exception): ...
class InputError(EdgeCopilotError): ...
class NoteError(InputError): ...
"""


def _texts(tmp_path: Path, code: str) -> list[str]:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "errors.py").write_text(_ERRORS, encoding="utf-8")
    (tmp_path / "index" / "room.py").write_text(code, encoding="utf-8")
    return [one.text for one in program_texts(tmp_path, ("index/room.py",)) if one.path == "index/room.py"]


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        # what is handed to an error of ours, however short
        ('raise NoteError("Too long.", "Cut it.")', ["Too long.", "Cut it."]),
        ('raise InputError(f"{path.name} is {size_text(count)} long.")', ["{path} is {count} long."]),
        ('raise InputError("{name} is empty.".format(name=name))', ["{name} is empty."]),
        # alternatives
        (
            "raise InputError(f\"{n} file{'s' if n > 1 else ''} lost.\")",
            ["{n} files lost.", "{n} file lost."],
        ),
        ('raise InputError("Gone." if gone else "There.")', ["Gone.", "There."]),
        ('_AGAIN = "Try again."\nraise InputError("Gone. " + _AGAIN)', ["Try again.", "Gone. Try again."]),
        # a sentence anywhere
        ('notices.append(f"Page {page} holds no text.")', ["Page {page} holds no text."]),
        # what is filled in
        (
            'def f(path, why):\n    raise InputError(f"{path} was not read: {why}.")\n'
            'def g(path):\n    f(path, "it is torn")\n    f(path, why=f"it has {n} holes")',
            ["{path} was not read: {why}.", "it is torn", "it has {n} holes"],
        ),
        (
            'def _kind(data):\n    return "a PNG picture" if data else "a program"\n'
            'def g(data):\n    if (kind := _kind(data)):\n        raise InputError(f"It is {kind}.")',
            ["a PNG picture", "a program", "It is {kind}."],
        ),
        # the same place twice; places that touch
        ('raise InputError(f"{path} is not {path}.")', ["{path} is not {path2}."]),
        ('raise InputError(f"Lost is {path}{where}.")', ["Lost is {path}."]),
        ('raise InputError(f"Write {{ a = {value} }}.")', ["Write {{ a = {value} }}."]),
        # and what is for nobody
        ('"""The room of rooms."""\ndef f():\n    """Do it well."""', []),
        ('raise ValueError("A fault of the program.")', []),
        ('log.warning("It went wrong with %s.", path)', []),
        ('connection.execute("SELECT a FROM b WHERE c = ?")', []),
        ('x = Field(description="Where it lies on the disk.")', []),
        ('help = tr("A text of the screens.")', []),
        ('if text == "Is it so?":\n    pass', []),
        ('kind = "model-missing"', []),
    ],
)
def test_the_texts_of_some_code(tmp_path: Path, code: str, texts: list[str]):
    assert _texts(tmp_path, code) == texts


def test_the_program_says_more_than_a_thousand_things():
    texts = [one.text for one in program_texts()]
    assert len(texts) > 1_000
    assert len(set(texts)) == len(texts)
    assert "There is no index yet." in texts
    assert "The disk that holds the index is full ({parent})." in texts
    assert "{count} days ago" in texts
