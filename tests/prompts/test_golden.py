"""Every prompt as it reads when filled: a change of wording is seen as what the model will see."""

from __future__ import annotations

import pytest

from tests.prompts.golden import GOLDEN, golden_file, names, rendered


@pytest.mark.parametrize(("family", "name"), names(), ids=".".join)
def test_a_prompt_reads_as_it_was_last_agreed(family: str, name: str) -> None:
    file = golden_file(family, name)

    assert file.is_file(), "python -m tests.prompts.golden"
    assert rendered(family, name) == file.read_text("utf-8"), "meant? then: python -m tests.prompts.golden"


def test_no_golden_file_is_left_of_a_prompt_that_is_gone() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {golden_file(*prompt).name for prompt in names()}
