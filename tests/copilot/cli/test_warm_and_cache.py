"""`edge-copilot warm` and `edge-copilot cache`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copilot.cli.main import main
from copilot.prefixes import DiskPrefixStore
from index.errors import ModelMissing, UsageError

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_EMBEDDING__KIND", "none")
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__THREADS", "1")


def said(capsys: Out, *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def keep(data_dir: Path, *states: bytes) -> None:
    store = DiskPrefixStore(data_dir / "cache" / "prefixes.db")
    for number, state in enumerate(states):
        store.put(f"key {number}", state, tokens=100)
    store.close()


def test_the_cache_of_a_new_data_directory_is_empty(capsys: Out) -> None:
    found = said(capsys, "cache", "stats")

    assert (found["entries"], found["tokens"], found["bytes"]) == (0, 0, 0)
    assert found["budget_bytes"] == 4096 << 20


def test_stats_count_what_is_kept(data_dir: Path, capsys: Out) -> None:
    keep(data_dir, b"x" * 3_000_000, b"y" * 1_000_000)

    found = said(capsys, "cache", "stats")
    assert (found["entries"], found["tokens"], found["bytes"]) == (2, 200, 4_000_000)
    assert found["file_bytes"] >= 4_000_000

    assert main(["cache", "stats"]) == 0
    assert "2 passages warm (200 tokens): 4 MB of 4,295 MB allowed" in capsys.readouterr().out


def test_clear_drops_everything_and_gives_the_disk_back(data_dir: Path, capsys: Out) -> None:
    keep(data_dir, b"x" * 3_000_000)

    assert said(capsys, "cache", "clear") == {"entries": 1, "bytes": 3_000_000}

    after = said(capsys, "cache", "stats")
    assert (after["entries"], after["bytes"]) == (0, 0)
    assert after["file_bytes"] < 1_000_000


def test_a_damaged_cache_costs_nobody_anything(data_dir: Path, capsys: Out) -> None:
    keep(data_dir, b"x" * 1000)
    (data_dir / "cache" / "prefixes.db").write_bytes(b"no database" * 1000)

    assert said(capsys, "cache", "stats")["entries"] == 0


def test_warming_without_a_model_says_how_to_get_one(indexed: Path, capsys: Out) -> None:
    assert main(["warm"]) == ModelMissing.exit_code
    assert "models pull" in capsys.readouterr().err


def test_a_server_keeps_nothing_for_this_device(indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__KIND", "openai")
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__BASE_URL", "http://127.0.0.1:9/v1")

    assert main(["warm"]) == UsageError.exit_code
    assert "engine.kind to llama" in capsys.readouterr().err


@pytest.mark.model
def test_what_is_warm_stays_warm_and_is_found_by_questions(indexed: Path, shared_models: Path, capsys: Out) -> None:
    first = said(capsys, "warm", "--tier", "tiny", "--on-battery", "--limit", "1")
    again = said(capsys, "warm", "--tier", "tiny", "--on-battery")
    chunks = again["total"]

    assert (first["done"], first["total"], first["computed"]) == (1, 1, 1)
    assert (again["done"], again["computed"]) == (chunks, chunks - 1)
    assert said(capsys, "cache", "stats")["entries"] >= chunks

    assert main(["warm", "--tier", "tiny", "--on-battery"]) == 0
    assert f"{chunks} of {chunks} passages are warm; 0 read now" in capsys.readouterr().out


@pytest.mark.model
def test_a_budget_of_nothing_warms_nothing_and_says_why(
    indexed: Path, shared_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__PREFIX_CACHE_MB", "0")

    assert main(["warm", "--tier", "tiny", "--on-battery"]) == 0

    shown = capsys.readouterr().out
    assert "0 of 2 passages are warm" in shown
    assert "engine.prefix_cache_mb" in shown


def test_a_misspelt_collection_is_told_before_the_model_is_loaded(indexed: Path, capsys: Out) -> None:
    assert main(["warm", "--collection", "defualt"]) == UsageError.exit_code
    assert "defualt" in capsys.readouterr().err
