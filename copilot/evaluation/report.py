"""The evaluation for people: a table for the terminal, and one HTML page with plots and every failing question."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, select_autoescape
from rich.table import Table

from copilot.answering.excerpts import place_of
from copilot.evaluation.runner import Outcome
from copilot.evaluation.summary import Change, EstimateJson, LatencyJson, Summary

SHARES: Final = (
    ("right page or section first", "hit_at_1"),
    ("… among the first five", "hit_at_5"),
    ("mean reciprocal rank (10)", "mrr_at_10"),
    ("all facts in the first passage", "facts_at_1"),
    ("… in the first three", "facts_at_3"),
    ("… in the first five", "facts_at_5"),
    ("answers with all facts", "correct"),
    ("citation precision", "citation_precision"),
    ("citation recall", "citation_recall"),
    ("abstention precision", "abstention_precision"),
    ("unanswerable refused", "abstention_recall"),
    ("answerable wrongly refused", "wrongly_abstained"),
    ("answers with anything unverified", "unverified"),
)
LATENCIES: Final = (
    ("first evidence", "first_evidence_ms"),
    ("first word", "first_token_ms"),
    ("whole answer", "total_ms"),
)


def as_table(summary: Summary, before: Summary | None = None) -> Table:
    """The figures as a table; a column for the baseline where there is one."""
    table = Table(title=f"{summary.name}: {summary.questions_asked} questions, {summary.model or 'quoted, no model'}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("95% interval", justify="right")
    table.add_column("n", justify="right")
    if before is not None:
        table.add_column("baseline", justify="right")

    def add(label: str, value: str, interval: str, n: int, earlier: str) -> None:
        table.add_row(label, value, interval, str(n), *([earlier] if before is not None else []))

    for label, name in SHARES:
        found: EstimateJson = getattr(summary, name)
        earlier: EstimateJson | None = getattr(before, name, None)
        interval = f"{found.low:.2f}–{found.high:.2f}" if found.low is not None else "–"
        add(label, _share(found), interval, found.n, _share(earlier))
    for label, name in LATENCIES:
        latency: LatencyJson = getattr(summary, name)
        add(f"{label}, p50 / p95", _latency(latency), "", latency.n, _latency(getattr(before, name, None)))
    for kind, share in summary.by_kind.items():
        add(f"right: {kind}", _share(share), "", share.n, _share(before.by_kind.get(kind) if before else None))
    add("peak memory", f"{summary.peak_rss_mb:.0f} MB", "", summary.questions_asked, "")
    return table


def _share(found: EstimateJson | None) -> str:
    return "–" if found is None or found.value is None else f"{found.value:.3f}"


def _latency(found: LatencyJson | None) -> str:
    if found is None or found.p50 is None or found.p95 is None:
        return "–"
    return f"{found.p50:.0f} / {found.p95:.0f} ms"


def write_report(
    folder: Path, summary: Summary, outcomes: Sequence[Outcome], before: Summary | None, differences: Sequence[Change]
) -> Path:
    """Write ``report.html`` into ``folder``: one file, no external requests."""
    environment = Environment(
        loader=PackageLoader("copilot.evaluation", "templates"), autoescape=select_autoescape(default=True)
    )
    failing = [outcome for outcome in outcomes if outcome.correct is False or outcome.cited_right is False]
    page = environment.get_template("report.html").render(
        summary=summary,
        before=before,
        shares=[(label, getattr(summary, name), getattr(before, name, None)) for label, name in SHARES],
        latencies=[(label, getattr(summary, name), getattr(before, name, None)) for label, name in LATENCIES],
        share=_share,
        latency=_latency,
        place_of=place_of,
        failing=failing,
        differences=differences,
        first_words=_curve([q.first_token_ms for q in summary.questions if q.first_token_ms is not None]),
        bars=_bars(summary),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    path.write_text(page, "utf-8")
    return path


def _bars(summary: Summary) -> list[tuple[str, float, float, float]]:
    """Label, value, low and high of every share that is known, for the plot."""
    found: Callable[[str], EstimateJson] = lambda name: getattr(summary, name)  # noqa: E731 - one expression, typed
    return [
        (label, share.value, share.low or 0.0, share.high or 0.0)
        for label, name in SHARES
        if (share := found(name)).value is not None
    ]


def _curve(values: Sequence[float], width: int = 600, height: int = 160) -> str:
    """Points of a cumulative distribution over a logarithmic axis from 10 ms to 100 s, for an SVG polyline."""
    if not values:
        return ""
    ordered = sorted(values)

    def point(at: int, value: float) -> str:
        x = (math.log10(min(max(value, 10), 100_000)) - 1) / 4 * width
        return f"{x:.1f},{height - (at + 1) / len(ordered) * height:.1f}"

    return " ".join(point(at, value) for at, value in enumerate(ordered))
