"""Ask: a question, its evidence within a blink, the answer as it is written, every source to be opened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static
from textual.worker import Worker

from copilot.tui.faults import told
from copilot.tui.keys import ASK, bound
from copilot.tui.screens.base import Room
from copilot.tui.widgets.prompt import LONGEST, Prompt
from copilot.tui.widgets.status import WISHES, StatusLine
from copilot.tui.widgets.target import Target
from copilot.tui.words import mark, said, tr

if TYPE_CHECKING:
    from copilot.answering.events import Answer
    from copilot.answering.flow import AskOptions
    from copilot.answering.turns import Turn
    from copilot.assembly import Assembly
    from copilot.tui.widgets.evidence import Found, PassageCard
    from copilot.tui.widgets.exchange import Exchange
    from index.passages import Passage, SearchResult

_SHOWN_EXCHANGES: Final = 20
"""Kept on the screen; the conversation on the disk has them all."""
_LOOK_S: Final = 20.0


class AskScreen(Room):
    """The first screen."""

    room = "ask"
    keys = ASK
    name_shown = mark("Ask")
    about = mark(
        "Type a question and press Enter. The passages that were found are shown at once, then the answer is written "
        "under them. Each number in it is a source: press the number, or touch it, to open the page. Escape stops the "
        "model. A further question may lean on the one before (“and for the bigger one?”). Just type: the letters go "
        "to the question, wherever you are on this screen."
    )
    BINDINGS = bound(ASK)
    AUTO_FOCUS = "#prompt"
    CSS = """
    AskScreen {
        #transcript { height: 1fr; padding: 0; scrollbar-size-vertical: 1; }
        #welcome { height: auto; padding: 1 2; color: $quiet; }
        #line { height: 3; dock: none; }
        #prompt { width: 1fr; border: tall $border; background: $surface; color: $foreground; height: 3; }
        #prompt:focus { border: tall $accent; }
        #go { height: 3; width: auto; min-width: 8; background: $primary; color: $background; text-style: bold; }
        #go:ansi { text-style: bold reverse; background: ansi_default; color: ansi_default; }
        #notice { display: none; height: auto; background: $warning; color: $background; padding: 0 1; }
        #notice:ansi { background: ansi_default; color: ansi_default; text-style: bold reverse; }
        #notice.-shown { display: block; }
    }
    AskScreen.-small { #line { height: 1; } #prompt { height: 1; border: none; } #go { display: none; } }
    AskScreen.-small RoomBar { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._wish: Literal["auto", "local", "cloud"] = "auto"
        self._detail = False
        self._collections: tuple[str, ...] = ()
        self._conversation: str | None = None
        self._answering: Worker[object] | None = None
        self._current: Exchange | None = None
        self._looking = False

    def content(self) -> ComposeResult:
        """What was said, and where the next question is typed."""
        yield Static("", id="notice", markup=False)
        with VerticalScroll(id="transcript", can_focus=True), Vertical(id="welcome"):
            yield Static(tr("Ask your manuals. Nothing leaves this device."), markup=False)
        yield StatusLine(bool(self.services.settings.cloud.endpoints))
        with Horizontal(id="line"):
            yield Prompt()
            yield Target(tr("Ask"), "submit", id="go")

    def on_mount(self) -> None:
        """Be usable at once; load everything else after the first paint."""
        super().on_mount()
        self._collections = self.services.settings.search.collections
        line = self.query_one(StatusLine)
        line.wish(self._wish)
        line.update(model=tr("loading …"))
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.start(self._load, group="load")
        self.set_interval(_LOOK_S, self._look_later)

    async def _load(self) -> None:
        """Load the parts, then the model, and say how that went."""
        line = self.query_one(StatusLine)
        try:
            await self.services.copilot()
            await self._look()
            await self.services.begin_loading()
            engine = await (await self.services.assembly()).engine()
        except Exception as error:
            if not self.is_known(error):
                self.tell_fault(error)
            line.update(model=tr("no model: the documents are quoted"))
            self.copilot_app.something_missing()
            return
        line.update(model=engine.info.model)
        assembly = await self.services.assembly()
        for notice in dict.fromkeys(assembly.notices):
            self.show_notice(said(notice))

    @property
    def ready(self) -> bool:
        """Whether the model is loaded, or it is known that there is none."""
        return self.query_one(StatusLine).standing.model not in ("", tr("loading …"))

    @property
    def answered(self) -> bool:
        """Whether the last question has its answer."""
        return self._current is not None and self._current.done

    def reload(self) -> None:
        """The models or the index have changed: look again."""
        self.query_one(StatusLine).update(model=tr("loading …"))
        self.start(self._load, group="load", exclusive=True)

    def _look_later(self) -> None:
        if not self._looking:
            self.start(self._look, group="look")

    async def _look(self) -> None:
        """See how things stand, and whether a question that waited has its answer."""
        self._looking = True
        try:
            assembly = await self.services.assembly()
            standing = await self.services.off(self.services.look, assembly)
            self.query_one(StatusLine).update(**standing)
            await self.copilot_app.tell_news()
        finally:
            self._looking = False

    # Asking

    def on_key(self, event: events.Key) -> None:
        """Letters go to the question, wherever one is."""
        prompt = self.query_one(Prompt)
        if event.is_printable and event.character and not prompt.has_focus and event.key not in self._bound():
            event.stop()
            event.prevent_default()
            self.set_focus(prompt)
            prompt.insert_text_at_cursor(event.character)

    def _bound(self) -> set[str]:
        return {key for one in ASK for key in one.key.split(",")} | {"question_mark", "space"}

    @on(Prompt.Cut)
    def _cut(self, message: Prompt.Cut) -> None:
        self.tell(
            tr(
                "That was {count} characters; a question may have {most}. Put long text into a file, and the file into "
                "the documents.",
                count=f"{message.characters:,}",
                most=f"{LONGEST:,}",
            )
        )

    @on(Input.Submitted, "#prompt")
    def action_submit(self) -> None:
        """Ask what was typed."""
        prompt = self.query_one(Prompt)
        question = prompt.value.strip()
        if not question:
            return
        prompt.remember(question)
        prompt.value = ""
        self.ask(question, self._wish)

    def ask(self, question: str, wish: Literal["auto", "local", "cloud"] = "auto") -> None:
        """Ask; an answer in the making is stopped."""
        self.action_stop(quietly=True)
        self._answering = self.start(partial(self._answer, question, wish), group="answer", exclusive=True)

    async def _answer(self, question: str, wish: Literal["auto", "local", "cloud"]) -> None:
        exchange = await self._new_exchange(question)
        try:
            assembly = await self.services.assembly()
            copilot = await self.services.copilot()
            if self._conversation is None:
                self._conversation = await self.services.off(assembly.conversations.begin)
            async with aclosing(copilot.ask(question, self._options(wish))) as flow:
                await self._show(flow, exchange, assembly)
        except asyncio.CancelledError:
            if exchange.is_mounted and self.is_attached:
                exchange.show_stopped()
            raise
        except Exception as error:
            message, remedy = told(error)
            exchange.show_fault(message, remedy)
        self._follow()

    def _options(self, wish: Literal["auto", "local", "cloud"]) -> AskOptions:
        from copilot.answering.flow import AskOptions
        from index.passages import SearchFilter

        return AskOptions(
            k=self.services.settings.search.k,
            filter=SearchFilter(self._collections),
            conversation=self._conversation,
            detail=self._detail,
            wish=wish,
        )

    async def _show(self, flow: object, exchange: Exchange, assembly: Assembly) -> None:
        from copilot.answering.events import Answer, Evidence, Route, Token
        from copilot.tui.reading.excerpt import words_to_mark

        async for event in flow:  # type: ignore[attr-defined]
            match event:
                case Evidence(result=result):
                    found = await self.services.off(_prepare, result, assembly)
                    await exchange.show_evidence(result, found, words_to_mark(result.query))
                    self._follow()
                case Route():
                    exchange.show_route(event)
                case Token(text=text):
                    exchange.add(text)
                case Answer():
                    ages = await self.services.off(_ages, [one.passage for one in event.citations], assembly)
                    await exchange.show_answer(event, ages, [])
                    for notice in dict.fromkeys(assembly.notices):
                        self.show_notice(said(notice))
                    self.start(partial(self._after, event, assembly), group="after")

    async def _after(self, answer: Answer, assembly: Assembly) -> None:
        """Use the time until the next question: read passages ahead, and see what waits."""
        from index.errors import EdgeCopilotError

        await self._look()
        if answer.model is not None and answer.route.target == "local":
            try:
                await assembly.begin_warming(self._collections)
            except EdgeCopilotError:
                return  # the next answer says what is wrong with the model

    async def _new_exchange(self, question: str) -> Exchange:
        from copilot.tui.widgets.exchange import Exchange

        transcript = self.query_one("#transcript", VerticalScroll)
        await self.query("#welcome").remove()
        for past in transcript.query(Exchange):
            past.add_class("-past")
        while len(shown := transcript.query(Exchange)) >= _SHOWN_EXCHANGES:
            await shown.first().remove()
        exchange = Exchange(question, times=self.services.settings.tui.times)
        await transcript.mount(exchange)
        self._current = exchange
        # Digits open sources from here; letters go to the question (see on_key).
        self.set_focus(transcript, scroll_visible=False)
        self._follow()
        return exchange

    def on_exchange_grown(self) -> None:
        """Keep the end of the answer in view."""
        self._follow()

    def _follow(self) -> None:
        """Keep the newest line in view, unless somebody has scrolled up to read."""
        transcript = self.query_one("#transcript", VerticalScroll)
        if transcript.max_scroll_y - transcript.scroll_y <= transcript.size.height:
            self.call_after_refresh(transcript.scroll_end, animate=False)

    def action_stop(self, quietly: bool = False) -> None:
        """Stop the model; where it is silent, empty the line, or leave the sources for it."""
        if self._answering is not None and self._answering.is_running:
            self._answering.cancel()
            self._answering = None
            return
        if quietly:
            return
        prompt = self.query_one(Prompt)
        if prompt.has_focus:
            prompt.value = ""
        self.set_focus(prompt)

    # Sources

    def action_cite(self, number: int) -> None:
        """Open a source: the citation of that number, before there are any the passage of that rank."""
        exchange = self._current
        if exchange is None or (not exchange.found and exchange.answer is None):
            self.tell(tr("There is no source yet: ask something."))
            return
        answer = exchange.answer
        if answer is not None and answer.citations:
            citation = next((one for one in answer.citations if one.n == number), None)
            if citation is None:
                self.tell(tr("There is no source {number}.", number=number))
                return
            self._open([(one.passage, one.quote) for one in answer.citations], answer.citations.index(citation))
            return
        if not 1 <= number <= len(exchange.found):
            self.tell(tr("There is no source {number}.", number=number))
            return
        self._open([(one.passage, "") for one in exchange.found], number - 1)

    def on_passage_card_opened(self, message: PassageCard.Opened) -> None:
        """Open a passage that was touched."""
        self._open([(one.passage, "") for one in message.among], message.among.index(message.found))

    def _open(self, passages: Sequence[tuple[Passage, str]], at: int) -> None:
        from copilot.tui.screens.reader import ReaderScreen

        self.app.push_screen(ReaderScreen(passages, at, self._conversation, self._current))

    # Where it is answered

    def action_wish(self) -> None:
        """Change where the next question goes."""
        if not self.services.settings.cloud.endpoints:
            self.tell(tr("Every question stays on this device: no larger model is configured (cloud.endpoints)."))
            return
        order = list(WISHES)
        self._wish = order[(order.index(self._wish) + 1) % len(order)]  # type: ignore[assignment]
        self.query_one(StatusLine).wish(self._wish)

    def action_cloud(self) -> None:
        """Ask the last question again, of a larger model; or the one that is typed."""
        if not self.services.settings.cloud.endpoints:
            self.action_wish()
            return
        prompt = self.query_one(Prompt)
        question = prompt.value.strip() or (self._current.question if self._current else "")
        if question:
            prompt.value = ""
            prompt.remember(question)
            self.ask(question, "cloud")

    def action_detail(self) -> None:
        """Longer answers, or short ones again."""
        self._detail = not self._detail
        self.tell(tr("Answers are longer from now on.") if self._detail else tr("Answers are short again."))

    def action_scope(self) -> None:
        """Choose where to look."""
        self.start(self._choose_scope, group="scope", exclusive=True)

    async def _choose_scope(self) -> None:
        from copilot.tui.screens.dialogs import Choice, ChooseScreen

        try:
            found = await self.services.off(lambda: self.services.shelf.collections())
        except Exception as error:
            self.tell_fault(error)
            return
        choices = [Choice("", tr("All documents"))]
        choices += [Choice(one.name, f"{one.name} ({one.documents}, {one.access.value})") for one in found]
        chosen = await self.app.push_screen_wait(ChooseScreen(tr("Look only in"), choices))
        if chosen is not None:
            self._collections = (chosen,) if chosen else ()
            self.tell(tr("Looking in: {name}", name=chosen) if chosen else tr("Looking in all documents."))

    # Conversations

    def action_begin(self) -> None:
        """Begin a new conversation."""
        self.start(partial(self.open_conversation, None, ()), group="conversation", exclusive=True)

    async def open_conversation(self, conversation: str | None, turns: Sequence[Turn]) -> None:
        """Show a conversation, and go on with it; None: a new one."""
        from copilot.tui.widgets.exchange import Exchange

        self.action_stop(quietly=True)
        transcript = self.query_one("#transcript", VerticalScroll)
        await transcript.remove_children()
        self._conversation, self._current = conversation, None
        for turn in turns[-_SHOWN_EXCHANGES:]:
            exchange = Exchange(turn.question)
            await transcript.mount(exchange)
            exchange.show_kept(turn.answer, turn.status)
            exchange.add_class("-past")
        if not turns:
            await transcript.mount(
                Vertical(Static(tr("A new conversation. What do you want to know?"), markup=False), id="welcome")
            )
        self.set_focus(self.query_one(Prompt))
        self._follow()

    def action_note(self) -> None:
        """Take a note from the last answer."""
        exchange = self._current
        answer = exchange.answer if exchange is not None else None
        if exchange is None or answer is None:
            self.copilot_app.action_new_note()
            return
        self.copilot_app.note_from_answer(exchange.question, answer, self._conversation)

    def action_copy(self) -> None:
        """Put the last answer on the clipboard, with its sources."""
        exchange = self._current
        if exchange is None or exchange.answer is None:
            self.tell(tr("There is no answer yet."))
            return
        from copilot.printing import printable
        from copilot.tui.reading.own_words import said_answer, said_place

        answer = exchange.answer
        sources = [f"[{one.n}] {said_place(one.passage, one.page)}" for one in answer.citations]
        text = said_answer(answer.text, answer.status, answer.citations)
        self.app.copy_to_clipboard(printable("\n".join([exchange.question, "", text, "", *sources])))
        self.tell(tr("The answer is on the clipboard, where this terminal has one."))

    def action_rate(self, good: bool) -> None:
        """Tell the hub what the last answer was worth."""
        answer = self._current.answer if self._current is not None else None
        if answer is None:
            self.tell(tr("There is no answer yet."))
            return
        self.start(partial(self._rate, answer, good), group="rate")

    async def _rate(self, answer: Answer, good: bool) -> None:
        from copilot.uploading.hard import rated

        assembly = await self.services.assembly()
        if not assembly.uploading.configured:
            self.tell(tr("There is no hub to tell: outbox.url is empty."))
            return
        comment = ""
        if not good:
            from copilot.tui.screens.dialogs import AskTextScreen

            given = await self.app.push_screen_wait(AskTextScreen(tr("What would have been right?")))
            if given is None:
                return
            comment = given
        try:
            receipt = await self.services.off(
                lambda: assembly.uploading.put(rated(answer, "good" if good else "bad", comment))
            )
        except Exception as error:
            self.tell_fault(error)
            return
        self.tell(said(receipt.notice) or tr("Kept for the hub."))

    def action_talk(self) -> None:
        """Speak instead of typing, where that is installed."""
        self.copilot_app.talk(self.query_one(Prompt))

    def action_page(self, step: int) -> None:
        """Scroll what was said, from wherever one is."""
        transcript = self.query_one("#transcript", VerticalScroll)
        if step < 0:
            transcript.scroll_page_up(animate=False)
        else:
            transcript.scroll_page_down(animate=False)

    def show_notice(self, text: str) -> None:
        """A sentence that stays until the next one."""
        from copilot.printing import printable

        notice = self.query_one("#notice", Static)
        notice.update(printable(text))
        notice.add_class("-shown")


def _prepare(result: SearchResult, assembly: Assembly) -> list[Found]:
    """Passages with the lines that say why they were found, and their age. Called off the event loop."""
    from copilot.tui.reading.excerpt import excerpt
    from copilot.tui.reading.own_words import said_passage, said_place_of
    from copilot.tui.widgets.evidence import Found

    ages = _ages(result.passages, assembly)
    return [
        Found(passage, said_place_of(passage), excerpt(said_passage(passage), result.query), age)
        for passage, age in zip(result.passages, ages, strict=True)
    ]


def _ages(passages: Sequence[Passage], assembly: Assembly) -> list[str]:
    """How old each passage's document is, in words. Called off the event loop."""
    if not passages:
        return []
    ages = assembly.ages()
    return [said(ages.text(passage)) for passage in passages]
