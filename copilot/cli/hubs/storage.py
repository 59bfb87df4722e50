"""What the hub's commands over its receiver share: opening its storage, and the words for ages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import ResourceError, UsageError

if TYPE_CHECKING:
    from sync.receiver.storage import Storage


def storage_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--database`` and ``--key-env``: where the receiver keeps what devices hand in."""
    for option in (
        click.option(
            "--database",
            metavar="URL",
            envvar="COPILOT_HUB_DATABASE",
            help="postgresql://… instead of HUB_DIR/receiver.db; also from COPILOT_HUB_DATABASE.",
        ),
        click.option(
            "--key-env", metavar="NAME", help="Environment variable with the key that encrypts HUB_DIR/receiver.db."
        ),
    ):
        function = option(function)
    return function


@contextmanager
def opened(hub_dir: Path, database: str | None, key_env: str | None) -> Iterator[Storage]:
    """The storage of a hub's receiver.

    Raises:
        UsageError: There is no such folder, or the key's variable is not set.
        ResourceError: The hub extra is not installed.
        StoreError, NetworkError: It can't be opened.
    """
    if not hub_dir.is_dir():
        raise UsageError(f"There is no folder {hub_dir}.", f"Make a hub first: edge-copilot hub init {hub_dir}")
    key = None
    if key_env is not None:
        key = os.environ.get(key_env)
        if not key:
            raise UsageError(f"The environment variable {key_env} is not set.", "Set it to the key, then try again.")
    with hub_extra():
        from sync.receiver.storage import open_storage
    storage = open_storage(hub_dir, database, key)
    try:
        yield storage
    finally:
        storage.close()


@contextmanager
def hub_extra() -> Iterator[None]:
    """Say which packages are missing where they are.

    Raises:
        ResourceError: They are.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ResourceError(
            f"The hub's receiver needs a package that is not installed ({error.name}).",
            "Install it: pip install 'edge-copilot[hub]'",
        ) from error


def ago(time: timedelta | None) -> str:
    """An age in one word: "40 s", "5 min", "3 h", "2 days"; "never" for None."""
    if time is None:
        return "never"
    seconds = max(0.0, time.total_seconds())
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
