"""Settings: layers, origins, and what is said about a wrong one."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.settings import Settings, known_keys
from copilot.settings.complaints import nearest_key
from copilot.settings.report import commented_file, describe
from copilot.settings.sources import flatten, unflatten, variable_for
from index.errors import UnreadableFile, UsageError


@pytest.fixture
def config(tmp_path: Path):
    """Write a settings file and return its path."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "site.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_without_any_source_the_defaults_hold(data_dir: Path) -> None:
    settings = Settings.load()

    assert settings.search.k == 5
    assert settings.origin("search.k").kind == "default"
    assert settings.data_dir == data_dir
    assert not data_dir.exists(), "reading settings writes nothing"


def test_a_flag_goes_before_the_environment_and_that_before_the_file(config, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config("[search]\nk = 7\n[answer]\npassages = 2\nmax_tokens = 100\n")
    monkeypatch.setenv("EDGE_COPILOT_SEARCH__K", "8")
    monkeypatch.setenv("EDGE_COPILOT_ANSWER__PASSAGES", "4")

    settings = Settings.load(path, overrides={"search.k": 9})

    assert (settings.search.k, settings.answer.passages, settings.answer.max_tokens) == (9, 4, 100)
    assert settings.origin("search.k").kind == "flag"
    assert str(settings.origin("answer.passages")) == "EDGE_COPILOT_ANSWER__PASSAGES"
    assert str(settings.origin("answer.max_tokens")) == f"{path}, line 5"


def test_the_file_in_the_data_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "copilot.toml").write_text("search.k = 3")

    settings = Settings.load(data_dir=tmp_path)

    assert settings.search.k == 3
    assert settings.config_file == tmp_path / "copilot.toml"


