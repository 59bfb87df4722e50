"""From the text of a section to the procedures in it.

Steps are counted: a line "4." that follows step 3, or 2, is a step; a "40." there is text. Sub-steps ("a)", "3.1",
bullets under a step) belong to the step before them. A warning belongs to the step that follows it. A line that is
none of these continues the step before it, or is a remark where a blank line lies between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from copilot.answering.claims import claims_of
from copilot.procedures.conversion import seconds
from copilot.procedures.limits import limits_of
from copilot.procedures.lines import SIGNAL_WORDS, Line, lines_of
from copilot.procedures.numbers import readings
from copilot.procedures.rows import steps_of_table
from copilot.procedures.values import Hazard, Procedure, Step

FEWEST: Final = 2
"""Steps that make a procedure."""
MOST: Final = 400
_GAP: Final = 3
"""A number may be left out, or lost with a picture: better a step with a gap before it than a step taken for text."""

_INSTRUCTS: Final = re.compile(
    r"\b(?:proceed|as follows|follow(?:ing)? steps|steps?:?$|procedure|how to|instructions?|checklist|to \w+[^.]*:$|"
    r"gehen sie|wie folgt|vorgehen|anleitung|ablauf|checkliste|schritte)\b"
    r"|^(?:re)?(?:moving|fitting|installing|replacing|changing|adjusting|checking|cleaning|starting|stopping|testing|"
    r"mounting|dismantling|assembling|connecting|aligning|calibrating|bleeding|lubricating|greasing|tightening|setting|"
    r"commissioning|making|putting|building|configuring|running|measuring)\b"
    r"|(?:ausbau|einbau|wechsel|austausch|montage|demontage|einstellung|prüfung|inbetriebnahme|reinigung)\b",
    re.IGNORECASE,
)
_IMPERATIVE: Final = re.compile(
    r"(?:then |now |next,? |carefully |slowly |first,? |finally,? |do not |don't |never |always |again )*"
    r"(?:add|adjust|align|apply|assemble|attach|bend|bleed|bolt|call|carry|change|charge|check|choose|clamp|clean|clear|"
    r"click|close|collect|compare|confirm|connect|copy|create|cut|decrease|depressurise|detach|determine|disassemble|"
    r"disconnect|discard|dismantle|download|drain|draw|drill|drive|dry|edit|empty|enable|disable|engage|ensure|enter|"
    r"exchange|execute|fasten|feed|fill|find|fit|fix|flush|follow|generate|give|go|grease|hang|heat|hold|home|identify|"
    r"increase|inform|insert|inspect|install|jog|keep|label|lay|leave|let|lift|listen|load|lock|log|look|loosen|lower|"
    r"lubricate|make|mark|measure|mount|move|note|observe|obtain|open|order|park|perform|place|plug|position|pour|"
    r"power|prepare|press|prove|pull|pump|push|put|raise|read|reassemble|reboot|reconnect|record|reduce|refill|refit|"
    r"release|remove|repeat|replace|report|reset|restart|restore|retract|rinse|rotate|run|save|screw|secure|select|"
    r"separate|set|shut|sign|slide|start|stop|store|swap|switch|take|tell|test|tighten|touch|transfer|try|turn|type|"
    r"telephone|phone|pack|bed|support|swivel|undo|unlock|unplug|unscrew|unpack|update|use|verify|wait|warm|wash|wear|weigh|wipe|write|zero|"
    r"\w+(?:en|ern|eln) sie)\b",
    re.IGNORECASE,
)
_GERMAN_INFINITIVE: Final = re.compile(r"\b[a-zäöüß]{3,}(?:en|ern|eln)[.!]?$")
_WITHIN: Final = re.compile(rf"(?<=[.!?])\s+({'|'.join(word.upper() for word in SIGNAL_WORDS)})\b[:!]?\s+(?=\S)")
_WAITS: Final = re.compile(
    r"\b(?:wait|let\b[^.;]*?|leave\b[^.;]*?|hold\b[^.;]*?|run\b[^.;]*?|soak|warm up|cool down|warten|halten|"
    r"laufen lassen)"
    r"\s*(?:for|sie|etwa|about|at least|another|a further|mindestens)?\s*(?:about|at least|mindestens)?\s*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Draft:
    """A step while its lines are being read."""

    line: Line
    depth: int
    texts: list[str]
    hazards: list[Hazard]
    remarks: list[str] = field(default_factory=list)
    end: int = 0


def parse(
    text: str, title: str = "", language: str | None = None, page_at: Callable[[int], int | None] = lambda _: None
) -> list[Procedure]:
    """The procedures in ``text``, in order; none where there are no steps.

    Args:
        text: Of a section.
        title: Its heading; with the line before the first step it tells whether bullets are steps.
        language: Two-letter code of the document's language.
        page_at: Gives the page of a character of ``text``.
    """
    lines = lines_of(text)
    found = [
        _procedure(run, text, title, language, page_at)
        for run in _runs(lines, title)
        if len(run.steps) >= FEWEST and (_asks_or_tells(run) if run.is_counted else _instructs(run, title))
    ]
    return found or [
        Procedure(title=title, steps=tuple(_finished(step, language) for step in steps))
        for steps in steps_of_table(lines, page_at)
        if len(steps) >= FEWEST
    ]


@dataclass(slots=True)
class _Run:
    """The lines of one procedure."""

    intro: list[str]
    hazards: list[Hazard]
    steps: list[_Draft]
    remarks: list[str]

    @property
    def is_counted(self) -> bool:
        """Whether its steps have numbers."""
        return any(step.line.kind == "step" for step in self.steps)


def _runs(lines: Sequence[Line], title: str) -> Iterator[_Run]:
    reader = _Reader(title, bullets_are_steps=not any(_counts_from_one(line) for line in lines))
    for line in lines:
        if (done := reader.read(line)) is not None:
            yield done
    yield reader.end()


def _counts_from_one(line: Line) -> bool:
    return line.kind == "step" and line.order == 1 and line.numbering in ("number", "path")


class _Reader:
    """Puts lines together."""

    def __init__(self, title: str, bullets_are_steps: bool) -> None:
        self._title = title
        self._bullets_are_steps = bullets_are_steps
        self._begin([])

    def _begin(self, intro: list[str]) -> None:
        self._run = _Run(intro, [], [], [])
        self._hazards: list[Hazard] = []
        self._open_hazard = False
        self._blank = False
        self._last: dict[int, Line] = {}  # by depth, the last step

    def read(self, line: Line) -> _Run | None:
        """Take in a line; a run that it ends."""
        done = None
        match line.kind:
            case "blank":
                self._blank, self._open_hazard = True, False
                return None
            case "hazard":
                self._hazards.append(Hazard(severity=line.severity, text=line.text))
                self._open_hazard = not line.text or not line.text.rstrip().endswith((".", "!"))
            case "step" | "bullet" if (depth := self._depth(line)) is not None:
                if depth == 0 and self._run.steps and line.order == 1 and line.kind == "step":
                    done = self.end()
                self._add(line, depth)
            case _:
                self._text(line)
        self._blank = False
        return done

    def end(self) -> _Run:
        """What was read so far as a run; the next one begins."""
        run = self._run
        if not run.steps:
            run.hazards += self._hazards
        elif self._hazards:
            run.remarks += [f"{one.severity.upper()} {one.text}" for one in self._hazards]
        # The line before a count that begins anew is the next one's heading ("To refit:").
        intro = [run.remarks.pop()] if run.remarks and run.remarks[-1].endswith(":") else []
        self._begin(intro)
        return run

    def _depth(self, line: Line) -> int | None:
        """How deep a step is; None where it is none."""
        if line.kind == "bullet":
            if self._run.steps and not self._bullets_are_steps:
                top = self._last.get(0)
                return None if self._blank or top is None else 1 + (line.indent > top.indent + 4)
            return self._bullet_depth(line) if self._bullets_are_steps else None
        if line.numbering == "path":
            return self._path_depth(line)
        for depth in sorted(self._last, reverse=True):
            before = self._last[depth]
            if before.numbering == line.numbering and 0 < line.order - before.order <= _GAP:
                return depth
        if line.order != 1:
            return None
        if not self._run.steps or line.numbering == "number":
            deeper = self._run.steps and line.indent > self._last[0].indent + 1
            return 1 if deeper else 0
        return min(max(self._last) + 1, 3) if not self._blank or line.indent else None

    def _bullet_depth(self, line: Line) -> int:
        top = self._last.get(0)
        return 0 if top is None or line.indent <= top.indent + 1 else 1

    def _path_depth(self, line: Line) -> int | None:
        parts = line.number.split(".")
        for depth in sorted(self._last, reverse=True):
            before = self._last[depth].number.split(".")
            if len(before) == len(parts) and before[:-1] == parts[:-1] and int(parts[-1]) == int(before[-1]) + 1:
                return depth
            if parts[:-1] == before and line.order == 1:
                return depth + 1
        return 0 if line.order == 1 else None

    def _add(self, line: Line, depth: int) -> None:
        self._last = {at: one for at, one in self._last.items() if at < depth} | {depth: line}
        hazards, self._hazards = self._hazards, []
        if not self._run.steps and depth == 0:
            self._run.hazards += hazards
            hazards = []
        self._open_hazard = False
        if self._run.remarks:  # what stood between two steps belongs to the first of them
            self._run.steps[-1].remarks += self._run.remarks
            self._run.remarks = []
        if len(self._run.steps) < MOST:
            self._run.steps.append(_Draft(line, depth, [line.text], hazards, end=line.end))

    def _text(self, line: Line) -> None:
        text = f"{line.number}. {line.text}" if line.kind == "step" else line.text
        if self._open_hazard:
            last = self._hazards[-1]
            self._hazards[-1] = last.model_copy(update={"text": f"{last.text} {text}".strip()})
            self._open_hazard = not text.endswith((".", "!"))
        elif not self._run.steps:
            self._run.intro.append(text)
        elif self._blank or line.kind in ("row", "bullet") or self._run.remarks or text.endswith(":"):
            self._run.remarks.append(text)
        else:
            step = self._run.steps[-1]
            step.texts.append(text)
            step.end = line.end


def _procedure(
    run: _Run, text: str, title: str, language: str | None, page_at: Callable[[int], int | None]
) -> Procedure:
    steps = []
    for draft in run.steps:
        joined, within = _hazards_within(" ".join(draft.texts))
        step = Step(
            number=draft.line.number,
            depth=draft.depth,
            text=joined,
            remarks=tuple(draft.remarks),
            warnings=(*draft.hazards, *within),
            page=page_at(draft.line.start),
            quote=text[draft.line.start : draft.end],
        )
        steps.append(_finished(step, language))
    # A heading of its own ("To refit:") says more than the section's.
    own = next((line.rstrip(":") for line in reversed(run.intro[-1:]) if line.endswith(":") and len(line) <= 80), "")
    return Procedure(
        title=f"{title}: {own}" if own and title else own or title,
        intro="\n".join(run.intro),
        warnings=tuple(run.hazards),
        steps=tuple(steps),
        remarks=tuple(run.remarks),
        page=steps[0].page if steps else None,
    )


def _hazards_within(text: str) -> tuple[str, list[Hazard]]:
    """A step without the warnings that a page's layout has put on its line, and those."""
    first, *rest = _WITHIN.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return first, [Hazard(severity=SIGNAL_WORDS[word.casefold()], text=said.strip()) for word, said in pairs]


