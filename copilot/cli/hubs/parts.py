"""What the commands of a hub share: its folder, the root keys, the embedder, and words about bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from copilot.cli.output import printable
from index.errors import ModelMissing, UsageError

if TYPE_CHECKING:
    from copilot.cli.app import App
    from index.embedding.base import Embedder
    from sync.hub.folder import HubFolder

F = TypeVar("F", bound=Callable[..., Any])

hub_argument = click.argument("hub_dir", metavar="HUB_DIR", type=click.Path(file_okay=False, path_type=Path))


def root_keys_options(function: F) -> F:
    """Add the options that say where the root keys are."""
    function = click.option(
        "--root-passphrase-env", metavar="NAME", help="Environment variable with the passphrase of the root keys."
    )(function)
    return click.option(
        "--root-keys-dir",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Where the root keys are, when they are not in HUB_DIR/keys/root.",
    )(function)


def open_hub(hub_dir: Path, root_keys_dir: Path | None = None, passphrase_env: str | None = None) -> HubFolder:
    """Return the hub; its folder is looked at when it is used."""
    from sync.hub.folder import HubFolder

    return HubFolder(hub_dir, root_keys=root_keys_dir, passphrase=lambda: _passphrase(passphrase_env))


def new_passphrase(passphrase_env: str | None, ask: bool) -> str | None:
    """Return the passphrase for keys that are to be made; None leaves them plain."""
    if passphrase_env is not None:
        return _passphrase(passphrase_env)
    if not ask:
        return None
    given: str = click.prompt("Passphrase of the root keys", hide_input=True, confirmation_prompt=True, err=True)
    return given


def hub_embedder(app: App, hub: HubFolder) -> Embedder | None:
    """Build the embedder as a device does.

    Without its model, devices get documents that they search by words; a fleet that has vectors already never loses
    them that way.

    Raises:
        ModelMissing: What is served has vectors, and the model that makes them is not here.
    """
    from copilot.catalogue import open_catalogue, open_store
    from copilot.library.embedding import build_embedder

    if not any(collection.kind == "documents" for collection in hub.settings().collections.values()):
        return None
    catalogue = open_catalogue(app.settings)
    try:
        return build_embedder(app.settings, catalogue, open_store(app.settings, catalogue))
    except ModelMissing as error:
        if _serves_vectors(hub):
            raise
        tell(f"{error.message} Documents go out without vectors, and devices search them by words. {error.remedy}")
        return None


def tell(text: str) -> None:
    """Print a remark on stderr."""
    click.echo(printable(text), err=True)


def amount(count: float) -> str:
    """Return a number of bytes for people: "3.4 MB"."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("GB ends it")


def _serves_vectors(hub: HubFolder) -> bool:
    from sync.format import Publication

    signing = hub.signing()
    contents = [signing.publication(name) for name in signing.delegated()] if signing.exists else []
    return any(Publication.decode(content).embedder is not None for content in contents if content)


def _passphrase(variable: str | None) -> str | None:
    if variable is not None:
        given = os.environ.get(variable)
        if not given:
            raise UsageError(f"The environment variable {variable} is not set.", "Set it to the passphrase.")
        return given
    if not sys.stdin.isatty():
        return None
    asked: str = click.prompt("Passphrase of the root keys", hide_input=True, err=True)
    return asked
