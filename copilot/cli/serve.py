"""``edge-copilot serve``: the HTTP endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from copilot.cli.app import App, pass_app
from index.errors import ResourceError

_EPILOG = """\b
Examples:
  edge-copilot serve
  edge-copilot serve --port 9000 --no-llm
  edge-copilot serve --host 0.0.0.0 --tls-cert hmi.pem --tls-key hmi.key
  edge-copilot serve --install
  curl -s localhost:8420/v1/search -H 'content-type: application/json' -d '{"query": "F0012"}'
"""


@click.command("serve", epilog=_EPILOG)
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1, or serve.host]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on.  [default: 8420, or serve.port]")
@click.option("--tls-cert", type=click.Path(dir_okay=False, path_type=Path), help="Certificate with its chain, PEM.")
@click.option("--tls-key", type=click.Path(dir_okay=False, path_type=Path), help="The certificate's key, PEM.")
@click.option("--no-llm", is_flag=True, help="Answer in the documents' own words, without a language model.")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option("--install", is_flag=True, help="Let systemd start it with the machine, shut in and watched.")
@click.option("--service-user", metavar="NAME", help="With --install, as root: under whom it runs.  [default: sudo's]")
@click.option("--no-start", is_flag=True, help="With --install: write the service, but do not start it.")
@click.option("--print-unit", is_flag=True, help="Print the service that --install would write, and write nothing.")
@pass_app
def command(
    app: App,
    host: str | None,
    port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    no_llm: bool,
    tier: str | None,
    install: bool,
    service_user: str | None,
    no_start: bool,
    print_unit: bool,
) -> None:
    """Let programs on this machine, or in its network, ask by HTTP.

    Only this machine can ask by default, without a key. On any other address TLS and keys are needed.
    """
    app.override("serve.host", host)
    app.override("serve.port", port)
    app.override("serve.tls_cert", tls_cert)
    app.override("serve.tls_key", tls_key)
    app.override("engine.tier", tier)
    if install or print_unit:
        from copilot.cli.service import install_service

        install_service(app, service_user, no_llm=no_llm, tier=tier, start=not no_start, only_print=print_unit)
        return
    settings = app.settings

    with serve_extra():
        from copilot.cli.mounting import mounts_of
        from copilot.http.app import build_app
        from copilot.http.serving import check, run, server

    check(settings)
    run(
        server(build_app(settings, use_model=not no_llm, mounts=mounts_of(settings)), settings),
        lambda address: click.echo(f"Listening on {address}. Ctrl-C stops it.", err=True),
    )


@contextmanager
def serve_extra() -> Iterator[None]:
    """Say which packages are missing where they are.

    Raises:
        ResourceError: They are.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ResourceError(
            f"The endpoint needs a package that is not installed ({error.name}).",
            "Install it: pip install 'edge-copilot[serve]'",
        ) from error
