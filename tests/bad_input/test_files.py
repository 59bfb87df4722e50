"""Files that can't be used are named and left out; the others go in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.bad_files import BAD_FILES, pdf
from tests.bad_input.user import User, bound_by_permissions, process

Check = Callable[[], None]


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_with_its_reason_and_the_others_go_in(
    name: str, user: User, docs: Path, good_is_there: Check
) -> None:
    make, reason = BAD_FILES[name]
    make(docs / name)

    said = user.runs("ingest", docs, "--json")

    assert (said.code, said.json["documents"], list(said.skipped)) == (1, 1, [name])
    assert re.search(reason, said.skipped[name], re.IGNORECASE), said.skipped[name]
    good_is_there()


def test_a_bad_file_alone_is_told_to_people_too(user: User, tmp_path: Path) -> None:
    (tmp_path / "empty.md").touch()

    said = user.runs("ingest", tmp_path / "empty.md")

    assert said.code == 1
    assert "empty.md" in said.err


def test_a_document_that_goes_bad_keeps_its_last_good_state(user: User, ingested: Path, good_is_there: Check) -> None:
    (ingested / "good.md").write_bytes(b"")

    said = user.runs("ingest", ingested, "--json")

    assert (said.code, list(said.skipped)) == (1, ["good.md"])
    good_is_there()


def test_a_path_where_nothing_is_costs_the_others_nothing(user: User, docs: Path, good_is_there: Check) -> None:
    said = user.runs("ingest", docs / "gone.md", docs / "good.md", "--json")

    assert (said.code, list(said.skipped)) == (1, ["gone.md"])
    good_is_there()


def test_links_that_lead_in_circles_end(user: User, docs: Path, good_is_there: Check) -> None:
    (docs / "inner").mkdir()
    (docs / "inner" / "again").symlink_to(docs, target_is_directory=True)
    (docs / "a.md").symlink_to(docs / "b.md")
    (docs / "b.md").symlink_to(docs / "a.md")

    said = user.runs("ingest", docs, "--json")

    assert said.json["documents"] == 1
    assert set(said.skipped) <= {"a.md", "b.md", "again"}
    assert {"a.md", "b.md"} <= set(said.skipped)
    good_is_there()


def test_a_file_that_this_user_may_not_read_is_named(docs: Path) -> None:
    (docs / "secret.md").write_text("# Secret\n\nNobody reads this.\n")
    (docs / "secret.md").chmod(0)

    said = process("ingest", docs, "--json", preexec_fn=bound_by_permissions())

    assert (said.code, said.json["documents"], list(said.skipped)) == (1, 1, ["secret.md"])
    assert "permi" in said.skipped["secret.md"].lower() or "may not" in said.skipped["secret.md"]


def test_a_folder_that_this_user_may_not_open_is_named(docs: Path) -> None:
    (docs / "closed").mkdir()
    (docs / "closed" / "inside.md").write_text("# Inside\n\nText.\n")
    (docs / "closed").chmod(0)
    try:
        said = process("ingest", docs, "--json", preexec_fn=bound_by_permissions())
    finally:
        (docs / "closed").chmod(0o700)

    assert (said.code, said.json["documents"], list(said.skipped)) == (1, 1, ["closed"])


@pytest.mark.parametrize(
    "raw",
    [
        "Größe M8 — Drehmoment 25 Nm für Schraube SW-13\r\n".encode("utf-16"),
        "Größe M8 — Drehmoment 25 Nm für Schraube SW-13\n".encode("utf-16-le"),
        "Größe M8: Drehmoment 25 Nm für Schraube SW-13\n".encode("latin-1"),
        "\ufeffGröße M8: Drehmoment 25 Nm für Schraube SW-13\r\nZweite Zeile\rDritte\nVierte\r\n".encode(),
    ],
    ids=["UTF-16 with its mark", "UTF-16 without", "Latin-1", "mixed line ends"],
)
def test_text_in_any_encoding_comes_out_as_it_was_meant(raw: bytes, user: User, docs: Path) -> None:
    (docs / "schrauben.txt").write_bytes(raw)

    assert user.runs("ingest", docs).code == 0

    text = user.runs("search", "SW-13", "--json").json["passages"][0]["text"]
    assert "Größe M8" in text
    assert "Drehmoment 25 Nm für Schraube" in text
    assert not re.search("[\r\x00\ufeff\ufffd]", text)


@pytest.mark.parametrize(
    "name",
    ["plan B (new).md", 'it\'s "the" plan.md', "🛠 Wartung.md", "-rf.md", "$(reboot).md", "Ünïcödé é.md"],
)
def test_any_name_is_only_a_name(name: str, user: User, docs: Path, good_is_there: Check) -> None:
    path = docs / name
    path.write_text("# Valve\n\nThe valve V-901 opens at 3 bar.\n", encoding="utf-8")

    assert user.runs("ingest", docs).code == 0
    assert user.runs("search", "V-901", "--json").json["passages"][0]["document"] == str(path)
    assert user.runs("documents", "remove", path).code == 0
    assert path.exists()
    good_is_there()


def test_what_a_document_says_never_steers_the_terminal(user: User, docs: Path) -> None:
    (docs / "evil.md").write_text("# Evil \x1b[2J\n\nPart Z-1 \x1b]0;owned\x07 is \x9b31mred.\n", encoding="utf-8")

    assert user.runs("ingest", docs).code == 0

    for arguments in (("search", "Z-1"), ("ask", "part Z-1", "--no-llm"), ("documents", "list")):
        assert not re.search("[\x1b\x07\x9b]", user.runs(*arguments).out)


def test_two_thousand_pages_are_read_to_the_last(user: User, docs: Path) -> None:
    pdf(docs / "long.pdf", 2000)

    said = user.runs("ingest", docs / "long.pdf", "--json")

    assert (said.code, said.json["documents"]) == (0, 1)
    assert user.runs("documents", "list", "--json").json["documents"][0]["pages"] == 2000
    found = user.runs("search", "X-2000", "--json").json["passages"][0]
    assert "X-2000." in found["text"]


@pytest.mark.skipif(os.name != "posix", reason="peak memory of a process is read as POSIX has it")
def test_memory_does_not_grow_with_a_table(tmp_path: Path) -> None:
    peaks = []
    for rows in (4_000, 60_000):
        table = tmp_path / f"{rows}.csv"
        with table.open("w", encoding="utf-8") as out:
            out.write("part,description,place\n")
            out.writelines(
                f"HT-{row:07},bearing for the drum of conveyor {row % 977},R{row % 89}\n" for row in range(rows)
            )
        peaks.append(_peak_mib("--data-dir", tmp_path / str(rows), "ingest", table))

    assert peaks[1] - peaks[0] < 32, "56,000 rows more as objects would take about twice that"


def _peak_mib(*arguments: object) -> float:
    """Peak resident memory of the command: a wrapper process of its own asks about its only child."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'copilot.cli.main', *sys.argv[1:]], check=True, stdout=2)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout) / (1024 if sys.platform.startswith("linux") else 1 << 20)
