"""A ``models.toml`` of the user's own, read over the shipped one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.catalogue import Catalogue
from copilot.catalogue.complaints import line_of
from copilot.catalogue.schema import FileSource, HubSource, UrlSource
from index.errors import UsageError

MINE = """
[[model]]
id = "mine"
role = "chat"
tier = "standard"
format = "gguf"
family = "mine"
title = "Mine"
licence = "MIT"
context_tokens = 4096
chat_template = "gguf"
ram_bytes = 1000000000

[[model.files]]
name = "mine.gguf"

[[model.sources]]
kind = "file"
folder = "weights"
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "models.toml"
        path.write_text(text, encoding="utf-8")
        return Catalogue.load(path)

    return load


def test_a_model_of_ones_own_stands_beside_the_shipped_ones(load):
    catalogue = load(MINE)

    assert catalogue.get("mine").title == "Mine"
    assert catalogue.get("smollm2-135m").tier == "tiny"
    assert catalogue.default("chat").id == "qwen2.5-coder-1.5b"


def test_a_default_of_ones_own_takes_the_place_of_the_shipped_one_of_its_tier_only(load):
    catalogue = load(MINE.replace('id = "mine"', 'id = "mine"\ndefault = true'))

    assert catalogue.default("chat", "standard").id == "mine"
    assert catalogue.default("chat", "small").id == "qwen2.5-coder-0.5b"
    assert not catalogue.get("qwen2.5-coder-1.5b").default


def test_a_mirror_needs_only_the_keys_that_differ(load):
    catalogue = load(
        """
        [[model]]
        id = "smollm2-135m"
        [[model.sources]]
        kind = "url"
        files = { "SmolLM2-135M-Instruct.Q4_1.gguf" = "https://mirror.example.com/smol.gguf" }
        """
    )

    model = catalogue.get("smollm2-135m")
    assert isinstance(model.sources[0], UrlSource)
    assert model.files == Catalogue.load().get("smollm2-135m").files
    assert model.default


def test_a_hub_of_ones_own_takes_the_place_of_the_public_one(load):
    assert load('hub_url = "https://models.example.com/"').hub_url == "https://models.example.com"


def test_a_folder_counts_from_the_catalogue_that_names_it(load, tmp_path):
    source = load(MINE).get("mine").sources[0]

    assert isinstance(source, FileSource)
    assert source.folder == str(tmp_path / "weights")


