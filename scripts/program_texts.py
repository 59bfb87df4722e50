"""Find what the program says to people: the sentences in the code of index/, sync/ and copilot/, as templates.

The code says them as plain literals and f-strings, where they are needed: ``raise InputError(f"{path} is empty.")``.
Here they are read out of its syntax tree. ``{path}`` stays a place, named after what is filled in; a text that is
made of alternatives (``f"{n} file{'s' if n > 1 else ''}"``) becomes one template for each.

Kept is what is handed to an error of ours, to a finding of the doctor and the like; what reads as a sentence; and
every text of the few places (`SPOKEN`) that say something shorter. Left out are docstrings, help texts of commands,
descriptions of settings, log lines and faults of the program itself, and the rooms that only an administrator meets
on a command line (`ROOMS` names the ones that are read).
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).resolve().parent.parent
ROOMS: Final = (
    "index",
    "copilot/answering",
    "copilot/assembly.py",
    "copilot/catalogue",
    "copilot/doctor",
    "copilot/engine_process.py",
    "copilot/engines",
    "copilot/hardware",
    "copilot/hmi",
    "copilot/keeping.py",
    "copilot/library",
    "copilot/logs.py",
    "copilot/notes",
    "copilot/prefixes",
    "copilot/privacy",
    "copilot/procedures",
    "copilot/routing",
    "copilot/settings",
    "copilot/syncing",
    "copilot/tui",
    "copilot/uploading",
    "copilot/voice",
    "sync/collections.py",
    "sync/device",
    "sync/format",
    "sync/outbox",
    "sync/personal",
    "sync/trust/client.py",
    "sync/trust/clock.py",
    "sync/trust/fetcher.py",
)
"""What a person can meet on the screens, at the panel or by voice."""

SINKS: Final = frozenset(
    {"Chosen", "Finding", "Trouble", "ListeningProblem", "Told", "Skipped", "SummaryLine", "Refusal", "_Malformed"}
)
"""Values beside the errors whose texts people read."""

SPOKEN: Final = frozenset(
    {
        "copilot/catalogue/complaints.py:_in_words",
        "copilot/hmi/context/telling.py:_FLAGS",
        "copilot/hmi/context/telling.py:tell_signal",
        "copilot/hmi/context/telling.py:tell_alarm",
        "copilot/hmi/saying.py:span_text",
        "copilot/routing/escalation.py:_prepare",
        "copilot/routing/router.py:_WORDS",
        "copilot/routing/router.py:_hot",
        "copilot/syncing/age.py:text",
        "copilot/voice/guiding.py:set_value",
        "sync/device/updating.py:_why_not",
    }
)
"""Functions and constants whose texts are kept however short they are, as ``path:name``."""

NOT_SPOKEN: Final = frozenset(
    {
        "copilot/answering/conversation.py",  # what the model is told
        "copilot/answering/exporting.py",  # Markdown, for whoever gets it
        "copilot/engine_process.py",  # for the log
        "copilot/hmi/context/present.py:states_for",  # what is searched for
        "copilot/hmi/summary/making.py",  # a report, at the panel
        "copilot/privacy/request.py",  # what the larger model is told
        "copilot/voice/session/phrases.py",  # has its languages side by side
        "index/loaders/pdf/ocr.py:OCR_SYSTEM_PACKAGES",
    }
)
"""Functions, classes and constants whose texts aren't for people, as ``path:name``; or whole files, as ``path``."""

_INTERNAL: Final = frozenset(
    {
        "AssertionError", "ValueError", "TypeError", "RuntimeError", "KeyError", "IndexError",
        "NotImplementedError", "ImportError", "OSError", "PermissionError", "TimeoutError", "EOFError",
        "LookupError", "AttributeError", "Field", "compile", "execute", "executemany", "executescript",
        "getLogger", "debug", "info", "warning", "error", "exception", "log", "getenv", "add_argument",
        "startswith", "endswith", "removeprefix", "removesuffix", "partition", "split", "count", "replace",
        "encode", "namedtuple", "tr", "ntr", "mark",
    }
)  # fmt: skip
BESIDE: Final = (
    "No such file or directory",
    "Permission denied",
    "Operation not permitted",
    "Read-only file system",
    "No space left on device",
    "Input/output error",
    "Is a directory",
    "Not a directory",
    "File exists",
    "Device or resource busy",
    "File name too long",
    "Connection refused",
    "Connection reset by peer",
    "No route to host",
    "Network is unreachable",
    "Connection timed out",
    "Address already in use",
    "Cannot allocate memory",
    "Too many open files",
    "No such device",
    "rising",
    "falling",
    "work order",
    "{direction} by {by} in {window_s}",
    "{name}: {parts} ({when}).{meaning}",
    "{processor}, {cores} cores, {total_bytes} GiB of memory, {available_bytes} GiB free, "
    "on battery ({battery_percent}%)",
    "Alarms",
    "Caution",
    "Danger",
    "Live signals",
    "Note",
    "Warning",
    "Page {runs} holds",
    "Page {runs} is",
    "Pages {runs} hold",
    "Pages {runs} are",
    "“",
    "”",
)
"""What is said without standing in the code as it is: reasons of the operating system, sentences made from pieces,
and the marks around what is quoted."""

