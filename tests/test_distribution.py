"""The wheel, built from the sdist and installed elsewhere, is the whole program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist from the checkout, and the wheel from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def site(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, without its dependencies, into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = dist.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel],
        check=True,
    )
    return folder


def run(site: Path, *arguments: str) -> str:
    """Run the installed command far from the checkout; its modules go before those of the checkout."""
    done = subprocess.run(
        [sys.executable, str(site / "bin" / "edge-copilot"), *arguments],
        cwd=site.parent,
        env=os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_modules_are_the_ones_that_run(site: Path) -> None:
    code = "import copilot, index, prompts, sync; print(copilot.__file__, index.__file__, prompts.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=site.parent,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert all(path.startswith(str(site)) for path in done.stdout.split())


def test_the_command_runs_outside_the_checkout(site: Path) -> None:
    assert "Commands:" in run(site, "--help")
    assert run(site, "--version").startswith("edge-copilot ")


def test_settings_are_shown_outside_the_checkout(site: Path) -> None:
    assert json.loads(run(site, "config", "show", "--json"))["settings"]


def test_the_catalogue_comes_with_the_wheel(site: Path) -> None:
    assert "smollm2-135m" in run(site, "models", "list")


def test_the_wheel_holds_the_prompts_and_no_tests(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    in_checkout = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "prompts").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert in_checkout <= names
    assert "copilot/catalogue/models.toml" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"copilot", "index", "prompts", "sync"}


def test_the_sdist_holds_what_is_needed_to_check_it(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"Makefile", "models.toml", "README.md", "LICENSE", "tests/conftest.py", "scripts/checks.py"} <= names
    assert not [name for name in names if name.startswith((".venv", ".git/"))]
