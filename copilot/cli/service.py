"""``edge-copilot serve --install``: the same call, made by systemd."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App

if TYPE_CHECKING:
    from copilot.settings.serve import ServeSettings


def install_service(
    app: App, service_user: str | None, *, no_llm: bool, tier: str | None, start: bool, only_print: bool
) -> None:
    """Install the endpoint as a service with the options that were given.

    Raises:
        UsageError: It can't be installed so.
        ReadOnlyData: The unit file can't be written.
    """
    from copilot.http.installing import Service, install, program, whom
    from copilot.http.serving import check
    from copilot.settings.paths import absolute
    from index.errors import UsageError

    user, their_data = whom(service_user, os.environ)
    if app.data_dir_option is None:
        app.data_dir_option = their_data
    settings = app.settings
    if not settings.data_dir.is_dir():
        raise UsageError(
            f"There is no data directory at {settings.data_dir}.",
            "Ingest documents first, as the user that the service runs under, or name the directory with --data-dir.",
        )
    check(settings)
    config = ("--config", str(absolute(app.config_option))) if app.config_option is not None else ()
    command = (*program(), "--data-dir", str(settings.data_dir), *config, "serve", *_options(app, settings.serve))
    service = Service(
        scope="user" if user is None else "system",
        command=(*command, *(("--no-llm",) if no_llm else ()), *(("--tier", tier) if tier else ())),
        data_dir=settings.data_dir,
        port=settings.serve.port,
        user=user,
        stop_s=settings.serve.shutdown_s,
    )
    if only_print:
        click.echo(service.unit(), nl=False)
        return
    install(service, click.echo, start=start)


def _options(app: App, serve: ServeSettings) -> list[str]:
    """What the command line said, with whole paths: what settings say is read again by the service itself."""
    from copilot.settings.paths import absolute

    given: list[str] = []
    for name in ("host", "port", "tls_cert", "tls_key"):
        if app.settings.origin(f"serve.{name}").kind == "flag":
            value = getattr(serve, name)
            given += [f"--{name.replace('_', '-')}", str(absolute(value) if name.startswith("tls") else value)]
    return given
