"""`edge-copilot models`: what is on offer, what is here, and how it gets here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, write_json
from index.errors import ModelCorrupt, ModelMissing, UsageError

if TYPE_CHECKING:
    from copilot.catalogue import Catalogue, ModelEntry, ModelStore
    from copilot.catalogue.importing import ImportReport

_ROLES = ("chat", "embedding", "rerank", "speech-to-text", "text-to-speech", "wake-word")
_TIERS = ("tiny", "small", "standard", "large")


@click.group()
def command() -> None:
    """List, fetch, check and import models.

    Only files whose sha256 is right are ever loaded. Models of your own, and mirrors, go into models.toml in the
    data directory.
    """


def _open(app: App) -> tuple[Catalogue, ModelStore]:
    from copilot.catalogue import open_catalogue, open_store

    catalogue = open_catalogue(app.settings)
    return catalogue, open_store(app.settings, catalogue)


@command.command("list")
@click.option("--role", type=click.Choice(_ROLES), help="Only models for this.")
@json_option
@pass_app
def list_models(app: App, role: str | None, as_json: bool) -> None:
    """Show every known model: what it is for, its size, whether it is here, and whether it fits this machine.

    A star marks what is used where nothing else is said.

    \b
    Examples:
      edge-copilot models list
      edge-copilot models list --role chat --json
    """
    from copilot.catalogue import fits, size_text
    from copilot.catalogue.choosing import models_for_asking, models_for_voice, tier_of_machine
    from copilot.hardware.machine import detect_memory, usable_cores

    catalogue, store = _open(app)
    memory = detect_memory().total_bytes
    used = {entry.id for entry in (*models_for_asking(app.settings, catalogue), *models_for_voice(catalogue))}
    entries = [entry for entry in catalogue if role in (None, entry.role)]
    if as_json:
        write_json(
            {
                "models": [
                    _as_dict(entry, store) | {"fits": fits(entry, memory), "used": entry.id in used}
                    for entry in entries
                ],
                "machine": {"ram_bytes": memory, "cores": usable_cores(), "tier": tier_of_machine()},
            }
        )
        return
    click.echo(f"  {'MODEL':<27} {'FOR':<15} {'TIER':<9} {'SIZE':>9}  {'HERE':<8} FITS")
    for entry in entries:
        mark = "*" if entry.id in used else " "
        fitting = "yes" if fits(entry, memory) else f"no, {size_text(entry.ram_bytes)} of memory"
        click.echo(
            printable(
                f"{mark} {entry.id:<27} {entry.role:<15} {entry.tier or '':<9} {size_text(entry.bytes):>9}  "
                f"{store.state(entry):<8} {fitting}"
            )
        )


@command.command()
@click.argument("model_ids", metavar="[MODEL]...", nargs=-1)
@click.option("--defaults", is_flag=True, help="What asking questions takes on this machine: chat model and embedder.")
@click.option("--voice", is_flag=True, help="What speaking and listening take.")
@click.option("--tests", is_flag=True, help="The small models that the project's own tests use.")
@click.option("--tier", type=click.Choice(_TIERS), help="With --defaults: this size of chat model.")
@json_option
@pass_app
def pull(
    app: App, model_ids: tuple[str, ...], defaults: bool, voice: bool, tests: bool, tier: str | None, as_json: bool
) -> None:
    """Fetch models, resuming what was interrupted; what is here and right is not fetched again.

    Sources are tried in the catalogue's order. Without a network, the error lists the files to carry over on a USB
    stick.

    \b
    Examples:
      edge-copilot models pull --defaults
      edge-copilot models pull qwen3-4b-2507
      edge-copilot models pull --defaults --tier small --voice
    """
    from copilot.catalogue.choosing import models_for_asking, models_for_tests, models_for_voice
    from copilot.catalogue.pulling import pull_all
    from copilot.cli.transfers import Transfers

    app.override("engine.tier", tier)
    catalogue, store = _open(app)
    entries = [catalogue.get(model_id) for model_id in model_ids]
    entries += models_for_asking(app.settings, catalogue) if defaults or (tier and not (voice or tests)) else []
    entries += models_for_voice(catalogue) if voice else []
    entries += models_for_tests(catalogue) if tests else []
    if not entries:
        raise UsageError(
            "No model is named.", "Name one of: edge-copilot models list. Or: edge-copilot models pull --defaults"
        )
    wanted = list({entry.id: entry for entry in entries}.values())
    with Transfers() as transfers:
        fetched = {entry.id for entry in pull_all(store, wanted, transfers.watch)}
    if as_json:
        write_json({"models": [_as_dict(entry, store) | {"fetched": entry.id in fetched} for entry in wanted]})


@command.command()
@click.argument("model_ids", metavar="[MODEL]...", nargs=-1)
@json_option
@pass_app
def verify(app: App, model_ids: tuple[str, ...], as_json: bool) -> int:
    """Read models anew, byte for byte, and compare them with the catalogue; default: all that are here.

    The exit code is 4 where a file is wrong or missing.

    \b
    Examples:
      edge-copilot models verify
      edge-copilot models verify minilm-l6-int8 --json
    """
    from copilot.cli.transfers import Transfers

    catalogue, store = _open(app)
    if model_ids:
        entries = [catalogue.get(model_id) for model_id in model_ids]
    else:
        entries = [entry for entry in catalogue if store.state(entry) in ("present", "corrupt")]
    with Transfers() as transfers:
        verdicts = {entry.id: store.verify(entry, transfers.watch) for entry in entries}
    bad = [entry for entry in entries if any(verdict.state != "good" for verdict in verdicts[entry.id])]
    if as_json:
        write_json(
            {
                "models": [
                    _as_dict(entry, store)
                    | {
                        "files": [
                            {"name": verdict.name, "path": verdict.path, "verdict": verdict.state}
                            for verdict in verdicts[entry.id]
                        ]
                    }
                    for entry in entries
                ]
            }
        )
    else:
        for entry in entries:
            for verdict in verdicts[entry.id]:
                click.echo(printable(f"{verdict.state:<8} {entry.id}  {verdict.path}"))
        if not entries:
            click.echo("No model is here. Fetch what asking takes: edge-copilot models pull --defaults")
        if bad:
            click.echo(f"Fetch again: edge-copilot models pull {' '.join(entry.id for entry in bad)}", err=True)
    return ModelCorrupt.exit_code if bad else 0


@command.command()
@click.argument("model_id", metavar="MODEL")
@click.argument("file_name", metavar="[FILE]", required=False)
@json_option
@pass_app
def path(app: App, model_id: str, file_name: str | None, as_json: bool) -> None:
    """Print where a model lies, once it is known to be right: its file, or its folder where it has several.

    \b
    Examples:
      edge-copilot models path qwen2.5-coder-1.5b
      edge-copilot models path minilm-l6-int8 tokenizer.json
    """
    from copilot.cli.transfers import Transfers

    catalogue, store = _open(app)
    entry = catalogue.get(model_id)
    names = [file.name for file in entry.files]
    if file_name is not None and file_name not in names:
        raise UsageError(f"“{entry.id}” has no file “{file_name}”.", f"It has: {', '.join(names)}")
    with Transfers() as transfers:
        if file_name is None and len(names) > 1:
            place = store.directory(entry, transfers.watch)
        else:
            place = store.path(entry, file_name, transfers.watch)
    if as_json:
        write_json({"id": entry.id, "path": place})
    else:
        click.echo(str(place))


@command.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", "model_id", metavar="MODEL", help="Take files without a hash in the catalogue for this one's.")
@json_option
@pass_app
def import_models(app: App, paths: tuple[Path, ...], model_id: str | None, as_json: bool) -> int:
    """Take in model files that were carried here: whole files, packages that hold parts, folders of either.

    They are recognised by their content; parts may come one by one, in any order. The originals stay as they are.
    The exit code is 1 where some of them belong to no model.

    \b
    Examples:
      edge-copilot models import /media/usb
      edge-copilot models import qwen2.5-coder-1.5b-instruct-q4_k_m.gguf
      edge-copilot models import --model gemma3-4b gemma-3-4b-it-Q4_K_M.gguf
    """
    from copilot.cli.transfers import Transfers

    catalogue, store = _open(app)
    trusted = catalogue.get(model_id) if model_id else None
    with Transfers() as transfers:
        report = store.import_(paths, catalogue, trusted, transfers.watch)
    if as_json:
        write_json(
            {
                "installed": [{"id": model, "file": name} for model, name in report.installed],
                "parts": report.parts,
                "already": report.already,
                "skipped": [{"path": refused, "reason": reason} for refused, reason in report.refused],
                "missing": report.missing,
            }
        )
    else:
        _tell_import(report)
    return 1 if report.refused else 0


@command.command()
@click.argument("model_ids", metavar="MODEL...", nargs=-1, required=True)
@json_option
@pass_app
def remove(app: App, model_ids: tuple[str, ...], as_json: bool) -> None:
    """Delete models from the data directory, with what has arrived of them.

    \b
    Example:
      edge-copilot models remove qwen2.5-coder-0.5b
    """
    from copilot.catalogue import size_text

    catalogue, store = _open(app)
    entries = [catalogue.get(model_id) for model_id in model_ids]
    absent = next((entry for entry in entries if not (store.models_dir / entry.id).is_dir()), None)
    if absent is not None:
        raise ModelMissing(f"“{absent.id}” is not in {store.models_dir}.", "See: edge-copilot models list")
    freed = {entry.id: store.remove(entry) for entry in entries}
    if as_json:
        write_json({"removed": [{"id": model, "bytes": count} for model, count in freed.items()]})
    else:
        for model, count in freed.items():
            click.echo(f"{model} removed, {size_text(count)} free again")


def _as_dict(entry: ModelEntry, store: ModelStore) -> dict[str, object]:
    state = store.state(entry)
    return {
        "id": entry.id,
        "role": entry.role,
        "tier": entry.tier,
        "format": entry.format,
        "title": entry.title,
        "description": entry.description,
        "licence": entry.licence,
        "default": entry.default,
        "bytes": entry.bytes,
        "ram_bytes": entry.ram_bytes,
        "context_tokens": entry.context_tokens,
        "state": state,
    }


def _tell_import(report: ImportReport) -> None:
    for model, name in report.installed:
        click.echo(printable(f"in place   {model}  {name}"))
    for name in report.parts:
        click.echo(printable(f"taken in   {name}"))
    for already in report.already:
        click.echo(printable(f"known      {already}"))
    for refused, reason in report.refused:
        click.echo(printable(f"skipped    {refused}: {reason}"))
    for model, names in report.missing.items():
        if names:
            click.echo(printable(f"{model} still lacks: {', '.join(names)}"))
        else:
            click.echo(printable(f"{model} is complete"))
