"""`edge-copilot config`: what is set, where it comes from, and a file to begin with."""

from __future__ import annotations

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import json_text, printable, write_json
from index.errors import UsageError


@click.group()
def command() -> None:
    """Show the settings and where each comes from.

    Settings come from copilot.toml, from environment variables (search.k is EDGE_COPILOT_SEARCH__K) and from flags;
    the later go first.
    """


@command.command()
@json_option
@pass_app
def show(app: App, as_json: bool) -> None:
    """Print every setting with its value and origin.

    \b
    Examples:
      edge-copilot config show
      edge-copilot --config site.toml config show --json
    """
    from copilot.settings.report import describe

    rows = describe(app.settings)
    if as_json:
        write_json(
            {
                "config_file": app.settings.config_file,
                "settings": [
                    {
                        "key": row.key,
                        "value": row.value,
                        "origin": row.origin.kind,
                        "source": row.origin.name or None,
                        "line": row.origin.line,
                    }
                    for row in rows
                ],
            }
        )
        return
    width = max(len(row.key) for row in rows)
    for row in rows:
        value = "" if row.value is None else row.value if isinstance(row.value, str) else json_text(row.value)
        click.echo(printable(f"{row.key:<{width}}  {value!s:<24}  {row.origin}"))


@command.command()
@pass_app
def path(app: App) -> None:
    """Print the path of the settings file, whether or not it exists.

    \b
    Example:
      edge-copilot config path
    """
    from copilot.settings import config_path

    click.echo(str(config_path(app.config_option, app.data_dir_option)[0]))


@command.command()
@click.option("--force", is_flag=True, help="Replace the file that is there.")
@pass_app
def init(app: App, force: bool) -> None:
    """Write a settings file with every key explained and commented out.

    \b
    Example:
      edge-copilot config init
    """
    from copilot.settings import config_path
    from copilot.settings.report import commented_file

    # Found without reading the settings: the file may not exist yet, or be the broken one that is to be replaced.
    target, _ = config_path(app.config_option, app.data_dir_option)
    if target.exists() and not force:
        raise UsageError(f"There is a settings file already: {target}", "Replace it with --force.")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    fresh.write_text(commented_file(), encoding="utf-8")
    fresh.replace(target)
    click.echo(str(target))
