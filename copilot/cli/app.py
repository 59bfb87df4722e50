"""What the command line hands to each of its commands."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from copilot.settings import Settings


class App:
    """The global options and, on first use, the settings.

    A command receives it with `pass_app`::

        @click.command()
        @click.option("--tier")
        @pass_app
        def command(app: App, tier: str | None) -> None:
            app.override("engine.tier", tier)
            ... app.settings ...

    Attributes:
        json_output: True where ``--json`` was given; failures are then told as JSON too.
        verbose: How often ``-v`` was given.
    """

    def __init__(self) -> None:
        self.data_dir_option: Path | None = None
        self.config_option: Path | None = None
        self.verbose = 0
        self.json_output = False
        self._overrides: dict[str, object] = {}

    def override(self, key: str, value: object | None) -> None:
        """Let a flag take the place of a setting; None, a flag that was not given, changes nothing.

        Args:
            key: Dotted key, such as ``engine.tier``.
            value: What the flag said.

        Raises:
            RuntimeError: The settings have been read already.
        """
        if value is None:
            return
        if "settings" in self.__dict__:
            raise RuntimeError(f"{key} overridden after the settings were read")
        self._overrides[key] = value

    @cached_property
    def settings(self) -> Settings:
        """The settings, read and checked on first use; logging is set up by them.

        Raises:
            UsageError: A setting is unknown or out of bounds.
        """
        from copilot.logs import configure_logging
        from copilot.settings import Settings

        settings = Settings.load(self.config_option, self.data_dir_option, self._overrides)
        configure_logging(settings.logs_dir, settings.log.level, echo=self.verbose)
        return settings


pass_app = click.make_pass_decorator(App)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
"""``--json`` for every command that yields data; the command receives ``as_json``."""
