"""A conversation in plain lines: type a question, or a command that begins with a slash."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TextIO

from copilot.printing import printable
from copilot.tui.faults import told
from copilot.tui.words import mark, ntr, said, speak, tr

if TYPE_CHECKING:
    from copilot.answering.events import Answer
    from copilot.assembly import Assembly
    from copilot.settings import Settings
    from index.passages import Passage

_HELP: Final = (
    ("/open N", mark("read what is cited of source N")),
    ("/section", mark("read the whole section that it stands in")),
    ("/next, /previous", mark("the next or the previous source")),
    ("/passages", mark("name the passages that were found")),
    ("/note TEXT", mark("keep a note; without a text, the last answer")),
    ("/notes WORDS", mark("find notes")),
    ("/conversations WORDS", mark("list conversations")),
    ("/resume ID", mark("go on with a conversation")),
    ("/new", mark("begin a new conversation")),
    ("/documents", mark("list the documents")),
    ("/status", mark("how things stand")),
    ("/health", mark("what the doctor finds")),
    ("/cloud QUESTION", mark("ask a larger model")),
    ("/local QUESTION", mark("stay on this device")),
    ("/help", mark("say this again")),
    ("/quit", mark("leave")),
)


def run(settings: Settings, lines: TextIO | None = None, out: Callable[[str], None] | None = None) -> int:
    """Read lines and answer them until the end.

    Args:
        settings: Of the data directory.
        lines: Where questions come from; default: the keyboard.
        out: Where every line goes; default: stdout.
    """
    speak(settings.tui.language, settings.data_dir / "locale")
    return Session(settings, out or _print).run(lines)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Session:
    """What was said, and what can be opened of it."""

    def __init__(self, settings: Settings, out: Callable[[str], None]) -> None:
        self._settings = settings
        self._out = out
        self._conversation: str | None = None
        self._sources: list[tuple[Passage, str]] = []
        self._at = 0
        self._last: tuple[str, Answer] | None = None

    def say(self, text: str) -> None:
        """Print lines, without anything that a terminal would obey."""
        for line in printable(text).split("\n"):
            self._out(line)

    def run(self, lines: TextIO | None) -> int:
        """Until /quit or the end of the input."""
        from copilot.assembly import Assembly

        with asyncio.Runner() as runner:
            assembly = Assembly(self._settings)
            try:
                assembly.begin_loading()
                self.say(tr("Ask, or type /help. Control C stops an answer."))
                while (line := self._read(lines)) is not None:
                    line = line.strip()
                    if line in ("/quit", "/q"):
                        break
                    if line:
                        self._take(runner, assembly, line)
            finally:
                runner.run(assembly.close())
        return 0

    def _read(self, lines: TextIO | None) -> str | None:
        if lines is not None:
            line = lines.readline()
            return line or None
        try:
            return input()
        except (EOFError, KeyboardInterrupt):
            return None

    def _take(self, runner: asyncio.Runner, assembly: Assembly, line: str) -> None:
        word, _, rest = line.partition(" ")
        work: Coroutine[Any, Any, None]
        if word in ("/cloud", "/local"):
            work = self._ask(assembly, rest.strip(), word[1:])
        elif word.startswith("/"):
            work = self._command(assembly, word[1:], rest.strip())
        else:
            work = self._ask(assembly, line, "auto")
        try:
            runner.run(work)
        except KeyboardInterrupt:
            self.say(tr("Stopped."))
        except Exception as error:
            message, remedy = told(error)
            self.say(f"{message} {remedy}".strip())

    async def _ask(self, assembly: Assembly, question: str, wish: str) -> None:
        from contextlib import aclosing

        from copilot.answering.events import Answer, Evidence, Route
        from copilot.answering.flow import AskOptions
        from copilot.tui.reading.own_words import said_place_of
        from index.passages import SearchFilter

        copilot = await asyncio.to_thread(assembly.copilot)
        if self._conversation is None:
            self._conversation = assembly.conversations.begin()
        options = AskOptions(
            k=self._settings.search.k,
            filter=SearchFilter(self._settings.search.collections),
            conversation=self._conversation,
            wish=wish,  # type: ignore[arg-type]
        )
        with _interruptible():
            async with aclosing(copilot.ask(question, options)) as flow:
                async for event in flow:
                    match event:
                        case Evidence(result=result):
                            self._sources = [(one, "") for one in result.passages]
                            self._at = -1
                            count = len(result.passages)
                            self.say(ntr("{count} passage found.", "{count} passages found.", count))
                            for notice in result.notices:
                                self.say(said(notice))
                            if result.passages:
                                self.say(tr("The best: {place}.", place=said_place_of(result.passages[0])))
                        case Route(target="cloud" | "queue" | "quotes", reason=reason):
                            self.say(said(reason))
                        case Answer():
                            self._told(question, event)

    def _told(self, question: str, answer: Answer) -> None:
        from copilot.tui.reading.own_words import said_answer, said_place

        self._last = (question, answer)
        self.say(tr("Answer:"))
        self.say(said_answer(answer.text, answer.status, answer.citations))
        if answer.unverified:
            claims = ", ".join(answer.unverified)
            self.say(tr("Not found in the cited passage: {claims}. Check before you rely on it.", claims=claims))
        for one in answer.citations:
            where = said_place(one.passage, one.page)
            self.say(tr("Source {number}: {place}.", number=one.n, place=where))
        for notice in answer.notices:
            self.say(said(notice))
        if answer.citations:
            self._sources = [(one.passage, one.quote) for one in answer.citations]
        self.say(tr("End of the answer."))

    async def _command(self, assembly: Assembly, word: str, rest: str) -> None:
        commands: dict[str, Callable[[], None]] = {
            "open": lambda: self._open(assembly, int(rest) - 1 if rest.isdigit() else 0),
            "next": lambda: self._open(assembly, self._at + 1),
            "previous": lambda: self._open(assembly, self._at - 1),
            "section": lambda: self._open(assembly, self._at, True),
            "passages": self._passages,
            "note": lambda: self._note(assembly, rest),
            "notes": lambda: self._notes(assembly, rest),
            "conversations": lambda: self._conversations(assembly, rest),
            "resume": lambda: self._resume(assembly, rest),
            "new": self._new,
            "documents": self._documents,
            "health": self._health,
            "status": lambda: self._status(assembly),
            "help": self._help,
        }
        if word not in commands:
            self.say(tr("There is no command /{word}. Type /help.", word=word))
            return
        await asyncio.to_thread(commands[word])

    def _help(self) -> None:
        for command, what in _HELP:
            self.say(f"{command}: {tr(what)}.")

    def _open(self, assembly: Assembly, at: int, section: bool = False) -> None:
        from copilot.tui.reading.documents import open_section
        from copilot.tui.reading.own_words import said_place_of

        if not self._sources:
            self.say(tr("There is no source yet: ask something."))
            return
        self._at = at % len(self._sources)
        passage, quote = self._sources[self._at]
        opened = open_section(assembly.store, passage, quote)
        self.say(
            tr(
                "Source {number} of {count}: {place}.",
                number=self._at + 1,
                count=len(self._sources),
                place=said_place_of(passage),
            )
        )
        whole = not opened.marked or (opened.marked[0][0], opened.marked[-1][1]) == (0, len(opened.text))
        if whole or section:
            self.say(opened.text.strip())
        else:
            for start, end in opened.marked:
                self.say(opened.text[start:end])
            self.say(tr("That is the marked part; /section reads all of it."))
            return
        self.say(tr("End of the section."))

    def _passages(self) -> None:
        from copilot.tui.reading.own_words import said_place_of

        for number, (passage, _) in enumerate(self._sources, 1):
            self.say(f"{number}: {said_place_of(passage)}.")

    def _note(self, assembly: Assembly, text: str) -> None:
        if text:
            kept = assembly.notes.add(text)
        elif self._last is not None:
            from copilot.tui.screens.note import from_answer

            begin = from_answer(*self._last, self._conversation)
            kept = assembly.notes.add(begin.text, origin=begin.origin)
        else:
            self.say(tr("Say what the note is: /note TEXT"))
            return
        self.say(f"{tr('The note is kept.')} {said(kept.notice)}".strip())

    def _notes(self, assembly: Assembly, words: str) -> None:
        found = assembly.notes.search(words)
        self.say(ntr("{count} note", "{count} notes", len(found)) + ".")
        for one in found:
            self.say(f"{one.note.changed_at.astimezone():%Y-%m-%d %H:%M}. {one.note.machine} {one.note.text}")

    def _conversations(self, assembly: Assembly, words: str) -> None:
        found = [one for one in assembly.conversations.listed(words) if ":" not in one.id]
        self.say(ntr("{count} conversation", "{count} conversations", len(found)) + ".")
        for one in found:
            self.say(f"{one.id}: {one.title}")

    def _resume(self, assembly: Assembly, given: str) -> None:
        talk = assembly.conversations.get(given)
        self._conversation = talk.id
        for turn in assembly.conversations.turns(talk.id, 3):
            self.say(f"{turn.question}\n{turn.answer}")

    def _new(self) -> None:
        self._conversation = None
        self.say(tr("A new conversation. What do you want to know?"))

    def _documents(self) -> None:
        from copilot.library import Shelf

        found = Shelf(self._settings).documents()
        self.say(ntr("{count} document", "{count} documents", len(found)) + ".")
        for one in found:
            self.say(f"{one.title}, {one.collection}.")

    def _health(self) -> None:
        from copilot.tui.services import Services

        for finding in Services(self._settings).examine():
            told = " ".join(map(said, (finding.what, finding.remedy))).strip()
            self.say(f"{said(finding.status)}: {said(finding.name)}: {told}")

    def _status(self, assembly: Assembly) -> None:
        from copilot.tui.surroundings import look

        found = look(assembly)
        self.say(tr("network") if found["network"] else tr("no network"))
        if found["knowledge"]:
            self.say(tr("knowledge: {age}", age=found["knowledge"]))
        if found["battery"] is not None:
            self.say(tr("battery: {percent} percent", percent=round(float(str(found["battery"])))))


@contextlib.contextmanager
def _interruptible() -> Any:  # noqa: ANN401 - a context manager
    """Let Control C stop the answer, not the program: `asyncio.Runner` cancels the task."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGINT, before)
