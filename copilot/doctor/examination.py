"""The whole examination, in the order in which a person would ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from copilot.doctor.data import check_data_dir, check_disk, check_index
from copilot.doctor.findings import Finding, guarded
from copilot.doctor.machine import check_llama, check_machine, check_onnx, check_program, load_llama
from copilot.doctor.privacy import check_privacy
from copilot.doctor.sync import check_sync
from copilot.settings import Settings
from index.errors import EdgeCopilotError


def examine(
    load_settings: Callable[[], Settings], data_dir: Path | None, embedder_name: Callable[[Settings], str | None]
) -> Iterator[Finding]:
    """Look at everything and yield what is found, as it is found. Changes nothing and never fails.

    Args:
        load_settings: Reads the settings; its error is a finding, and the rest goes on with the defaults.
        data_dir: What ``--data-dir`` says, for when the settings can't be read.
        embedder_name: Names the embedder in use; None where there is none.
    """
    yield from guarded("program", check_program)
    yield from guarded("machine", check_machine)
    build = load_llama()
    yield from guarded("llama.cpp", lambda: check_llama(build))
    yield from guarded("onnxruntime", check_onnx)
    settings, finding = _settings(load_settings, data_dir)
    yield finding
    yield from guarded("data directory", lambda: check_data_dir(settings))
    yield from guarded("disk", lambda: check_disk(settings))

    def check_models() -> Iterator[Finding]:
        from copilot.doctor import models

        return models.check_models(settings, build)

    yield from guarded("models", check_models)
    yield from guarded("index", lambda: check_index(settings, _quiet(embedder_name, settings)))
    yield from guarded("sync", lambda: check_sync(settings))
    yield from guarded("privacy", lambda: check_privacy(settings))


def _settings(load: Callable[[], Settings], data_dir: Path | None) -> tuple[Settings, Finding]:
    try:
        settings = load()
    except EdgeCopilotError as error:
        bare = Settings(data_dir=data_dir) if data_dir else Settings()
        return bare, Finding("settings", "fault", error.message, error.remedy)
    path = settings.config_file
    changed = sorted(settings.origins())
    details = {"config_file": str(path), "exists": path.is_file(), "changed": changed}
    what = f"{path}, {len(changed)} settings changed" if path.is_file() else f"No {path}; the defaults hold"
    return settings, Finding("settings", "ok", f"{what}.", details=details)


def _quiet(embedder_name: Callable[[Settings], str | None], settings: Settings) -> str | None:
    """An embedder that can't be opened, for whatever reason, is told by the checks of the models; here it is none."""
    try:
        return embedder_name(settings)
    except Exception:
        return None
