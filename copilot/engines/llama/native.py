"""llama.cpp through its C API: a model, a context, and what we call of them.

The only module that touches `llama_cpp`. Everything here is synchronous and belongs to one thread.
Source: llama.h of the llama.cpp that llama-cpp-python bundles.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import llama_cpp
import numpy as np
import numpy.typing as npt

from index.errors import EngineError

_SUCCESS: Final = 0
_NO_KV_SLOT: Final = 1
_ABORTED: Final = 2
_KV_TYPES: Final = {"f16": 1, "q8_0": 8, "q4_0": 2}  # enum ggml_type

Logits = npt.NDArray[np.float32]


class Aborted(Exception):
    """A decode was stopped by `AbortFlag.set`. A part of the batch may be in the context already."""


class AbortFlag:
    """Stops a running `llama_decode` from any thread, without the interpreter's lock.

    llama.cpp asks a callback between graph nodes whether to go on. A Python callback would take the GIL hundreds of
    times a token; so the callback is libc's ``atoi`` over a two-byte string that `set` turns from "0" to "1".
    """

    def __init__(self) -> None:
        self._text = ctypes.create_string_buffer(b"0", 2)
        libc = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
        self._callback = ctypes.cast(libc.atoi, llama_cpp.ggml_abort_callback)

    def set(self) -> None:
        """Ask the running decode to stop."""
        self._text[0] = b"1"

    def clear(self) -> None:
        """Allow decoding again."""
        self._text[0] = b"0"

    def __bool__(self) -> bool:
        return bool(self._text[0] == b"1")

    def attach(self, context: Any) -> None:  # noqa: ANN401 - an opaque llama_context*
        """Make ``context`` obey this flag."""
        address = ctypes.cast(self._text, ctypes.c_void_p)
        llama_cpp.llama_set_abort_callback(context, self._callback, address)


_log_silencer = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)


def _silence_log() -> None:
    """llama.cpp writes its progress to stderr, where ours belongs."""
    llama_cpp.llama_log_set(_log_silencer, ctypes.c_void_p(0))


class NativeModel:
    """Weights and vocabulary of one GGUF file.

    Raises:
        EngineError: llama.cpp can't load the file.
    """

    def __init__(self, path: Path, *, gpu_layers: int = 0) -> None:
        _silence_log()
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            raise EngineError(
                f"The language model {path.name} can't be loaded.",
                "Check it with `edge-copilot models verify`; if it is sound, there may be too little free memory.",
            )
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(self._vocab)

    @property
    def handle(self) -> Any:  # noqa: ANN401 - an opaque llama_model*
        """The C pointer, for `NativeContext`."""
        return self._model

    def metadata(self, key: str) -> str | None:
        """A value of the GGUF header by its key, or None."""
        room = 16 * 1024
        while True:
            buffer = ctypes.create_string_buffer(room)
            length = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, room)
            if length < room:
                return buffer.value.decode("utf-8", "replace") if length >= 0 else None
            room = length + 1

    @property
    def begin_text(self) -> str:
        """The beginning-of-text token as a chat template writes it, "" where there is none."""
        return self._text(llama_cpp.llama_vocab_bos(self._vocab))

    @property
    def end_text(self) -> str:
        """The end-of-text token as a chat template writes it, "" where there is none."""
        return self._text(llama_cpp.llama_vocab_eos(self._vocab))

    @property
    def wants_begin(self) -> bool:
        """Whether every prompt must begin with the beginning-of-text token."""
        return bool(llama_cpp.llama_vocab_get_add_bos(self._vocab))

    def _text(self, token: int) -> str:
        if token < 0:  # LLAMA_TOKEN_NULL
            return ""
        return bytes(llama_cpp.llama_vocab_get_text(self._vocab, token) or b"").decode("utf-8", "replace")

    @property
    def train_context(self) -> int:
        """Tokens that the model was trained to take."""
        return int(llama_cpp.llama_model_n_ctx_train(self._model))

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Tokens of ``text``.

        Args:
            text: What to tokenize.
            special: Take control tokens such as ``<|im_end|>`` for what they are. Never for text of a document or a
                person: it could end the prompt and give orders.
        """
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        while True:
            tokens = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self._vocab, raw, len(raw), tokens, room, False, special)
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def piece(self, token: int) -> bytes:
        """Bytes of one token; may be part of a character. Control tokens have none."""
        buffer = ctypes.create_string_buffer(256)
        length = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:length] if length > 0 else b""

    def ends_reply(self, token: int) -> bool:
        """Whether ``token`` ends a reply."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    def close(self) -> None:
        """Free the weights."""
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = None


@dataclass(frozen=True, slots=True)
class BatchToken:
    """One token of a batch: its sequence, its position there, and whether its logits are wanted."""

    token: int
    position: int
    sequence: int
    logits: bool = False


@dataclass(frozen=True, slots=True)
class ContextShape:
    """Size of a context: cells shared by all sequences, sequences, tokens a batch, threads, type of the KV."""

    cells: int
    sequences: int
    batch_tokens: int
    threads: int
    kv_type: str = "f16"


class NativeContext:
    """The KV cache of a model and the computations over it.

    Sequences share one pool of cells, so that copying a prefix to another sequence costs nothing.

    Raises:
        EngineError: There is too little memory for it.
    """

    def __init__(self, model: NativeModel, shape: ContextShape) -> None:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = shape.cells
        parameters.n_batch = parameters.n_ubatch = shape.batch_tokens
        parameters.n_seq_max = shape.sequences
        parameters.n_threads = parameters.n_threads_batch = shape.threads
        parameters.type_k = parameters.type_v = _KV_TYPES[shape.kv_type]
        parameters.kv_unified = True
        parameters.no_perf = True
        self._model = model
        self._context = llama_cpp.llama_init_from_model(model.handle, parameters)
        if not self._context:
            raise EngineError("There is too little memory for the model's context.", "Set engine.context lower.")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(shape.batch_tokens, 0, 1)
        self.shape = shape
        self.abort = AbortFlag()
        self.abort.attach(self._context)

    def decode(self, tokens: Sequence[BatchToken]) -> list[Logits]:
        """Compute ``tokens`` and return the logits asked for, in their order.

        The arrays are copies of shape (vocabulary,). More tokens than a batch holds are computed in several.

        Raises:
            Aborted: `AbortFlag.set` was called; the caller removes what it has begun.
            EngineError: The context is full, or llama.cpp failed.
        """
        wanted: list[Logits] = []
        for begin in range(0, len(tokens), self.shape.batch_tokens):
            part = tokens[begin : begin + self.shape.batch_tokens]
            batch = self._batch
            batch.n_tokens = len(part)
            for row, entry in enumerate(part):
                batch.token[row] = entry.token
                batch.pos[row] = entry.position
                batch.n_seq_id[row] = 1
                batch.seq_id[row][0] = entry.sequence
                batch.logits[row] = entry.logits
            self._check(llama_cpp.llama_decode(self._context, batch))
            for row, entry in enumerate(part):
                if entry.logits:
                    pointer = llama_cpp.llama_get_logits_ith(self._context, row)
                    wanted.append(np.ctypeslib.as_array(pointer, shape=(self._model.vocabulary_size,)).copy())
        return wanted

    def _check(self, code: int) -> None:
        if code == _SUCCESS:
            return
        if code == _ABORTED or self.abort:
            raise Aborted
        if code == _NO_KV_SLOT:
            raise EngineError("The text is longer than the model's context.", "Ask for less, or set engine.context.")
        raise EngineError(f"The language model failed (llama_decode returned {code}).", "Try `edge-copilot doctor`.")

    def copy_sequence(self, source: int, target: int) -> None:
        """Make ``target`` begin as ``source`` is now; the cells are shared."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def truncate(self, sequence: int, position: int = 0) -> None:
        """Forget what ``sequence`` holds from ``position`` on."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, position, -1)

    def length(self, sequence: int) -> int:
        """Positions that ``sequence`` holds."""
        return int(llama_cpp.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def save_sequence(self, sequence: int) -> bytes:
        """The KV of ``sequence`` as bytes that only the same model and build can read."""
        size = llama_cpp.llama_state_seq_get_size(self._context, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(self._context, buffer, size, sequence)
        return bytes(memoryview(buffer)[:written])

    def restore_sequence(self, sequence: int, state: bytes) -> bool:
        """Put saved KV into ``sequence``, which must be empty; False where llama.cpp does not take it."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        taken = llama_cpp.llama_state_seq_set_data(self._context, buffer, len(state), sequence)
        if not taken:
            self.truncate(sequence)
        return bool(taken)

    def close(self) -> None:
        """Free the context."""
        if self._context:
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self._context)
            self._context = None


def as_batch(tokens: Iterable[int], sequence: int, position: int, *, last_logits: bool = False) -> list[BatchToken]:
    """Consecutive tokens of one sequence from ``position`` on; logits of the last one where asked for."""
    batch = [BatchToken(token, position + i, sequence) for i, token in enumerate(tokens)]
    if last_logits and batch:
        last = batch[-1]
        batch[-1] = BatchToken(last.token, last.position, last.sequence, logits=True)
    return batch


def build_identity() -> str:
    """Names the llama.cpp build whose KV bytes are compatible with each other."""
    return f"llama-cpp-python {llama_cpp.__version__}; {llama_cpp.llama_print_system_info().decode()}"
