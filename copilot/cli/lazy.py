"""A command group that imports a command's module only when that command is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from index.errors import ResourceError


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command lives, and the line that stands for it in the list of commands.

    Attributes:
        target: ``module:attribute``; the attribute is a `click.Command`.
        summary: One line, shown by the group's ``--help`` without importing the module.
    """

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import the module and return its command.

        Raises:
            ResourceError: A package that the command stands on is not installed.
        """
        module_name, _, attribute = self.target.partition(":")
        try:
            loaded = getattr(import_module(module_name), attribute)
        except ModuleNotFoundError as error:
            raise ResourceError(
                f"This command can't start: the Python module “{error.name}” is not installed.",
                "Install Edge Copilot again: pip install --upgrade edge-copilot",
            ) from error
        if not isinstance(loaded, click.Command):
            raise TypeError(f"{self.target} is not a click command")
        return loaded


class LazyGroup(click.Group):
    """Knows its commands by name and summary; loads one when it is asked for."""

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the map: the order in which a newcomer needs them."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command of this name; None where there is none."""
        lazy = self._lazy.get(cmd_name)
        return lazy.load() if lazy else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the command, suggesting the nearest name where there is none."""
        if args and args[0] not in self._lazy and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self._lazy, n=1)
            hint = f" Did you mean “{near[0]}”?" if near else ""
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the map alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self._lazy.items()])
