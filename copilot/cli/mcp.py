"""``edge-copilot mcp``: the documents as tools for assistants."""

from __future__ import annotations

import asyncio

import click

from copilot.cli.app import App, pass_app

_EPILOG = """\b
Examples:
  edge-copilot mcp
  edge-copilot mcp --no-llm
  edge-copilot mcp --http --port 8421

\b
An assistant that starts it by itself is told so in its settings:
  {"mcpServers": {"edge-copilot": {"command": "edge-copilot", "args": ["mcp"]}}}

\b
A running `edge-copilot serve` offers the same tools at /mcp, with its keys and its TLS.
"""


@click.command("mcp", epilog=_EPILOG)
@click.option("--http", "by_http", is_flag=True, help="Listen for HTTP on this machine, instead of standard input.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="With --http: where to listen.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8421, show_default=True, help="With --http: the port.")
@click.option("--no-llm", is_flag=True, help="Answer in the documents' own words, without a language model.")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option(
    "--restricted", is_flag=True, help="Show restricted collections, too: for an assistant that runs on this device."
)
@pass_app
def command(app: App, by_http: bool, host: str, port: int, no_llm: bool, tier: str | None, restricted: bool) -> None:
    """Let assistants search the documents, read passages, ask, and add notes.

    It speaks the Model Context Protocol. Restricted collections are left out unless --restricted says otherwise, since
    most assistants send what they read to a model elsewhere.
    """
    app.override("engine.tier", tier)
    app.override("mcp.restricted", restricted or None)
    settings = app.settings

    from copilot.assembly import Assembly
    from copilot.mcp import LocalHost, build_server
    from copilot.mcp.serving import over_http, over_stdio

    async def run() -> None:
        # The language model is loaded with the first question: an assistant may only ever search.
        async with Assembly(settings, stays_up=True) as assembly:
            server = build_server(LocalHost(assembly, use_model=not no_llm), restricted=settings.mcp.restricted)
            if by_http:
                await over_http(
                    server, host, port, lambda at: click.echo(f"Listening on {at}. Ctrl-C stops it.", err=True)
                )
            else:
                await over_stdio(server)

    asyncio.run(run())
