"""What the two processes say to each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from copilot.engines.base import EngineInfo, GenerationOptions, GenerationStats, Prompt, Reading
from copilot.engines.building import ModelFile
from copilot.engines.child.framing import FrameError, frame
from copilot.settings.sections import EngineSettings
from index import errors
from index.errors import EdgeCopilotError, EngineError


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PrefixesFile(_Message):
    """The store of what was read before: the engine's process opens it itself."""

    path: Path
    key: str | None = Field(default=None, repr=False)
    budget_bytes: int


class Load(_Message):
    """The first message: what to load."""

    kind: Literal["load"] = "load"
    file: ModelFile
    engine: EngineSettings
    prefixes: PrefixesFile | None = None

    def on_cpu(self) -> Load:
        """The same without a GPU."""
        return self.model_copy(update={"engine": self.engine.model_copy(update={"gpu_layers": 0})})


class Stream(_Message):
    """Write a reply; answered by `Piece`s and `Ended`, or `Failed`."""

    kind: Literal["stream"] = "stream"
    id: int
    prompt: Prompt
    options: GenerationOptions


class Read(_Message):
    """Judge passages; answered by `Readings`."""

    kind: Literal["read"] = "read"
    id: int
    prompts: tuple[Prompt, ...]


class Warm(_Message):
    """Read a prefix ahead; answered by `Kept` with one flag."""

    kind: Literal["warm"] = "warm"
    id: int
    prompt: Prompt


class AskWarm(_Message):
    """Ask which prefixes are kept; answered by `Kept`."""

    kind: Literal["is_warm"] = "is_warm"
    id: int
    prompts: tuple[Prompt, ...]


class Cancel(_Message):
    """Nobody waits any more for what was asked under this id. Has no answer."""

    kind: Literal["cancel"] = "cancel"
    id: int


class Close(_Message):
    """Keep what was read, free the model, end."""

    kind: Literal["close"] = "close"


class Loaded(_Message):
    """The model is there."""

    kind: Literal["loaded"] = "loaded"
    info: EngineInfo
    warnings: tuple[str, ...] = ()


class Piece(_Message):
    """The next piece of a reply."""

    kind: Literal["piece"] = "piece"
    id: int
    text: str


class Ended(_Message):
    """A reply is whole."""

    kind: Literal["ended"] = "ended"
    id: int
    stats: GenerationStats | None


class Readings(_Message):
    """What was made of the passages."""

    kind: Literal["readings"] = "readings"
    id: int
    readings: tuple[Reading, ...]


class Kept(_Message):
    """Which prefixes are kept."""

    kind: Literal["kept"] = "kept"
    id: int
    flags: tuple[bool, ...]


class Failed(_Message):
    """What was asked under this id, or the loading (no id), failed.

    Attributes:
        error: Name of a class of `index.errors`.
    """

    kind: Literal["failed"] = "failed"
    id: int | None
    error: str
    message: str
    remedy: str = ""

    @classmethod
    def of(cls, number: int | None, error: Exception) -> Failed:
        """From what was raised. The words of an unforeseen error stay behind: they may hold text of documents."""
        if isinstance(error, EdgeCopilotError):
            return cls(id=number, error=type(error).__name__, message=error.message, remedy=error.remedy)
        words = f"The language model failed ({type(error).__name__})."
        return cls(id=number, error=EngineError.__name__, message=words)

    def raised(self) -> EdgeCopilotError:
        """As the error that it was in the other process."""
        known = getattr(errors, self.error, None)
        if not (isinstance(known, type) and issubclass(known, EdgeCopilotError)):
            known = EngineError
        return known(self.message, self.remedy)


Order = Annotated[Load | Stream | Read | Warm | AskWarm | Cancel | Close, Field(discriminator="kind")]
"""What the engine's process is told."""

Report = Annotated[Loaded | Piece | Ended | Readings | Kept | Failed, Field(discriminator="kind")]
"""What it tells."""

_ORDERS: Final[TypeAdapter[Order]] = TypeAdapter(Order)
_REPORTS: Final[TypeAdapter[Report]] = TypeAdapter(Report)


def written(message: Order | Report) -> bytes:
    """``message`` as a frame.

    Raises:
        FrameError: It is longer than a frame may be.
    """
    return frame(message.model_dump(mode="json"))


def order(value: object) -> Order:
    """What a frame to the engine's process means.

    Raises:
        FrameError: Nothing.
    """
    try:
        return _ORDERS.validate_python(value)
    except ValidationError as error:
        raise FrameError(f"no order ({error.error_count()} faults)") from None


def report(value: object) -> Report:
    """What a frame from the engine's process means.

    Raises:
        FrameError: Nothing.
    """
    try:
        return _REPORTS.validate_python(value)
    except ValidationError as error:
        raise FrameError(f"no report ({error.error_count()} faults)") from None


def clean(prompt: Prompt) -> Prompt:
    """``prompt`` without lone surrogates, which no encoding carries; a model is given "?" for them anyway."""
    return Prompt(*(_clean(part) for part in (prompt.system, prompt.context, prompt.question, prompt.reply)))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
