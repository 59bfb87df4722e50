"""Shows on stderr how far a sync is: a bar in bytes and time on a terminal, some lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from copilot.cli.output import printable, stderr_console

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from sync.device.fetching import Progress

_WORDS: Final = {"fetching": "fetching", "building": "building"}
_STEP: Final = 25  # per cent between two lines where there is no terminal
_WORTH_A_LINE: Final = 5 << 20  # bytes; what is smaller is over before it could be read


class SyncProgress:
    """Hands out `watch`."""

    def __init__(self) -> None:
        self._console = stderr_console()
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._about: tuple[str, str] = ("", "")
        self._told = -1

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                TextColumn("{task.fields[amount]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def watch(self, progress: Progress) -> None:
        """Show one report."""
        if progress.stage == "remark":
            self._console.print(printable(progress.text), soft_wrap=True)
        elif progress.stage in _WORDS and self._bars is not None:
            self._draw(progress)
        elif progress.stage == "fetching":
            self._count(progress)

    def _draw(self, progress: Progress) -> None:
        from copilot.catalogue import size_text

        assert self._bars is not None
        about = (progress.collection, progress.stage)
        if about != self._about or self._task is None:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._about = about
            label = printable(f"{progress.collection} {_WORDS[progress.stage]}")
            self._task = self._bars.add_task(label, total=None, amount="")
        amount = (
            f"{size_text(progress.done)} of {size_text(progress.total)}"
            if progress.stage == "fetching"
            else f"{progress.done} of {progress.total} documents"
        )
        self._bars.update(self._task, completed=progress.done, total=progress.total or None, amount=amount)

    def _count(self, progress: Progress) -> None:
        from copilot.catalogue import size_text

        if progress.total < _WORTH_A_LINE:
            return
        about = (progress.collection, progress.stage)
        if about != self._about:
            self._about, self._told = about, -1
        step = 100 * progress.done // progress.total // _STEP
        if step > self._told:
            self._told = step
            self._console.print(
                f"{printable(progress.collection)}: {size_text(progress.done)} of {size_text(progress.total)}",
                soft_wrap=True,
            )
