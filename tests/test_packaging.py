"""The container file: what it copies is there, and what it promises holds."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from copilot.settings import Settings
from copilot.settings.settings import known_keys
from copilot.settings.sources import variable_for

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "packaging" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments, lines that go on joined."""
    lines = [line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def said(name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions() if instruction == name]


def final() -> list[tuple[str, str]]:
    found = instructions()
    last = max(n for n, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = [
        line[1:]
        for line in (ROOT / "packaging" / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copies = [line.split() for line in said("COPY") if not line.startswith("--from=")]
    sources = [source for words in copies for source in words[:-1]]

    assert {"pyproject.toml", "copilot", "index", "sync", "prompts", "models.toml"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(source == one or source.startswith(f"{one}/") for one in kept), source
    assert all((ROOT / one).exists() for one in kept)


def test_everything_that_the_distribution_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"]}
    copied = {source for line in said("COPY") for source in line.split()[:-1]}

    assert needed <= copied


def test_the_extras_that_are_installed_exist() -> None:
    (installed,) = re.findall(r'"\.\[([\w,]+)\]"', FILE.read_text())
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert set(installed.split(",")) <= set(extras)
    assert "serve" in installed


def test_it_runs_as_nobody_special_and_keeps_everything_in_one_volume() -> None:
    last = dict(final())

    assert last["USER"] not in ("root", "0")
    assert last["VOLUME"] == "/data"
    assert last["EXPOSE"] == str(Settings.model_fields["serve"].default.port)
    assert json.loads(last["ENTRYPOINT"]) == ["edge-copilot"]
    assert json.loads(last["CMD"]) == ["serve"]
    assert not said("ADD")


def test_the_variables_that_it_sets_are_settings() -> None:
    known = {variable_for(key) for key in known_keys()}
    variables = {name for line in said("ENV") for name in re.findall(r"\b(EDGE_COPILOT_\w+)=", line)}

    assert variables
    assert variables <= known


def test_nothing_of_this_machine_gets_into_the_image() -> None:
    ignored = (ROOT / "packaging" / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]

    assert rules[0] == "*"
    assert not any(
        fnmatch(name, rule[1:]) for rule in rules if rule.startswith("!") for name in (".git", ".venv", "data")
    )
