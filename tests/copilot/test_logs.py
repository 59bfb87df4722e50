"""The log file: there when it is needed, never in the way, never quoting."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from copilot.logs import ROOMS, configure_logging, record_failure


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_logs_to_one_file_from_the_level_that_is_set(room: str, tmp_path: Path) -> None:
    configure_logging(tmp_path / "logs", "warning")
    assert not (tmp_path / "logs").exists(), "nothing is written before there is something to say"

    logging.getLogger(f"{room}.part").warning("kept")
    logging.getLogger(f"{room}.part").info("left out")

    written = (tmp_path / "logs" / "edge-copilot.log").read_text()
    assert f"WARNING {room}.part: kept" in written
    assert "left out" not in written


def test_a_log_that_can_not_be_written_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").touch()
    configure_logging(tmp_path / "logs", "info")

    logging.getLogger("index").error("nobody hears it")

    assert capsys.readouterr().err == ""
    assert record_failure(ValueError("x")) is None


def test_it_is_shown_on_stderr_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(tmp_path / "logs", "warning", echo=1)

    logging.getLogger("index").info("shown")

    assert "INFO index: shown" in capsys.readouterr().err


def test_setting_it_up_twice_writes_each_line_once(tmp_path: Path) -> None:
    configure_logging(tmp_path / "a", "info")
    configure_logging(tmp_path / "b", "info")

    logging.getLogger("sync").warning("once")

    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b" / "edge-copilot.log").read_text().count("once") == 1


def test_a_failure_is_kept_with_its_place_and_without_its_words(tmp_path: Path) -> None:
    configure_logging(tmp_path, "info")
    try:
        raise KeyError("the patient's name")
    except KeyError as error:
        log = record_failure(error)

    assert log is not None
    assert "KeyError" in log.read_text()
    assert "test_logs.py" in log.read_text()
    assert "patient" not in log.read_text()
