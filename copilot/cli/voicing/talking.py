"""A conversation in the terminal, by voice and with keys."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from copilot.assembly import Assembly
from copilot.cli.output import printable, stderr_console, stdout_console
from copilot.settings import Settings
from index.errors import AudioError, EdgeCopilotError

if TYPE_CHECKING:
    from copilot.cli.voicing.screen import Screen
    from copilot.voice.session import VoiceSession

_DRAW_S: Final = 0.1
_LOUDER: Final = 1.2
_FASTER: Final = 1.1


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants of a conversation.

    Attributes:
        collections: Where to look; empty: everywhere.
        conversation: Id of the one that it belongs to, or None.
        use_model: False answers by quoting alone.
        silent: Nothing is said aloud.
        muted: The microphone is off at first.
    """

    collections: tuple[str, ...] = ()
    conversation: str | None = None
    use_model: bool = True
    silent: bool = False
    muted: bool = False


def talk(settings: Settings, wishes: Wishes) -> int:
    """Talk until the person ends it.

    Raises:
        ModelError: What listening needs isn't here.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_talk(settings, wishes))
    return 0


async def _talk(settings: Settings, wishes: Wishes) -> None:
    from rich.live import Live

    from copilot.cli.voicing.keys import keys
    from copilot.cli.voicing.screen import Screen

    console = stdout_console()
    async with Assembly(settings) as assembly:
        if wishes.use_model:
            assembly.begin_loading()
        with contextlib.suppress(EdgeCopilotError):  # told when alarms are asked for
            if assembly.live.configured:
                assembly.live.start()
        voice = assembly.voice
        session, notice = voice.session(
            voice.microphone(),
            None if wishes.silent else voice.loudspeaker(),
            collections=wishes.collections,
            conversation=wishes.conversation or assembly.conversations.begin(),
            use_model=wishes.use_model,
        )
        for line in filter(None, (notice, *assembly.notices)):
            stderr_console().print(printable(line), style="yellow")
        screen = Screen(console, status=console.is_terminal)
        hand = _Hand(session, screen)
        if wishes.muted:
            await session.mute(True)
            hand.muted = True
        with (
            keys(hand.take) as has_keys,
            Live(screen.status(), console=console, auto_refresh=False, transient=True)
            if console.is_terminal
            else contextlib.nullcontext() as live,
        ):
            if has_keys and console.is_terminal:
                console.print("space talks · m microphone · s stop · + - volume · < > speed · q ends", style="dim")
            drawing = asyncio.create_task(_draw(live, screen)) if live is not None else None
            try:
                async for event in session.events():
                    screen.take(event)
            finally:
                if drawing is not None:
                    drawing.cancel()


async def _draw(live: object, screen: Screen) -> None:
    from rich.live import Live

    assert isinstance(live, Live)
    while True:
        live.update(screen.status(), refresh=True)
        await asyncio.sleep(_DRAW_S)


class _Hand:
    """What the keys do."""

    def __init__(self, session: VoiceSession, screen: Screen) -> None:
        self._session = session
        self._screen = screen
        self._talking = False
        self._doing: set[asyncio.Task[None]] = set()
        self.muted = False

    def take(self, key: str) -> None:
        """A key was pressed."""
        speaker = self._session.speaker
        match key:
            case " ":
                # A terminal doesn't tell when a key comes up.
                self._talking = not self._talking
                (self._session.press if self._talking else self._session.release)()
            case "m" | "M":
                self.muted = not self.muted
                self._do(self._session.mute(self.muted))
            case "s" | "S" | "\x1b":
                self._session.stop()
            case "q" | "Q" | "\x04":
                self._do(self._session.close())
            case "+" | "=" if speaker is not None:
                speaker.volume *= _LOUDER
            case "-" if speaker is not None:
                speaker.volume /= _LOUDER
            case ">" | "." if speaker is not None:
                speaker.speed *= _FASTER
            case "<" | "," if speaker is not None:
                speaker.speed /= _FASTER
            case _:
                pass

    def _do(self, work: Awaitable[None]) -> None:
        async def do() -> None:
            with contextlib.suppress(AudioError):
                await work

        task = asyncio.create_task(do())
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