def _finished(step: Step, language: str | None) -> Step:
    """``step`` with what its text prescribes."""
    return step.model_copy(update={"limits": limits_of(step.text, language), "wait_s": wait_of(step.text)})


def _instructs(run: _Run, title: str) -> bool:
    """Whether bullets tell what to do rather than what there is."""
    imperative = sum(map(_begins_with_one, run.steps))
    announced = any(_INSTRUCTS.search(text) for text in (title, *run.intro[-1:]))
    return imperative * 10 >= len(run.steps) * (5 if announced else 8)


def _begins_with_one(step: _Draft) -> bool:
    return _IMPERATIVE.match(step.line.text) is not None or _ends_german(step)


def _ends_german(step: _Draft) -> bool:
    return _GERMAN_INFINITIVE.search(" ".join(step.texts)) is not None


def _asks_or_tells(run: _Run) -> bool:
    """Whether a numbered list tells or asks anything at all: numbered remarks and lists of parts don't."""
    return any(_is_instruction(step) or "?" in step.line.text for step in run.steps)


def _is_instruction(step: _Draft) -> bool:
    sentences = re.split(r"(?<=[.:;,])\s+", " ".join(step.texts))
    return _ends_german(step) or any(map(_IMPERATIVE.match, sentences))


def wait_of(text: str) -> float | None:
    """For how many seconds a step says to wait; None where it doesn't say so, or not for how long."""
    for claim in claims_of(text):
        if claim.kind == "number" and claim.unit and _WAITS.search(text[: claim.start]):
            values = readings(re.sub(r"[^\d.,/]+$", "", claim.text[: len(claim.text)].split(" ")[0]))
            if len(values) == 1 and (found := seconds(values[0], claim.unit)) is not None and found > 0:
                return found
    return None
