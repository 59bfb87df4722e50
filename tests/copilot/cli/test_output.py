"""What reaches the terminal: nothing that steers it, and JSON that is always valid."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.cli.output import json_text, printable

HOSTILE = {
    "colour": ("\x1b[31mred\x1b[0m", "red"),
    "clear the screen": ("a\x1b[2J\x1b[Hb", "ab"),
    "window title, ended by BEL": ("\x1b]0;owned\x07text", "text"),
    "link, ended by ST": ("\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"),
    "one-byte CSI": ("\x9b31mred", "red"),
    "device control": ("\x1bP1$r\x1b\\x", "x"),
    "an escape that never ends": ("\x1b[12", "12"),
    "bell, backspace, null": ("a\x07\x08\x00b", "ab"),
    "overwriting with carriage return": ("safe\rfake", "safe\nfake"),
    "Windows line ends": ("a\r\nb", "a\nb"),
    "right-to-left override": ("\u202egnp.exe", "gnp.exe"),
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_in_a_document_steers_the_terminal(text: str, shown: str) -> None:
    result = printable(text)

    assert "\x1b" not in result
    assert result.replace("[", "") == shown


HARMLESS = ['Öl wechseln: 3/8" × 25 mm — „Vorsicht“', "日本語\n\tテキスト", "🔧 e\u0301", "مرحبا"]


@pytest.mark.parametrize("text", HARMLESS)
def test_all_letters_stay(text: str) -> None:
    assert printable(text) == text


@given(st.text())
def test_only_tab_and_newline_remain_of_all_control_characters(text: str) -> None:
    shown = printable(text)

    assert not [letter for letter in shown if unicodedata.category(letter) == "Cc" and letter not in "\t\n"]
    assert printable(shown) == shown


@given(st.text().map(lambda text: [part for part in text.split("\x1b") if part]), st.integers(0, 5))
def test_an_escape_cut_between_two_pieces_of_a_stream_is_harmless(pieces: list[str], cut: int) -> None:
    text = "\x1b".join(pieces)

    assert "\x1b" not in printable(text[:cut]) + printable(text[cut:])


def test_a_file_name_that_is_no_text_gives_valid_json() -> None:
    code = (
        "from copilot.cli.output import prepare_streams, write_json\n"
        "from pathlib import Path\n"
        "prepare_streams(); write_json({'path': Path('b\\udcffse.pdf'), 'ö': '日本'})"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert json.loads(done.stdout.decode("utf-8")) == {"path": "b\udcffse.pdf", "ö": "日本"}


def test_paths_are_text_and_what_has_no_json_form_is_refused() -> None:
    assert json_text({"path": Path("a/b")}) == '{"path": "a/b"}'
    with pytest.raises(TypeError):
        json_text({1, 2})
