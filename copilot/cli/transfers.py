"""Shows on stderr how far a pull, an import or a verification is: a bar on a terminal, some lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from copilot.cli.output import printable, stderr_console

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from copilot.catalogue import Progress

_WORDS: Final = {
    "checking": "looking at what is here",
    "downloading": "fetching",
    "copying": "copying",
    "joining": "joining",
    "verifying": "checking",
}
_STEP: Final = 25  # per cent between two lines where there is no terminal
_WORTH_A_LINE: Final = 50 << 20  # bytes; what is smaller is over before it could be read


class Transfers:
    """Hands out `watch`, to be called from any thread."""

    def __init__(self) -> None:
        self._console = stderr_console()
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._about: tuple[str, str] = ("", "")
        self._told = -1

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
                TransferSpeedColumn,
            )

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def watch(self, progress: Progress) -> None:
        """Show one report."""
        if progress.stage in ("remark", "waiting"):
            self._say(f"{progress.model_id}: {progress.text}" if progress.model_id else progress.text)
        elif progress.stage == "done":
            self._finish()
            self._say(f"{progress.model_id}: {progress.text}")
        elif self._bars is not None:
            self._draw(progress)
        else:
            self._count(progress)

    def _draw(self, progress: Progress) -> None:
        assert self._bars is not None
        about = (progress.model_id, progress.stage)
        if about != self._about or self._task is None:
            self._finish()
            self._about = about
            label = printable(" ".join(filter(None, (progress.model_id, _WORDS[progress.stage]))))
            # What had arrived before is no speed of today's.
            self._task = self._bars.add_task(label, total=None, completed=progress.done_bytes)
        self._bars.update(self._task, completed=progress.done_bytes, total=progress.total_bytes or None)

    def _finish(self) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
        self._task = None

    def _count(self, progress: Progress) -> None:
        from copilot.catalogue import size_text

        if progress.total_bytes < _WORTH_A_LINE:
            return
        about = (progress.model_id, progress.stage)
        if about != self._about:
            self._about, self._told = about, -1
        step = 100 * progress.done_bytes // progress.total_bytes // _STEP
        if step > self._told:
            self._told = step
            self._say(
                f"{progress.model_id}: {_WORDS[progress.stage]}, {min(100, step * _STEP)} % of "
                f"{size_text(progress.total_bytes)}"
            )

    def _say(self, text: str) -> None:
        self._console.print(printable(text), soft_wrap=True)