WORDS: Final = frozenset(
    {
        "acknowledged", "and", "answering", "author", "calibration", "chat", "clock", "conversations", "day",
        "dictionary", "disk", "document", "embedding", "evidence", "fault", "feedback", "frozen", "health", "high",
        "hour", "index", "ingesting", "item", "items", "loudspeaker", "low", "machine", "manifest", "Markdown",
        "memory", "microphone", "minute", "none", "note", "notes", "nothing", "object", "off", "ok", "on", "once",
        "onnxruntime", "or", "pack", "policy", "privacy", "program", "publication", "question", "record", "role",
        "searching", "section", "settings", "stopped", "sync", "telemetry", "text", "tui", "vectors", "vision",
        "voice", "warning", "writing",
    }
)  # fmt: skip
"""Single words that are filled into sentences or stand before them."""

_KEYWORDS: Final = frozenset({"reason", "why", "message", "remedy", "notices", "what"})  # arguments that are texts
_TRANSPARENT: Final = frozenset(
    {"join", "str", "sorted", "tuple", "list", "dict", "fromkeys", "filter"}
)  # hand texts on
_LISTS: Final = frozenset({"notices", "warnings", "faults"})  # lists of texts
_VARIANTS: Final = 24  # of one expression; more is not a text but a table
_CODE: Final = re.compile(
    r"^\s*(SELECT|WITH|WHERE|AND|INSERT|UPDATE|DELETE|CREATE) |\bJOIN\b|LIKE \?|= \?|coalesce\(|\\[bs]"
    r"|^(seq, )?id, (kind|code),"
)
_SENTENCE: Final = re.compile(r"[A-Z“\"{]")


@dataclass(frozen=True, slots=True)
class ProgramText:
    """One template.

    Attributes:
        text: Its words, with ``{name}`` where something is filled in, and ``{{`` for a brace.
        path: The file that says it, from the root of the repository.
    """

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class _Place:
    name: str


_Piece: TypeAlias = str | _Place
_Variant: TypeAlias = tuple[_Piece, ...]


@functools.cache
def program_texts(root: Path = ROOT, rooms: tuple[str, ...] = ROOMS) -> tuple[ProgramText, ...]:
    """Every text, once, in the order of the files."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _files(root, ("index", "sync", "copilot"))}
    errors = _errors(list(trees.values()))
    constants = {path: _constants(tree) for path, tree in trees.items()}
    functions = _functions(list(trees.values()))
    readers = [
        _Reader(
            path.relative_to(root).as_posix(),
            trees[path],
            errors,
            functions,
            _imported(root, trees[path], constants) | constants[path],
        )
        for path in _files(root, rooms)
    ]
    spoken, new = set(SPOKEN), set(SPOKEN)
    texts: dict[str, list[str]] = {}
    while new or not texts:
        again = [reader for reader in readers if reader.path not in texts or reader.concerned(new)]
        texts |= {reader.path: list(reader.texts(spoken)) for reader in again}
        new = set().union(*(reader.sources for reader in again)) - spoken
        spoken |= new
    found: dict[str, ProgramText] = {}
    for path, said in {**texts, "scripts/program_texts.py": BESIDE}.items():
        for text in said:
            found.setdefault(text, ProgramText(text, path))
    return tuple(found.values())


def _files(root: Path, rooms: tuple[str, ...]) -> list[Path]:
    paths = [root / room for room in rooms]
    return [one for path in paths for one in ([path] if path.suffix else sorted(path.rglob("*.py")))]


def _errors(trees: list[ast.Module]) -> frozenset[str]:
    """The names of `EdgeCopilotError` and of everything that stands on it."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    errors = {"EdgeCopilotError"}
    while True:
        more = {one.name for one in classes if any(_called(base) in errors for base in one.bases)}
        if more <= errors:
            return frozenset(errors)
        errors |= more


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The texts that a module gives a name to."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and _is_text(value):
            assert value is not None
            found[targets[0].id] = value
    return found


