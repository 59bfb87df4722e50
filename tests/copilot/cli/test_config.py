"""`edge-copilot config`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from copilot.cli.main import main


def test_show_prints_every_key_its_value_and_its_origin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_SEARCH__K", "7")

    assert main(["config", "show"]) == 0

    lines = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert lines["search.k"] == ["7", "EDGE_COPILOT_SEARCH__K"]
    assert lines["answer.passages"][-1] == "default"


def test_show_json_is_nothing_but_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert {"key", "value", "origin", "source", "line"} == set(shown["settings"][0])


def test_init_writes_a_file_once_and_replaces_it_only_when_told(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "init"]) == 0
    written = Path(capsys.readouterr().out.strip())

    assert written == data_dir / "copilot.toml"
    assert set(tomllib.loads(written.read_text())) >= {"index", "search", "answer", "engine"}
    written.write_text("search.k = 3")

    assert main(["config", "init"]) == 2
    assert written.read_text() == "search.k = 3"
    assert main(["config", "init", "--force"]) == 0
    assert "search.k = 3" not in written.read_text()


def test_init_writes_the_file_that_config_names_though_it_does_not_exist(tmp_path: Path) -> None:
    assert main(["--config", str(tmp_path / "site.toml"), "config", "init"]) == 0
    assert (tmp_path / "site.toml").is_file()


def test_a_broken_file_can_be_replaced(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "copilot.toml").write_text("[[[")

    assert main(["config", "init", "--force"]) == 0
    assert main(["config", "show"]) == 0


def test_path_is_told_whether_or_not_the_file_exists(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(data_dir / "copilot.toml")
    assert not data_dir.exists()


def test_a_wrong_setting_is_wrong_usage(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_dir.mkdir()
    (data_dir / "copilot.toml").write_text("[serch]\nk = 3")

    assert main(["config", "show"]) == 2
    assert "Did you mean “search.k”?" in capsys.readouterr().err