def test_the_environment_may_name_the_file(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_CONFIG", str(config("search.k = 3")))

    assert Settings.load().search.k == 3


def test_relative_paths_in_a_file_are_meant_from_where_it_stands(config, tmp_path: Path) -> None:
    settings = Settings.load(
        config('[engine]\nmodel = "weights/a.gguf"\n[index]\nkey_file = "key.txt"\n[models]\ncatalogue = "/abs.toml"')
    )

    assert settings.engine.model == str(tmp_path / "weights/a.gguf")
    assert settings.index.key_file == tmp_path / "key.txt"
    assert settings.models.catalogue == Path("/abs.toml")


def test_a_wake_word_is_a_path_where_it_has_a_slash_and_else_an_id(config, tmp_path: Path) -> None:
    assert Settings.load(config('voice.wake_models = "./wake"')).voice.wake_models == str(tmp_path / "wake")
    assert Settings.load(config('voice.wake_models = "wake-hey-jarvis"')).voice.wake_models == "wake-hey-jarvis"


def test_a_model_id_is_no_path(config) -> None:
    assert Settings.load(config('engine.model = "smollm2-135m"')).engine.model == "smollm2-135m"


def test_a_relative_data_directory_is_fixed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings.load(data_dir=Path("here")).data_dir == tmp_path / "here"


def test_an_empty_text_means_not_set(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_SEARCH__K", "")

    settings = Settings.load(config('[engine]\nbase_url = ""\nmodel = ""'))

    assert (settings.engine.base_url, settings.engine.model, settings.search.k) == (None, None, 5)


def test_collections_may_be_a_comma_separated_list_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_SEARCH__COLLECTIONS", "presses, robots")

    assert Settings.load().search.collections == ("presses", "robots")


WRONG_VALUES = {
    "over the bound": ("[search]\nk = 1000", "search.k must be a whole number from 1 to 100, not 1000", 2),
    "under the bound": ("[search]\n\nk = 0", "search.k must be a whole number from 1 to 100, not 0", 3),
    "a word for a number": ('engine.threads = "many"', "engine.threads must be “auto” or a whole number from", 1),
    "not one of the choices": ('[engine]\ntier = "big"', "engine.tier must be “auto”, “tiny”, “small”", 2),
    "no boolean": ('[index]\nocr = "perhaps"', "index.ocr must be true or false, not “perhaps”", 2),
    "no address": ('[engine]\nbase_url = "nas"', "engine.base_url must be an address such as", 2),
    "a list for a text": ("[engine]\nmodel = [1]", "engine.model must be a text", 2),
}


@pytest.mark.parametrize(("text", "message", "line"), WRONG_VALUES.values(), ids=WRONG_VALUES.keys())
def test_a_wrong_value_is_told_with_its_key_its_bounds_and_its_line(config, text: str, message: str, line: int) -> None:
    path = config(text)

    with pytest.raises(UsageError) as caught:
        Settings.load(path)

    assert message in caught.value.message
    assert f"{path}, line {line}" in caught.value.message


UNKNOWN = {
    "typing error": ("[search]\nkk = 1", "“search.kk”", "search.k"),
    "wrong section": ("[answer]\nthreads = 2", "“answer.threads”", "engine.threads"),
    "misspelt section": ("[serch]\nk = 2", "“serch.k”", "search.k"),
    "no section": ("k = 2", "“k”", "search.k"),
    "section as value": ("search = 2", "“search” is a section", ""),
}


@pytest.mark.parametrize(("text", "key", "suggestion"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_key_is_refused_with_the_nearest_right_one(config, text: str, key: str, suggestion: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.load(config(text))

    assert key in caught.value.message
    assert ", line " in caught.value.message
    assert not suggestion or f"Did you mean “{suggestion}”?" in caught.value.message


@pytest.mark.parametrize("name", ["EDGE_COPILOT_SEARCH__KK", "EDGE_COPILOT_SERCH__K", "EDGE_COPILOT_SEARCH_K"])
def test_an_unknown_variable_is_refused_with_the_nearest_right_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3")

    with pytest.raises(UsageError, match=f"{name}. Did you mean “EDGE_COPILOT_SEARCH__K”"):
        Settings.load()


def test_all_faults_are_told_at_once(config) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.load(config("[search]\nk = 1000\n[answer]\npassages = 0"))

    assert "search.k" in caught.value.message
    assert "answer.passages" in caught.value.message


UNUSABLE_FILES = {
    "not TOML": (b"[search\nk = 1", "not valid TOML"),
    "not UTF-8": ("# naïve".encode("utf-16"), "not UTF-8"),
    "key twice": (b"search.k = 1\nsearch.k = 2", "not valid TOML"),
}


@pytest.mark.parametrize(("content", "message"), UNUSABLE_FILES.values(), ids=UNUSABLE_FILES.keys())
def test_an_unusable_file_is_told_as_such(config, content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Settings.load(config(content))


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        Settings.load(tmp_path / "absent.toml")


def test_an_openai_engine_needs_its_server(config) -> None:
    with pytest.raises(UsageError, match=r"engine\.base_url must name the server"):
        Settings.load(config('engine.kind = "openai"'))


def test_the_key_comes_from_the_variable_that_is_named(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_SITE_KEY", "geheim")

    settings = Settings.load(config('index.key_env = "EDGE_COPILOT_SITE_KEY"'))

    assert settings.index.read_key() == "geheim"


def test_the_key_comes_from_the_first_line_of_the_file(config, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("geheim\nnote\n")

    assert Settings.load(config('index.key_file = "key"')).index.read_key() == "geheim"


def test_a_missing_key_is_told_and_never_taken_for_no_key(config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ABSENT_KEY, which is not set"):
        Settings.load(config('index.key_env = "ABSENT_KEY"')).index.read_key()
    with pytest.raises(UnreadableFile):
        Settings.load(config('index.key_file = "absent"')).index.read_key()
    (tmp_path / "empty").touch()
    with pytest.raises(UsageError, match="is empty"):
        Settings.load(config('index.key_file = "empty"')).index.read_key()


def test_models_of_the_default_data_directory_are_shared_unless_forbidden(config, tmp_path: Path) -> None:
    assert Settings.load(data_dir=tmp_path).shared_models_dir is not None
    assert Settings.load(config("models.shared = false"), data_dir=tmp_path).shared_models_dir is None


def test_passwords_in_addresses_are_masked(config) -> None:
    settings = Settings.load(config('[engine]\nbase_url = "http://me:geheim@nas:8080/v1"'))

    row = next(row for row in describe(settings) if row.key == "engine.base_url")

    assert row.value == "http://***@nas:8080/v1"


def test_the_commented_file_uncommented_is_the_defaults(config) -> None:
    text = "".join(
        line.removeprefix("# ") if " = " in line and "edge-copilot" not in line else line
        for line in commented_file().splitlines(keepends=True)
    )
    assert len(dict(flatten(tomllib.loads(text)))) == len(known_keys()) - 1, "all but data_dir"

    settings = Settings.load(config(text))

    defaults = Settings.load()
    assert [row.value for row in describe(settings)] == [row.value for row in describe(defaults)]


def test_every_setting_is_described_and_bounded() -> None:
    for key, model in known_keys().items():
        field = model.model_fields[key.rpartition(".")[2]]
        assert field.description, key
        if field.annotation in (int, float):
            assert len(field.metadata) >= 2, f"{key} has no bounds"


names = st.text("abc_", min_size=1, max_size=4)
trees = st.dictionaries(names, st.integers() | st.dictionaries(names, st.integers(), min_size=1), max_size=4)


@given(trees)
def test_flattening_loses_nothing(tree: dict[str, object]) -> None:
    assert unflatten(dict(flatten(tree))) == tree


@given(st.text(max_size=30))
def test_a_suggestion_is_always_a_known_key(key: str) -> None:
    keys = known_keys()

    assert nearest_key(key, keys) in {None, *keys}


@given(st.sampled_from(sorted(known_keys())))
def test_every_key_is_suggested_for_itself_and_has_its_variable(key: str) -> None:
    assert nearest_key(key, known_keys()) == key
    assert variable_for(key).removeprefix("EDGE_COPILOT_").lower().replace("__", ".") == key


def test_importing_the_paths_does_not_import_pydantic() -> None:
    code = "import sys, copilot.cli.main; sys.exit('pydantic' in sys.modules or 'rich' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


ENDPOINT = '[[cloud.endpoints]]\nname = "hq"\nbase_url = "http://127.0.0.1:9000/v1"\nmodel = "big"\n'


def test_endpoints_are_tables_in_order(config, tmp_path: Path) -> None:
    second = ENDPOINT.replace("hq", "spare") + 'trusted = true\nca_file = "hq.pem"\n'

    settings = Settings.load(config(ENDPOINT + second))

    assert [(one.name, one.trusted) for one in settings.cloud.endpoints] == [("hq", False), ("spare", True)]
    assert settings.cloud.endpoints[1].ca_file == tmp_path / "hq.pem"
    assert settings.route.threshold == 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('trusted = "perhaps"', "cloud.endpoints[1].trusted must be true or false, not “perhaps”"),
        ('modle = "x"', "There is no setting “modle” in cloud.endpoints[1], did you mean “model”?"),
        ('base_url = "ftp://x"', "cloud.endpoints[1].base_url must be an address such as"),
        ('api_key_env = "A"\napi_key_keyring = "b"', "needs api_key_env or api_key_keyring, not both"),
        (ENDPOINT, "two of cloud.endpoints have the name hq"),
    ],
)
def test_a_fault_in_an_endpoint_is_told_with_its_place(config, text: str, words: str) -> None:
    kept = [line for line in ENDPOINT.splitlines() if line.partition(" = ")[0] != text.partition(" = ")[0]]

    with pytest.raises(UsageError) as told:
        Settings.load(config("\n".join([*kept, text])))

    assert words in str(told.value)


@pytest.mark.parametrize(
    ("text", "threshold"), [('"never"', "never"), ('"always"', "always"), ("0.25", 0.25), ("0", 0)]
)
def test_the_threshold_is_a_word_or_a_number(config, text: str, threshold: object) -> None:
    assert Settings.load(config(f"[route]\nthreshold = {text}")).route.threshold == threshold


def test_an_endpoint_s_key_may_stand_in_a_variable_that_looks_like_a_setting(
    config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_HQ_KEY", "sk-1")

    assert Settings.load(config(ENDPOINT + 'api_key_env = "EDGE_COPILOT_HQ_KEY"\n')).cloud.endpoints
