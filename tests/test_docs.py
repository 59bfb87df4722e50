"""The documentation says what the program does: settings, exit codes, links, and the examples in it."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import jsonschema
import pytest

from copilot.catalogue import Catalogue
from copilot.cli.main import COMMANDS, EXIT_CODES
from copilot.evaluation.questions import Question
from index import errors

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "README.md"])
ERRORS = {
    thing.__name__: thing.exit_code
    for thing in vars(errors).values()
    if isinstance(thing, type) and issubclass(thing, errors.EdgeCopilotError)
}


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_the_settings_page_lists_every_setting_as_it_is() -> None:
    written = page("docs/configuration.md")

    assert runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))["with_tables"](written) == written, (
        "run: python scripts/write_docs.py"
    )


def test_the_exit_codes_page_lists_every_class_with_its_code() -> None:
    documented = {}
    for line in page("docs/exit-codes.md").splitlines():
        if match := re.match(r"\| (\d+) \| .* \|(.*)\|$", line):
            documented.update(dict.fromkeys(re.findall(r"`(\w+)`", match[2]), int(match[1])))

    assert documented == ERRORS


def test_help_and_page_name_the_same_exit_codes() -> None:
    in_help = re.findall(r"^ {2}(\d+) ", EXIT_CODES, re.MULTILINE)

    assert in_help == re.findall(r"^\| (\d+) \|", page("docs/exit-codes.md"), re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`)edge-copilot (?:--data-dir \S+ )?([a-z]+)", text, re.MULTILINE)

    assert set(named) <= set(COMMANDS)


def test_the_catalogue_of_ones_own_in_the_models_page_is_a_valid_one(tmp_path: Path) -> None:
    (example,) = fenced(page("docs/models.md"), "toml")
    own = tmp_path / "models.toml"
    own.write_text(example, encoding="utf-8")

    assert Catalogue.load(own).get("our-model").title == "Our own model"


def test_the_models_page_names_every_key_of_a_catalogue() -> None:
    from copilot.catalogue import schema

    classes = (schema.CatalogueFile, schema.ModelEntry, schema.ModelFile, schema.Package, schema.Member)
    classes += (schema.PackageSource, schema.HubSource, schema.UrlSource, schema.FileSource)
    keys = {field.alias or name for kind in classes for name, field in kind.model_fields.items()}
    named = set(re.findall(r"`(\w+)`", page("docs/models.md")))

    assert keys - named - {"model", "files", "sources"} == set()


def test_the_question_in_the_evaluation_page_is_a_valid_one() -> None:
    (example,) = fenced(page("docs/evaluation.md"), "json")

    assert Question.model_validate_json(example).must == (("40.1",),)


def test_the_settings_files_in_the_configuration_page_are_valid(tmp_path: Path) -> None:
    from copilot.settings import Settings

    for number, example in enumerate(fenced(page("docs/configuration.md"), "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(example, encoding="utf-8")
        Settings.load(file)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "schema").iterdir()), ids=lambda path: path.name)
def test_every_schema_is_a_valid_one(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_the_search_result_in_the_json_page_is_as_its_schema_says() -> None:
    example = fenced(page("docs/json.md"), "json")[0]

    jsonschema.validate(json.loads(example), json.loads(page("docs/schema/search.schema.json")))


def test_the_hub_file_in_the_hub_page_is_a_valid_one(tmp_path: Path) -> None:
    from sync.hub.settings import HubSettings

    (example,) = fenced(page("docs/hub.md"), "toml")
    (tmp_path / "hub.toml").write_text(example, encoding="utf-8")

    assert HubSettings.read(tmp_path / "hub.toml").sources[0].owner == "Service, plant 2"
