"""A machine that misbehaves: told in words, and nothing that was stored is lost."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.user import User, bound_by_permissions, command, process

Check = Callable[[], None]

CATALOGUE = """\
[[model]]
id = "little"
role = "chat"
tier = "standard"
format = "gguf"
family = "qwen2.5"
title = "Little"
licence = "Apache-2.0"
context_tokens = 2048
chat_template = "gguf"
ram_bytes = 1000000

[[model.files]]
name = "little.gguf"
bytes = 1024
sha256 = "{sha256}"
"""


@pytest.fixture
def wrong_model(ingested: Path, data_dir: Path) -> Path:
    """A model of the right size whose content is not what the catalogue says."""
    right, wrong = b"GGUF" + bytes(1020), b"GGUF" + b"\1" * 1020
    (data_dir / "models.toml").write_text(CATALOGUE.format(sha256=hashlib.sha256(right).hexdigest()))
    file = data_dir / "models" / "little" / "little.gguf"
    file.parent.mkdir(parents=True)
    file.write_bytes(wrong)
    return file


def test_a_model_with_a_wrong_hash_is_named_and_left_where_it_is(
    wrong_model: Path, user: User, good_is_there: Check
) -> None:
    said = user.runs("models", "verify", "little")

    assert said.code == 4
    assert "little" in said.out + said.err
    assert wrong_model.exists()
    good_is_there()


def test_a_model_with_a_wrong_hash_is_never_loaded_and_the_documents_are_quoted_instead(
    wrong_model: Path, user: User, monkeypatch: pytest.MonkeyPatch, good_is_there: Check
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__MODEL", "little")

    said = user.runs("ask", "gland torque", "--json")

    assert (said.code, said.json["route"]["target"], said.json["model"]) == (0, "quotes", None)
    assert "models pull little" in said.json["route"]["reason"]
    assert "18 Nm" in said.json["evidence"][0]["text"]
    good_is_there()


def test_a_folder_that_may_only_be_read_answers_but_takes_nothing(ingested: Path, data_dir: Path) -> None:
    (ingested / "new.md").write_text("# New\n\nSomething new.\n")
    for folder, _, files in os.walk(data_dir):
        for file in files:
            Path(folder, file).chmod(0o400)
        Path(folder).chmod(0o500)
    bound = bound_by_permissions()
    try:
        asked = process("search", "gland G-77", "--json", preexec_fn=bound)
        answered = process("ask", "gland G-77", "--no-llm", "--json", preexec_fn=bound)
        taken = process("ingest", ingested, "--json", preexec_fn=bound)
    finally:
        for folder, _, _ in os.walk(data_dir):
            Path(folder).chmod(0o700)

    assert (asked.code, answered.code) == (0, 0), asked.err + answered.err
    assert "18 Nm" in asked.json["passages"][0]["text"]
    assert (taken.code, taken.out, taken.error["kind"]) == (7, "", "ReadOnlyData")


def test_two_ingests_at_once_both_get_through_or_one_is_told_to_wait(docs: Path, tmp_path: Path, user: User) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for number in range(20):
        (docs / f"{number}.md").write_text(f"# A {number}\n\nText of A-{number}.\n")
        (other / f"{number}.md").write_text(f"# B {number}\n\nText of B-{number}.\n")

    both = [
        subprocess.Popen(command("ingest", folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for folder in (docs, other)
    ]
    told = [(process.communicate(timeout=120), process.returncode) for process in both]

    assert {code for _, code in told} <= {0, 5}
    assert 0 in {code for _, code in told}
    for (_, err), code in told:
        assert code == 0 or "another" in err.lower() or "other" in err.lower()
    assert user.runs("ingest", docs, other).code == 0
    documents = user.runs("documents", "list", "--json").json["documents"]
    assert len(documents) == 41
    assert user.runs("search", "A-19", "--json").json["passages"]
    assert user.runs("search", "B-19", "--json").json["passages"]


@pytest.mark.parametrize("damage", ["its beginning", "half of it", "all of it"])
def test_a_damaged_index_is_told_then_moved_aside_and_made_anew(
    damage: str, ingested: Path, data_dir: Path, user: User, good_is_there: Check
) -> None:
    index = data_dir / "index.db"
    for side in ("-wal", "-shm"):
        Path(f"{index}{side}").unlink(missing_ok=True)
    whole = index.read_bytes()
    index.write_bytes(
        {
            "its beginning": b"\xff" * 4096 + whole[4096:],
            "half of it": whole[: len(whole) // 2],
            "all of it": os.urandom(len(whole)),
        }[damage]
    )

    asked = user.runs("search", "gland", "--json")
    mended = user.runs("ingest", ingested, "--json")

    assert (asked.code, asked.error["kind"]) == (5, "StoreCorrupt")
    assert asked.error["remedy"]
    assert mended.code == 0, mended.err
    assert mended.json["documents"] == 1
    aside = [path for path in data_dir.iterdir() if path.name.startswith("index.db") and path.name != "index.db"]
    assert any(path.stat().st_size == index_size for path in aside for index_size in (len(whole), len(whole) // 2))
    good_is_there()


def test_an_index_of_zero_bytes_is_like_none(data_dir: Path, docs: Path, user: User, good_is_there: Check) -> None:
    data_dir.mkdir()
    (data_dir / "index.db").touch()

    assert user.runs("ingest", docs).code == 0
    good_is_there()


def test_damaged_conversations_do_not_keep_anyone_from_asking(ingested: Path, data_dir: Path, user: User) -> None:
    (data_dir / "conversations.db").write_bytes(os.urandom(8192))

    said = user.runs("ask", "gland G-77", "--no-llm", "--json")

    assert said.code == 0, said.err
    assert "18 Nm" in said.json["evidence"][0]["text"]


def test_a_broken_settings_file_is_named_with_its_line(ingested: Path, data_dir: Path, user: User) -> None:
    (data_dir / "copilot.toml").write_text("[search]\nkk = 3\n")

    said = user.runs("search", "gland")

    assert said.code == 2
    assert "copilot.toml" in said.err
    assert "search.k" in said.err
