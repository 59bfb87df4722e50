"""``edge-copilot usage``: what larger models cost."""

from __future__ import annotations

from datetime import date, timedelta

import click

from copilot.cli.app import App, json_option, pass_app


@click.command("usage")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Look back so many days.")
@json_option
@pass_app
def command(app: App, days: int, as_json: bool) -> None:
    """Show tokens and money by day, endpoint and person.

    Budgets are set by route.tokens_per_day and route.money_per_day, prices by the endpoints.

    \b
    Examples:
      edge-copilot usage
      edge-copilot usage --days 7 --json
    """
    from copilot.assembly import Assembly
    from copilot.cli.output import printable, stdout_console, write_json

    spending = Assembly(app.settings).routing.spending
    rows = spending.rows(date.today() - timedelta(days=days - 1))
    spending.close()
    route = app.settings.route
    if as_json:
        write_json(
            {
                "budget": {"tokens_per_day": route.tokens_per_day, "money_per_day": route.money_per_day},
                "usage": [
                    {
                        "day": row.day.isoformat(),
                        "endpoint": row.endpoint,
                        "person": row.person or None,
                        "requests": row.requests,
                        "prompt_tokens": row.cost.prompt_tokens,
                        "reply_tokens": row.cost.reply_tokens,
                        "money": round(row.cost.money, 6),
                    }
                    for row in rows
                ],
            }
        )
        return
    if not rows:
        click.echo(f"Nothing was sent in the last {days} days.", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("day", "endpoint", "person"):
        table.add_column(heading)
    for heading in ("requests", "tokens sent", "written", "money"):
        table.add_column(heading, justify="right")
    for row in rows:
        cost = row.cost
        table.add_row(
            row.day.isoformat(),
            row.endpoint,
            printable(row.person),
            f"{row.requests:,}",
            f"{cost.prompt_tokens:,}",
            f"{cost.reply_tokens:,}",
            f"{cost.money:.4f}",
        )
    stdout_console().print(table)
