"""Speaking into a field: a key begins, the same key ends, for a terminal doesn't tell when a key is let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from copilot.printing import printable
from copilot.tui.faults import told
from copilot.tui.words import said, tr

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from copilot.tui.app import CopilotApp
    from copilot.voice.listening.listener import SourceListener

_GROUP = "dictating"


class Dictation:
    """What is being said, and where it goes.

    Args:
        app: For telling what happens.
        into: The field.
    """

    def __init__(self, app: CopilotApp, into: Input | TextArea) -> None:
        self._app = app
        self._into = into
        self._listener: SourceListener | None = None
        self._ended = False

    def end(self) -> None:
        """That was all."""
        self._ended = True
        if self._listener is not None:
            self._listener.release()

    async def listen(self) -> None:
        """Listen until `end`, and put what was said into the field."""
        from copilot.voice.values import Heard, ListeningProblem, NotSpeech

        try:
            services = self._app.services
            voice = (await services.assembly()).voice
            listener = self._listener = await services.off(lambda: voice.listener(voice.microphone()))
            listener.mode = "push-to-talk"
            listener.press()
            self._app.announce(tr("Listening … press the key again to end."), seconds=30)
            if self._ended:
                listener.release()
            async for event in listener.events():
                if isinstance(event, Heard):
                    self._insert(event.text)
                    break
                if isinstance(event, NotSpeech):
                    self._app.announce(tr("Nothing was understood."))
                    break
                if isinstance(event, ListeningProblem):
                    self._app.announce(said(f"{event.message} {event.remedy}".strip()), bad=True)
                    break
        except Exception as error:
            message, remedy = told(error)
            self._app.announce(f"{message} {remedy}".strip(), bad=True)
        finally:
            if self._listener is not None:
                await self._listener.close()
            self._app.dictation = None

    def _insert(self, text: str) -> None:
        heard = printable(text).strip()
        if not heard or not self._into.is_attached:
            return
        if isinstance(self._into, Input):
            before = self._into.value[: self._into.cursor_position]
            self._into.insert_text_at_cursor((" " if before and not before.endswith(" ") else "") + heard)
        else:
            self._into.insert(heard + " ")
        self._into.focus()


def dictate(app: CopilotApp, into: Input | TextArea) -> None:
    """Begin, or end what was begun."""
    if app.dictation is not None:
        app.dictation.end()
        return
    dictation = app.dictation = Dictation(app, into)
    app.run_worker(dictation.listen(), group=_GROUP, exclusive=True)
