"""``edge-copilot tui``: the terminal UI; what `edge-copilot` alone opens in a terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import click

from copilot.cli.app import App, pass_app

_EPILOG = """\b
Examples:
  edge-copilot
  edge-copilot tui --theme night --touch
  edge-copilot tui --language de
  edge-copilot tui --screen-reader
  edge-copilot tui --web --port 8100

\b
F1 helps on every screen, F2 to F8 go from one to another, Ctrl-Q leaves.
"""


@click.command("tui", epilog=_EPILOG)
@click.option(
    "--theme", type=click.Choice(["auto", "sunlight", "night", "workshop", "plain"]), help="Colours to begin with."
)
@click.option("--touch/--no-touch", default=None, help="Make everything that can be touched three rows high.")
@click.option("--language", metavar="CODE", help="Language of the screens, such as de; default: the system's.")
@click.option("--screen-reader", is_flag=True, help="Print everything line after line, for a screen reader.")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option("--web", is_flag=True, help="Show it in a browser on this machine (needs the web extra).")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help="With --web: the port.")
@pass_app
def command(
    app: App,
    theme: str | None,
    touch: bool | None,
    language: str | None,
    screen_reader: bool,
    tier: str | None,
    web: bool,
    port: int,
) -> int:
    """Open the terminal UI: ask, read, take notes, walk through procedures, keep the device up to date."""
    app.override("tui.theme", theme)
    app.override("tui.touch", touch)
    app.override("tui.language", language)
    app.override("tui.screen_reader", screen_reader or None)
    app.override("engine.tier", tier)
    if web:
        return _serve(app, port, [("--theme", theme), ("--language", language), ("--tier", tier)], touch)
    return open_ui(app, given=theme is not None or touch is not None)


def open_ui(app: App, *, given: bool = False) -> int:
    """Open it in this terminal.

    Args:
        app: With the settings.
        given: Whether theme or touch mode were named, so that what was chosen last time doesn't hold.

    Raises:
        UsageError: This is no terminal.
    """
    from index.errors import UsageError

    settings = app.settings
    if settings.tui.screen_reader:
        from copilot.tui.plain.session import run as run_plain

        return run_plain(settings)
    in_browser = os.environ.get("TEXTUAL_DRIVER") is not None
    if not in_browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The terminal UI needs a terminal.", "Ask a single question instead: edge-copilot ask QUESTION"
        )
    if settings.tui.pictures and not in_browser:
        # It asks the terminal what it can show, which must be over before the screens take the keyboard.
        import textual_image.renderable  # noqa: F401
    from copilot.tui.app import run

    return run(settings, fresh=given)


def _serve(app: App, port: int, options: list[tuple[str, str | None]], touch: bool | None) -> int:
    from index.errors import ResourceError

    try:
        from copilot.tui.web.serving import serve
    except ModuleNotFoundError as error:
        raise ResourceError(
            f"The browser view needs a package that is not installed: {error.name}.",
            "Install it: pip install 'edge-copilot[web]'",
        ) from error
    words = [sys.executable, "-m", "copilot.cli.main"]
    if app.data_dir_option is not None:
        words += ["--data-dir", str(app.data_dir_option)]
    if app.config_option is not None:
        words += ["--config", str(app.config_option)]
    words.append("tui")
    for name, value in options:
        words += [name, value] if value is not None else []
    words += ["--touch"] if touch else ["--no-touch"] if touch is not None else []
    quoted = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
    serve(quoted, port, lambda address: click.echo(f"Open {address} in a browser on this machine; Ctrl-C ends it."))
    return 0
