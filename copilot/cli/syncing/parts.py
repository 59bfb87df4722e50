"""What the commands of `sync` share."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from copilot.cli.app import App

if TYPE_CHECKING:
    from copilot.assembly import Assembly
    from copilot.syncing.parts import Syncing
    from sync.device.report import Report


def assembled(app: App) -> tuple[Assembly, Syncing]:
    """Return the application's parts and sync over them."""
    from copilot.assembly import Assembly

    assembly = Assembly(app.settings)
    return assembly, assembly.syncing


def report_json(report: Report) -> dict[str, object]:
    """Return what ``sync now --json`` prints; see docs/json.md.

    At the top stand the numbers of the one collection; of several, the highest and the sums.
    """
    here = [one for one in report.outcomes if one.generation is not None]
    previous = [one.previous for one in here if one.previous is not None]
    return {
        "generation": max((one.generation for one in here if one.generation is not None), default=None),
        "previous": max(previous, default=None),
        "fetched_bytes": report.fetched_bytes,
        "changed_documents": sum(one.changed_documents for one in report.outcomes),
        "removed_documents": sum(one.removed_documents for one in report.outcomes),
        "took_s": report.took_s,
        "collections": [
            {
                "collection": one.collection,
                "generation": one.generation,
                "previous": one.previous,
                "fetched_bytes": one.fetched_bytes,
                "changed_documents": one.changed_documents,
                "removed_documents": one.removed_documents,
                "note": one.note,
            }
            for one in report.outcomes
        ],
    }


def report_lines(report: Report) -> list[str]:
    """Return the same in sentences."""
    from copilot.catalogue import size_text

    lines = []
    for one in report.outcomes:
        if one.generation is None:
            lines.append(f"{one.collection}: removed, {one.note}.")
        elif one.generation == one.previous:
            how = "stays at" if one.note else "up to date,"
            lines.append(f"{one.collection}: {how} generation {one.generation}.")
        else:
            since = f" (before: {one.previous})" if one.previous is not None else ""
            count = one.changed_documents
            lines.append(
                f"{one.collection}: generation {one.generation}{since}, {count} document{'s' if count != 1 else ''} "
                f"new or changed, {one.removed_documents} removed."
            )
    if not report.outcomes:
        lines.append("The hub has nothing for this device yet.")
    lines.append(f"{size_text(report.fetched_bytes)} fetched in {report.took_s:.1f} s.")
    return lines


def quiet_close(assembly: Assembly) -> None:
    """Close what a command has opened of the assembly."""
    with suppress(AttributeError):
        if "store" in assembly.__dict__:
            assembly.store.close()
