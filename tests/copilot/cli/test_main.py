"""The way in: global options, help without imports, one exit code and one form for every failure."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.boundary import run_guarded, translate
from copilot.cli.lazy import LazyCommand, LazyGroup
from copilot.cli.main import COMMANDS, EXIT_CODES, main
from copilot.cli.output import stdout_console
from index import errors
from index.errors import DiskFull, EdgeCopilotError, ModelMissing, ReadOnlyData, ResourceError, UsageError

SHELL = [sys.executable, "-m", "copilot.cli.main"]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, in a process of its own."""
    return subprocess.run(
        [*SHELL, *arguments], capture_output=True, encoding="utf-8", check=False, timeout=60, **options
    )


def all_errors(root: type[EdgeCopilotError] = EdgeCopilotError) -> list[type[EdgeCopilotError]]:
    return [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, root)]


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    for name, lazy in COMMANDS.items():
        assert name in shown
        assert lazy.summary in shown
    for error in all_errors(errors.EdgeCopilotError):
        assert f"\n  {error.exit_code} " in EXIT_CODES, error


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from copilot.cli.main import main\n"
        "main(['--help'])\n"
        "heavy = {'numpy', 'onnxruntime', 'llama_cpp', 'apsw', 'pydantic', 'rich', 'asyncio', 'httpx', 'logging'}\n"
        "heavy |= {'copilot.cli.' + name for name in ('ask', 'search', 'ingest', 'models', 'config', 'doctor')}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert "Usage: edge-copilot " + name in capsys.readouterr().out

    module, _, attribute = COMMANDS[name].target.partition(":")
    command = getattr(import_module(module), attribute)
    documented = command.commands.values() if isinstance(command, click.Group) else [command]
    for leaf in documented:
        assert "edge-copilot" in ((leaf.help or "") + (leaf.epilog or "")), f"{name} {leaf.name} shows no example"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("edge-copilot 0.")


def test_a_misspelt_command_is_wrong_usage_and_the_nearest_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serch"]) == 2
    assert "Did you mean “search”?" in capsys.readouterr().err


@click.group(cls=LazyGroup, lazy={"gone": LazyCommand("copilot.no_such_module:command", "Gone.")})
def broken() -> None:
    """A group with a command whose package is missing."""


def test_a_missing_package_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_guarded(broken, ["gone"], App(), "x")

    assert code == 7
    assert "“copilot.no_such_module” is not installed" in capsys.readouterr().err


def failing(error: BaseException) -> click.Command:
    """Return a command that fails with ``error``."""

    @click.command()
    @json_option
    @pass_app
    def command(app: App, as_json: bool) -> None:
        raise error

    return command


def outcome(command: click.Command, *arguments: str) -> int:
    return run_guarded(command, arguments, App(), "edge-copilot")


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.__name__)
def test_an_error_is_its_message_then_its_remedy_and_its_exit_code(
    error: type[EdgeCopilotError], capsys: pytest.CaptureFixture[str]
) -> None:
    code = outcome(failing(error("It is broken.", "Mend it.")))

    shown = capsys.readouterr()
    assert code == error.exit_code != 0
    assert shown.err == "It is broken.\nMend it.\n"
    assert shown.out == ""


def test_with_json_an_error_is_one_line_of_json_on_stderr_and_stdout_is_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = outcome(failing(ModelMissing("No model.", "Pull one.")), "--json")

    shown = capsys.readouterr()
    assert code == 4
    assert shown.out == ""
    assert json.loads(shown.err) == {
        "error": {"kind": "ModelMissing", "message": "No model.", "remedy": "Pull one.", "exit_code": 4}
    }


def test_with_json_wrong_usage_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    code = outcome(failing(ValueError()), "--no-such-option", "--json")

    assert code == 2
    assert json.loads(capsys.readouterr().err)["error"]["kind"] == "UsageError"


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


@pytest.mark.parametrize(("returned", "code"), [(1, 1), (None, 0), (True, 0)])
def test_a_command_may_return_its_exit_code(returned: object, code: int) -> None:
    assert outcome(click.Command("command", callback=lambda: returned)) == code


def test_a_question_may_look_like_an_option_after_two_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    command = failing(UsageError("So not."))
    command.params.append(click.Argument(["words"], nargs=-1, expose_value=False))

    assert outcome(command, "--", "--json") == 2
    assert capsys.readouterr().err == "So not.\n"


SYSTEM_FAULTS = {
    "disk full": (OSError(errno.ENOSPC, "No space left", "index.db"), DiskFull),
    "read-only disk": (OSError(errno.EROFS, "Read-only file system", "index.db"), ReadOnlyData),
    "no permission": (PermissionError(errno.EACCES, "Permission denied", "index.db"), ReadOnlyData),
    "out of memory": (MemoryError(), ResourceError),
    "inside a task group": (ExceptionGroup("tasks", [ValueError(), UsageError("So not.")]), UsageError),
}


@pytest.mark.parametrize(("error", "expected"), SYSTEM_FAULTS.values(), ids=SYSTEM_FAULTS.keys())
def test_what_the_system_refuses_is_told_in_a_technicians_words(
    error: Exception, expected: type[EdgeCopilotError]
) -> None:
    known = translate(error)

    assert type(known) is expected
    assert known.remedy or expected is UsageError


def test_a_fault_of_the_program_names_the_log_and_neither_shows_what_a_document_says(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @pass_app
    def command(app: App) -> None:
        assert app.settings
        raise ValueError("secret words of a document")

    code = outcome(command)

    log = data_dir / "logs" / "edge-copilot.log"
    shown = capsys.readouterr().err
    assert code == 70
    assert "ValueError" in shown
    assert str(log) in shown
    assert "test_main.py" in log.read_text()
    assert "secret" not in shown + log.read_text()


def test_a_closed_pipe_is_no_noise() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*SHELL, "--help"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_pipe_closed_under_a_rich_console_is_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        command = click.Command("command", callback=lambda: stdout_console().print("x" * 100_000))

        assert outcome(command) == 141


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_output_is_utf_8_where_the_locale_says_nothing(locale: str, tmp_path: Path) -> None:
    environment = os.environ | {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = run("--data-dir", str(tmp_path / "größe"), "config", "path", env=environment)

    assert done.stdout.strip() == str(tmp_path / "größe" / "copilot.toml")


def test_global_options_reach_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "site.toml"
    config.write_text("search.k = 9")

    assert main(["--data-dir", str(tmp_path / "d"), "--config", str(config), "config", "show", "--json"]) == 0

    shown = {row["key"]: row for row in json.loads(capsys.readouterr().out)["settings"]}
    assert shown["search.k"] == {
        "key": "search.k", "value": 9, "origin": "file", "source": str(config), "line": 1,
    }  # fmt: skip
    assert shown["data_dir"]["source"] == "--data-dir"


def test_a_flag_takes_the_place_of_a_setting_only_before_it_is_read() -> None:
    app = App()
    app.override("search.k", None)
    app.override("search.k", 11)

    assert app.settings.search.k == 11
    with pytest.raises(RuntimeError):
        app.override("search.k", 12)