def _imported(root: Path, tree: ast.Module, constants: dict[Path, dict[str, ast.expr]]) -> dict[str, ast.expr]:
    """The named texts that a module takes from another."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            stem = root / node.module.replace(".", "/")
            theirs = constants.get(stem.with_suffix(".py")) or constants.get(stem / "__init__.py") or {}
            found |= {one.asname or one.name: theirs[one.name] for one in node.names if one.name in theirs}
    return found


def _functions(trees: list[ast.Module]) -> dict[str, set[tuple[str, ...]]]:
    """The parameters of every function and of every class of ours, in their order."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for node in itertools.chain.from_iterable(ast.walk(tree) for tree in trees):
        if isinstance(node, ast.ClassDef):
            made = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
            fields = [
                one.target.id
                for one in node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
            found.setdefault(node.name, set()).add(_parameters(made[0]) if made else tuple(fields))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(node.name, set()).add(_parameters(node))
    return found


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return tuple(names[1:] if names[:1] in (["self"], ["cls"]) else names)


def _homes(tree: ast.Module) -> dict[str, str]:
    """The file that each imported function comes from."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            stem = node.module.replace(".", "/")
            path = f"{stem}.py" if (ROOT / f"{stem}.py").is_file() else f"{stem}/__init__.py"
            found |= {one.asname or one.name: path for one in node.names}
    return found


def _is_text(node: ast.AST | None) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_text(body) or _is_text(orelse)
        case ast.BoolOp(values=values):
            return any(_is_text(value) for value in values)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "strip" | "rstrip" | "capitalize")):
            return _is_text(value)
        case _:
            return False


def _called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


class _Reader:
    """Walks through one module.

    Attributes:
        path: Of its file.
        sources: The variables and functions that texts are filled in from, as ``path:name``; grows while `texts` runs.
    """

    def __init__(
        self,
        path: str,
        tree: ast.Module,
        errors: frozenset[str],
        functions: dict[str, set[tuple[str, ...]]],
        constants: dict[str, ast.expr],
    ) -> None:
        self.path = path
        self.sources: set[str] = set()
        self._tree = tree
        self._errors = errors
        self._constants = constants
        self._functions = functions
        self._spoken: set[str] = set()
        self._classes: list[str] = []
        self._within: list[tuple[str, frozenset[str]]] = []
        self._homes = _homes(tree)
        self._calls = {_called(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    def texts(self, spoken: set[str]) -> Iterator[str]:
        """The texts, given what is known already to be filled into texts."""
        self._spoken = spoken
        if self.path not in NOT_SPOKEN:
            yield from self._walk(self._tree, wanted=False)

    def concerned(self, sources: set[str]) -> bool:
        """Whether it says or calls any of them."""
        names = (source.rpartition(":") for source in sources)
        return any(path == self.path or path.removesuffix("()") in self._calls for path, _, _ in names)

    def _from(self, node: ast.expr) -> None:
        """Remember what is filled in at ``node``: a variable, or what a function returns."""
        match node:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                self._remember(name)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)) if (
                name not in self._errors
            ):
                self._remember(name)
            case ast.IfExp(body=body, orelse=orelse):
                self._from(body)
                self._from(orelse)
            case ast.BoolOp(values=values):
                for value in values:
                    self._from(value)
            case ast.BinOp(left=left, right=right):
                self._from(left)
                self._from(right)
            case ast.FormattedValue(value=value):
                self._from(value)
            case ast.JoinedStr(values=values):
                for value in values:
                    self._from(value)
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
                self._from(elt)
            case ast.Subscript(value=ast.Name(id=name)) if name.isupper():
                self._remember(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")) if name.isupper():
                self._remember(name)
            case ast.Call(func=ast.Attribute(value=ast.Constant()), args=[ast.GeneratorExp(elt=elt)]):
                self._from(elt)
            case ast.Call(func=ast.Attribute(value=ast.Constant()), args=[first]):
                self._from(first)
            case _:
                pass

    def _remember(self, name: str) -> None:
        if self._within and name in self._within[-1][1]:
            self.sources.add(f"{self._within[-1][0]}():{name}")  # whoever calls it says the text
        self.sources.add(f"{self._homes.get(name, self.path)}:{name}")

    def _filled(self, node: ast.Call) -> Iterator[tuple[ast.expr, bool]]:
        """Each argument of a call, and whether a text is filled in with it."""
        name = _called(node.func)
        for keyword in node.keywords:
            yield keyword.value, keyword.arg in _KEYWORDS or f"{name}():{keyword.arg}" in self._spoken
        for number, argument in enumerate(node.args):
            parameters = {one[number] for one in self._functions.get(name, ()) if number < len(one)}
            yield argument, any(f"{name}():{one}" in self._spoken for one in parameters)

    def _walk(self, node: ast.AST, *, wanted: bool) -> Iterator[str]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                wanted = not isinstance(node, ast.ClassDef) and self._named(node.name)
                if f"{self.path}:{node.name}" in NOT_SPOKEN:
                    return
                if not isinstance(node, ast.ClassDef):
                    of = self._classes[-1] if node.name == "__init__" and self._classes else node.name
                    self._within.append((of, frozenset(_parameters(node))))
                else:
                    self._classes.append(node.name)
                for part in _without_docstring(node.body):
                    yield from self._walk(part, wanted=wanted)
                (self._classes if isinstance(node, ast.ClassDef) else self._within).pop()
                return
            case ast.Module():
                for part in _without_docstring(node.body):
                    yield from self._walk(part, wanted=False)
                return
            case (
                ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
                | ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value)
            ):
                if f"{self.path}:{name}" in NOT_SPOKEN or value is None:
                    return
                if self._named(name):
                    self._from(value)
                yield from self._walk(value, wanted=wanted or self._named(name))
                return
            case ast.For(target=target, iter=over) | ast.comprehension(target=target, iter=over) if any(
                isinstance(one, ast.Name) and self._named(one.id) for one in ast.walk(target)
            ):
                self._from(over)
                yield from self._walk(over, wanted=True)
            case ast.Expr(value=ast.Constant(value=str())):
                return  # a docstring of an attribute
            case ast.Call(func=func) if not _is_text(node):
                name = _called(func)
                if name in _INTERNAL:
                    return
                if name in self._errors or name in SINKS:
                    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                        self._from(argument)
                        yield from self._walk(argument, wanted=_is_text(argument))
                    return
                wanted = wanted and name in (*_TRANSPARENT, "append")
                if name in ("append", "extend") and isinstance(func, ast.Attribute) and _called(func.value) in _LISTS:
                    wanted = True
                    for argument in node.args:
                        self._from(argument)
                for argument, filled in self._filled(node):
                    if filled:
                        self._from(argument)
                    yield from self._walk(argument, wanted=wanted or filled)
                yield from self._walk(func, wanted=False)
                return
            case ast.Return(value=value) if value is not None and wanted:
                self._from(value)
            case ast.Dict(values=values):
                for value in values:
                    yield from self._walk(value, wanted=wanted)
                return
            case ast.Compare():  # what is compared is not said, but what is named on the way may be
                for child in ast.walk(node):
                    if isinstance(child, ast.NamedExpr):
                        yield from self._walk(child, wanted=wanted)
                return
            case ast.Subscript():
                wanted = False
            case _:
                pass
        if isinstance(node, ast.expr) and _is_text(node):
            for variant in self._variants(node):
                text = _written(variant)
                if (wanted and _says_something(variant)) or _is_sentence(variant):
                    self._from(node)
                    yield text
            yield from self._inside(node)
            return
        for child in ast.iter_child_nodes(node):
            yield from self._walk(child, wanted=wanted)

    def _named(self, name: str) -> bool:
        return f"{self.path}:{name}" in self._spoken

    def _inside(self, node: ast.expr) -> Iterator[str]:
        """Texts within what a text fills in: ``f"{', '.join(f'{a} of {b}' for …)}"``."""
        for child in ast.walk(node):
            if isinstance(child, ast.FormattedValue) and not self._alternatives(child.value):
                yield from self._walk(child.value, wanted=False)

    def _variants(self, node: ast.expr) -> list[_Variant]:
        """What a text can be, each alternative by itself."""
        found = list(itertools.islice(self._spelt(node), _VARIANTS + 1))
        return list(dict.fromkeys(found)) if len(found) <= _VARIANTS else []

    def _spelt(self, node: ast.expr) -> Iterator[_Variant]:
        match node:
            case ast.Constant(value=str(text)):
                parts = re.split(r"\{(\w+)\}", text)  # what `format` fills in later
                yield tuple(_Place(part) if number % 2 else part for number, part in enumerate(parts) if part)
            case ast.JoinedStr(values=values):
                for chosen in itertools.product(*(list(self._spelt(value)) for value in values)):
                    yield tuple(itertools.chain.from_iterable(chosen))
            case ast.FormattedValue(value=value):
                if self._alternatives(value):
                    yield from self._spelt(value)
                else:
                    yield (_Place(_name(value)),)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                for first, second in itertools.product(list(self._spelt(left)), list(self._spelt(right))):
                    yield first + second
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._spelt(body)
                yield from self._spelt(orelse)
            case ast.BoolOp(op=ast.Or(), values=values):
                for value in values:
                    yield from self._spelt(value)
            case ast.BoolOp(op=ast.And(), values=values):
                yield from self._spelt(values[-1])
                yield ("",)
            case ast.Call(func=ast.Attribute(value=value, attr="strip" | "rstrip" | "format")) if _is_text(value):
                yield from self._spelt(value)
            case ast.Name(id=name) if name in self._constants:
                yield from self._spelt(self._constants[name])
            case _:
                yield (_Place(_name(node)),)

    def _alternatives(self, node: ast.expr) -> bool:
        return _is_text(node) or (isinstance(node, ast.Name) and node.id in self._constants)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if documented else body


def _name(node: ast.expr) -> str:
    """Name a place after what is filled in: ``path`` for ``self.path``, ``count`` for ``len(files)``."""
    match node:
        case ast.Attribute(attr="__name__"):
            return "kind"
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.strip("_") not in ("name", "text"):
            return name.strip("_").lower()
        case ast.Attribute(value=value, attr=attr):
            inner = _name(value)
            return inner if inner not in ("text", "self", "name") else attr.strip("_")
        case ast.Name(id=name):
            return name
        case ast.Call(func=ast.Name(id="len")):
            return "count"
        case ast.Call(func=ast.Attribute(value=ast.Constant()), args=[first, *_]):  # ", ".join(names)
            return _name(first)
        case ast.Call(func=ast.Attribute(value=value, attr="upper" | "lower" | "strip" | "replace" | "astimezone")):
            return _name(value)
        case ast.Call(args=[first, *_]) if _name(first) != "text":
            return _name(first)
        case ast.Call(func=func):
            return _name(func)
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Subscript(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            return _name(value)
        case ast.BinOp(left=left, right=right):
            return _name(left) if _name(left) != "text" else _name(right)
        case ast.BoolOp(values=[first, *_]):
            return _name(first)
        case ast.IfExp(body=body, orelse=orelse):
            return _name(body) if _name(body) != "text" else _name(orelse)
        case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
            return _name(elt)
        case ast.JoinedStr(values=values):
            return next((_name(one.value) for one in values if isinstance(one, ast.FormattedValue)), "text")
        case _:
            return "text"


def _says_something(variant: _Variant) -> bool:
    text = "".join(piece if isinstance(piece, str) else "…" for piece in variant).strip()
    if not re.search(r"[A-Za-z]{2}", text.replace("…", "")) or _CODE.search(text):
        return False
    return " " in text or text in WORDS or (text[-1] in ".!?" and text[:-1].isalpha())


def _is_sentence(variant: _Variant) -> bool:
    text = _written(variant).strip()
    words = re.findall(r"[A-Za-z]{2,}", " ".join(piece for piece in variant if isinstance(piece, str)))
    if len(words) < 2 or " " not in text or not _SENTENCE.match(text) or _CODE.search(text):
        return False
    # What ends with a place may end with a whole sentence: "Notes are left out: {error}".
    ends = text[-1] in ".!?…:" or (text[-1] == "}" and re.search(r"[.!?:] \{\w+\}$", text) is not None)
    return ends and any(word.islower() for word in words)


def _written(variant: _Variant) -> str:
    """A variant as a template. Two places of one name are the same only where nothing else can be meant."""
    parts: list[str] = []
    used: dict[str, int] = {}
    for piece in _merged(variant):
        if isinstance(piece, str):
            parts.append(piece.replace("{", "{{").replace("}", "}}"))
            continue
        used[piece.name] = number = used.get(piece.name, 0) + 1
        parts.append(f"{{{piece.name}{number if number > 1 else ''}}}")
    return "".join(parts)


def _merged(variant: _Variant) -> list[_Piece]:
    """Without places that touch: where one ends and the next begins, nobody could tell in the text that was made."""
    pieces: list[_Piece] = []
    for piece in variant:
        if piece and not (isinstance(piece, _Place) and pieces and isinstance(pieces[-1], _Place)):
            pieces.append(piece)
    return pieces