def test_an_empty_catalogue_changes_nothing(load):
    assert load("# nothing yet\n") == Catalogue.load()


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ('licence = "MIT"', 'license = "MIT"', 9, "there is no key “license”. Did you mean “licence”?"),
        ('licence = "MIT"', "", 2, "the key “licence” is missing"),
        ('role = "chat"', 'role = "chatt"', 4, "Did you mean “chat”?"),
        ('tier = "standard"', 'tier = "medium"', 5, "“tiny”, “small”, “standard”, “large”, not “medium”"),
        ('name = "mine.gguf"', 'name = "mine.gguf"\nsha265 = "ab"', 16, "Did you mean “sha256”?"),
        ('name = "mine.gguf"', 'name = "mine.gguf"\nsha256 = "AB"', 16, "64 digits"),
        ('name = "mine.gguf"', 'name = "../../escape"', 15, "plain relative path"),
        ('name = "mine.gguf"', 'name = "/etc/passwd"', 15, "plain relative path"),
        ('name = "mine.gguf"', 'name = "a\\\\b"', 15, "plain relative path"),
        ('name = "mine.gguf"', 'name = ".pins.json"', 15, "begin with a dot"),
        ("ram_bytes = 1000000000", 'ram_bytes = "much"', 12, "ram_bytes"),
        ('id = "mine"', 'id = "Mine!"', 3, "“id” must be like"),
        ('kind = "file"', 'kind = "flie"', 17, "Did you mean “file”?"),
        ('folder = "weights"', 'folder = "w"\nfolders = "w"', 20, "Did you mean “folder”?"),
        ('folder = "weights"', 'folder = "w"\nfiles = { "other" = "x" }', 2, "not among the model's files"),
        ('family = "mine"', "", 2, "a chat model needs family"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_would_be_right(load, tmp_path, wrong, right, line, words):
    assert wrong in MINE

    with pytest.raises(UsageError) as caught:
        load(MINE.replace(wrong, right))

    assert f"{tmp_path / 'models.toml'}, line {line}: " in caught.value.message
    assert words in caught.value.message


@pytest.mark.parametrize("name", ["--index-url=http://evil.example.com", "-r", "a b", "../x", "x;y"])
def test_a_package_name_can_be_nothing_that_pip_takes_for_an_option(load, name):
    text = MINE.replace('kind = "file"\nfolder = "weights"', 'kind = "package"') + (
        f'[[model.sources.packages]]\nname = "{name}"\nversion = "1"\nbytes = 5\n'
        'members = [{ path = "x", file = "mine.gguf" }]\n'
    )

    with pytest.raises(UsageError, match="“name” must be like"):
        load(text)


def test_a_file_from_packages_needs_its_size_and_hash(load):
    text = MINE.replace('kind = "file"\nfolder = "weights"', 'kind = "package"') + (
        '[[model.sources.packages]]\nname = "x"\nversion = "1"\nbytes = 5\n'
        'members = [{ path = "x", file = "mine.gguf" }]\n'
    )

    with pytest.raises(UsageError, match="comes from packages, so it needs bytes and sha256"):
        load(text)


def test_two_defaults_for_the_same_thing_are_refused(load):
    default = MINE.replace('id = "mine"', 'id = "mine"\ndefault = true')

    with pytest.raises(UsageError, match="both the default"):
        load(default + default.replace('id = "mine"', 'id = "yours"'))


def test_text_that_is_no_toml_is_told_with_its_line(load):
    with pytest.raises(UsageError, match="line 2"):
        load('[[model]]\nid = "mine\n')


def test_a_model_that_is_no_table_is_refused(load):
    with pytest.raises(UsageError, match=r"\[\[model\]\]"):
        load('model = "mine"')


def test_a_catalogue_in_another_encoding_is_told(tmp_path):
    path = tmp_path / "models.toml"
    path.write_bytes("# Größe".encode("latin-1"))

    with pytest.raises(UsageError, match="not UTF-8"):
        Catalogue.load(path)


def test_a_named_catalogue_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        Catalogue.load(tmp_path / "gone.toml")


def test_an_unknown_model_is_told_with_the_nearest_one():
    with pytest.raises(UsageError, match=r"Did you mean “qwen2\.5-coder-1\.5b”\?"):
        Catalogue.load().get("Qwen2.5-coder-1.5")


def test_a_role_that_no_model_has_is_told():
    with pytest.raises(UsageError, match="no tiny rerank model"):
        Catalogue.load().default("rerank", "tiny")


def test_hub_sources_default_to_the_main_branch(load):
    source = HubSource(kind="hub", repo="a/b")

    assert source.revision == "main"


@given(st.lists(st.lists(st.sampled_from(["name", "bytes", "sha256"]), unique=True), min_size=1, max_size=5), st.data())
def test_a_places_line_is_found_in_any_file(files, data):
    lines, places = ["# comment", "schema = 1"], {("schema",): 2}
    for number, keys in enumerate(files):
        lines.append("[[model]]")
        places["model", number] = len(lines)
        lines.extend(data.draw(st.lists(st.sampled_from(["", "# x = 1", 'id = "[[model]]"']), max_size=3)))
        lines.append("  [[ model.files ]]  # indented")
        for key in keys:
            lines.append(f"  {key} = 1")
            places["model", number, "files", 0, key] = len(lines)

    for place, line in places.items():
        assert line_of("\n".join(lines), place) == line
