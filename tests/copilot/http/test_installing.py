"""The endpoint as a service: a unit that systemd accepts, shut in, and installed by a real call of systemctl."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from copilot.cli.app import App
from copilot.cli.main import main
from copilot.cli.serve import command
from copilot.http.installing import UNIT, Service, install, program, quoted, whom
from index.errors import ReadOnlyData, UsageError

needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    data = tmp_path / "two words 100%"
    data.mkdir()
    words = ("/bin/true", "--data-dir", str(data), "serve", "--port", "8420", "--tls-cert", '/etc/$HOME\'s "c".pem')
    return Service("system", words, data, 8420, "daemon", 10.0)


def unquote(line: str) -> list[str]:
    """The words of a command line, read as systemd.syntax(7) and systemd.service(5) say."""
    words = [match[1] or match[2] for match in re.finditer(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)]
    return [re.sub(r"\\(.)", r"\1", word).replace("$$", "$").replace("%%", "%") for word in words]


@given(
    st.lists(
        st.text(
            st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["C", "Z"]) | st.just(" "),
            min_size=1,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_words_come_back_as_they_were_meant(words: list[str]) -> None:
    assert unquote(" ".join(map(quoted, words))) == words


@pytest.mark.parametrize("word", ["a\nExecStart=/bin/evil", "\0", "\x7f"])
def test_a_word_that_would_begin_a_line_of_its_own_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        quoted(word)


@needs_systemd_analyze
@pytest.mark.parametrize("scope", ["system", "user"])
def test_systemd_takes_the_unit_without_a_complaint(service: Service, tmp_path: Path, scope: str) -> None:
    unit = tmp_path / UNIT
    unit.write_text(replace(service, scope=scope, user="daemon" if scope == "system" else None).unit())
    verify = ["systemd-analyze", "verify", "--man=no", *(["--user"] if scope == "user" else []), str(unit)]

    done = subprocess.run(
        verify, capture_output=True, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}, check=False
    )

    complaints = [line for line in done.stderr.splitlines() if UNIT in line]
    assert complaints == []
    assert done.returncode == 0, done.stderr


@needs_systemd_analyze
def test_the_service_is_shut_in_by_systemds_own_measure(service: Service, tmp_path: Path) -> None:
    unit = tmp_path / UNIT
    unit.write_text(service.unit())

    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-200:]  # 2.5 of 10, where 10 is wide open


def test_the_unit_says_what_must_hold(service: Service) -> None:
    lines = service.unit().splitlines()

    for line in (
        "Type=notify",
        "Restart=always",
        "WatchdogSec=60",
        "OOMPolicy=continue",
        "KillMode=mixed",
        "User=daemon",
        "TimeoutStopSec=30",
        "CapabilityBoundingSet=",
        "WantedBy=multi-user.target",
    ):
        assert line in lines
    assert "CapabilityBoundingSet=CAP_NET_BIND_SERVICE" in replace(service, port=443).unit().splitlines()


def test_a_users_own_service_asks_for_nothing_that_only_root_may_give(service: Service) -> None:
    unit = replace(service, scope="user", user=None).unit()

    assert "ProtectSystem" not in unit
    assert "User=" not in unit
    assert "SystemCallFilter=@system-service" in unit
    assert "WantedBy=default.target" in unit


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """A systemctl that writes down how it is called."""

    def make(code: int) -> Path:
        told = tmp_path / "told"
        folder = tmp_path / "bin"
        folder.mkdir()
        script = folder / "systemctl"
        script.write_text(
            f'#!/bin/sh\necho "$@" >> "{told}"\n[ {code} = 0 ] || echo "Failed: no bus" >&2\nexit {code}\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        return told

    return make


def test_installing_writes_the_unit_and_starts_it(
    service: Service, tmp_path: Path, systemctl: Callable[[int], Path]
) -> None:
    told = systemctl(0)
    own = replace(service, scope="user", user=None)
    said: list[str] = []

    install(own, said.append, running=tmp_path)
    install(own, said.append, running=tmp_path)  # again, over what is there

    file = tmp_path / "config" / "systemd" / "user" / UNIT
    assert file.read_text() == own.unit()
    assert [path.name for path in file.parent.iterdir()] == [UNIT]
    assert told.read_text().splitlines() == ["--user daemon-reload", f"--user enable --now {UNIT}"] * 2
    assert any("linger" in line for line in said)


def test_where_systemd_refuses_its_words_are_told(
    service: Service, tmp_path: Path, systemctl: Callable[[int], Path]
) -> None:
    systemctl(1)

    with pytest.raises(UsageError, match="no bus") as raised:
        install(replace(service, scope="user", user=None), lambda _: None, running=tmp_path)

    assert "daemon-reload" in raised.value.remedy


def test_where_there_is_no_systemd_it_says_what_is_left_to_do(
    service: Service, tmp_path: Path, systemctl: Callable[[int], Path]
) -> None:
    told = systemctl(0)
    said: list[str] = []

    install(replace(service, scope="user", user=None), said.append, running=tmp_path / "nothing")

    assert not told.exists()
    assert "enable --now" in said[-1]


def test_a_folder_that_cannot_be_written_is_told(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(blocked))

    with pytest.raises(ReadOnlyData):
        install(replace(service, scope="user", user=None), lambda _: None)


def test_a_service_of_the_machine_runs_under_whoever_called_sudo_and_never_as_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    name, data = whom(None, {"SUDO_USER": "daemon"})
    assert name == "daemon"
    assert data is not None
    assert data.name == "edge-copilot"
    for named, environment in ((None, {}), ("root", {}), (None, {"SUDO_USER": "root"}), ("no such user", {})):
        with pytest.raises(UsageError):
            whom(named, environment)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert whom(None, {}) == (None, None)
    with pytest.raises(UsageError, match="root"):
        whom("daemon", {})


def test_the_unit_can_be_looked_at_first_and_repeats_the_options_that_were_given(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    result = CliRunner().invoke(command, ["--print-unit", "--port", "9000", "--no-llm", "--tier", "small"], obj=App())

    assert result.exception is None
    start = next(line for line in result.output.splitlines() if line.startswith("ExecStart="))
    assert unquote(start.removeprefix("ExecStart=")) == [
        *program(), "--data-dir", str(indexed), "serve", "--port", "9000", "--no-llm", "--tier", "small",
    ]  # fmt: skip


def test_without_documents_there_is_nothing_to_install(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert main(["serve", "--install"]) == 2
    assert "Ingest documents first" in capsys.readouterr().err
