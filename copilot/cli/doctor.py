"""`edge-copilot doctor`: everything looked at, with a remedy for each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, write_json

if TYPE_CHECKING:
    from copilot.doctor import Finding
    from copilot.settings import Settings

FAULT_FOUND: Final = 9
_MARKS: Final = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "fault": ("FAULT", "red")}


@click.command()
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """Check this machine, the models and the index, and say what to mend.

    It changes nothing. The exit code is 0 where there is no fault, 9 where there is one; warnings are no faults.

    \b
    Examples:
      edge-copilot doctor
      edge-copilot doctor --json
    """
    from copilot.doctor import examine, worst

    findings = []
    for finding in examine(lambda: app.settings, app.data_dir_option, _embedder_name):
        findings.append(finding)
        if not as_json:
            _show(finding)
    status = worst(findings)
    if as_json:
        write_json({"status": status, "findings": [_as_dict(finding) for finding in findings]})
    return FAULT_FOUND if status == "fault" else 0


def _embedder_name(settings: Settings) -> str | None:
    from copilot.assembly import Assembly

    embedder = Assembly(settings).embedder
    return embedder.name if embedder is not None else None


def _show(finding: Finding) -> None:
    mark, colour = _MARKS[finding.status]
    click.echo(f"{click.style(f'{mark:<8}', fg=colour)}{finding.name}: {printable(finding.what)}")
    if finding.remedy:
        click.echo(f"        → {printable(finding.remedy)}")


def _as_dict(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "status": finding.status,
        "what": finding.what,
        "remedy": finding.remedy,
        "details": dict(finding.details),
    }
