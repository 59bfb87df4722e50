"""What a GGUF file says about its model, read from the header without loading it.

Source: the GGUF specification of ggml (docs/gguf.md), versions 2 and 3, little-endian. Every length and offset is
checked against the file's size before it is used: the file may be anything.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from index.errors import ModelCorrupt, ModelMissing

Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...]

_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING: Final = 8
_ARRAY: Final = 9
_KEPT_ITEMS: Final = 4096  # longer arrays are vocabularies, which nothing here needs
_MAX_DIMENSIONS: Final = 8
_MAX_ALIGNMENT: Final = 1 << 20
_DEFAULT_ALIGNMENT: Final = 32
_TEMPLATE: Final = "tokenizer.chat_template"
_SMALLEST_ENTRY: Final = 13  # bytes of a metadata entry: key length, type, one-byte value
_SMALLEST_TENSOR: Final = 24  # bytes of a tensor's entry: name length, dimensions, type, offset

# ggml type → (elements, bytes) of one block; from ggml.c's type traits.
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the header lists it; ``offset`` in bytes from the start of the tensor data."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int

    @property
    def bytes(self) -> int | None:
        """Size of its data; None for a type that this reader doesn't know."""
        if self.type not in _BLOCKS:
            return None
        elements = 1
        for length in self.shape:
            elements *= length
        per_block, block_bytes = _BLOCKS[self.type]
        return -(-elements // per_block) * block_bytes


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Metadata and tensor list.

    Attributes:
        version: Of the format.
        metadata: Scalars, texts and short arrays; vocabularies are left out.
        tensors: In the file's order.
        data_start: Byte at which tensor data begins.
        file_bytes: Size of the whole file.
    """

    version: int
    metadata: dict[str, Value]
    tensors: tuple[Tensor, ...]
    data_start: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What planning needs to know of a model.

    Attributes:
        architecture: llama.cpp's name for it, such as ``qwen2``.
        name: As the file gives it; may be empty.
        layers: Number of repeating layers.
        layer_bytes: Bytes of weights of each of them.
        other_bytes: Bytes of the remaining weights: embeddings and output.
        kv_values_per_token: Numbers that the KV cache holds for one token, all layers together.
        embedding_length, heads, vocabulary: As the file gives them; 0 where it doesn't.
        context_length: Longest context that it was trained for, in tokens; 0 where unknown.
        file_type: llama.cpp's number for the quantization (15 is Q4_K_M); None where not given.
        chat_template: Jinja source, or None.
    """

    architecture: str
    name: str
    layers: int
    layer_bytes: tuple[int, ...]
    other_bytes: int
    kv_values_per_token: int
    embedding_length: int
    heads: int
    vocabulary: int
    context_length: int
    file_type: int | None
    chat_template: str | None

    @property
    def weight_bytes(self) -> int:
        """All weights together."""
        return sum(self.layer_bytes) + self.other_bytes


def read_shape(path: Path) -> ModelShape:
    """Read the model's shape from its header.

    Raises:
        ModelMissing: There is no such file.
        ModelCorrupt: It is not a GGUF model, is truncated, or contradicts itself.
    """
    return shape_of(read_header(path), path)


def read_header(path: Path) -> GgufHeader:
    """Read metadata and tensor list.

    Raises:
        ModelMissing: There is no such file, or it can't be opened.
        ModelCorrupt: It is not a GGUF file, is truncated, or contradicts itself.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size < 24:
                raise _corrupt(path, "it is too short")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return parse_header(view, path)
    except FileNotFoundError as error:
        raise ModelMissing(f"There is no model file {path}.", "See what is there: edge-copilot models list") from error
    except OSError as error:
        raise ModelMissing(f"The model file {path} can't be opened.", "Check the file's permissions.") from error


def parse_header(data: bytes | mmap.mmap, path: Path) -> GgufHeader:
    """Parse a header; ``path`` is only for messages.

    Raises:
        ModelCorrupt: As for `read_header`.
    """
    try:
        header = _Reader(data).header()
    except (struct.error, IndexError, UnicodeDecodeError, _Malformed) as error:
        reason = str(error) if isinstance(error, _Malformed) else "its header is truncated"
        raise _corrupt(path, reason) from error
    for tensor in header.tensors:
        if header.data_start + tensor.offset + (tensor.bytes or 0) > header.file_bytes:
            raise _corrupt(path, f"it is truncated: {tensor.name} lies beyond its end")
    return header


def shape_of(header: GgufHeader, path: Path) -> ModelShape:
    """Derive the shape from a header; ``path`` is only for messages.

    Raises:
        ModelCorrupt: A number without which nothing can be planned is missing or absurd.
    """
    metadata = header.metadata
    architecture = metadata.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise _corrupt(path, "it names no architecture")

    def number(key: str, default: int = 0) -> int:
        value = metadata.get(f"{architecture}.{key}", default)
        return value if isinstance(value, int) and 0 <= value < 1 << 32 else default

    layers = number("block_count")
    if not 0 < layers <= 10_000:
        raise _corrupt(path, "it gives no usable number of layers")
    layer_bytes = [0] * layers
    other = 0
    for tensor, size in zip(header.tensors, _sizes(header), strict=True):
        block, _, rest = tensor.name.removeprefix("blk.").partition(".")
        if tensor.name.startswith("blk.") and rest and block.isascii() and block.isdigit() and int(block) < layers:
            layer_bytes[int(block)] += size
        else:
            other += size
    heads, embedding = number("attention.head_count"), number("embedding_length")
    per_head = embedding // heads if heads else 0
    kv_width = number("attention.key_length", per_head) + number("attention.value_length", per_head)
    kv_heads = metadata.get(f"{architecture}.attention.head_count_kv", heads)
    of_layers = kv_heads if isinstance(kv_heads, tuple) else (kv_heads,) * layers
    vocabulary = number("vocab_size") or next(
        (tensor.shape[-1] for tensor in header.tensors if tensor.name == "token_embd.weight" and tensor.shape), 0
    )
    name, file_type, template = (metadata.get(key) for key in ("general.name", "general.file_type", _TEMPLATE))
    return ModelShape(
        architecture=architecture,
        name=name if isinstance(name, str) else "",
        layers=layers,
        layer_bytes=tuple(layer_bytes),
        other_bytes=other,
        kv_values_per_token=kv_width * sum(count for count in of_layers if isinstance(count, int) and count > 0),
        embedding_length=embedding,
        heads=heads,
        vocabulary=vocabulary,
        context_length=number("context_length"),
        file_type=file_type if isinstance(file_type, int) else None,
        chat_template=template if isinstance(template, str) else None,
    )


class _Malformed(Exception):
    """The header contradicts itself; the text ends a sentence."""


class _Reader:
    """A position in the bytes of a header."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self._size = len(data)
        self._at = 0

    def header(self) -> GgufHeader:
        if self._data[:4] != b"GGUF":
            raise _Malformed("it is no GGUF file")
        self._at = 4
        version = self._number("I")
        if version not in (2, 3):
            raise _Malformed(f"its GGUF version {version} is not supported")
        tensor_count, entry_count = self._number("Q"), self._number("Q")
        self._check(entry_count * _SMALLEST_ENTRY + tensor_count * _SMALLEST_TENSOR)
        metadata: dict[str, Value] = {}
        for _ in range(entry_count):
            key = self._text()
            value = self._value(self._number("I"))
            if value is not None:
                metadata[key] = value
        tensors = tuple(self._tensor() for _ in range(tensor_count))
        alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not 0 < alignment <= _MAX_ALIGNMENT:
            raise _Malformed("its alignment is absurd")
        return GgufHeader(version, metadata, tensors, -(-self._at // alignment) * alignment, self._size)

    def _check(self, count: int) -> None:
        """Refuse to read past the end: whatever the header claims, nothing larger than the file is looked at."""
        if count > self._size - self._at:
            raise _Malformed("its header is truncated")

    def _number(self, code: str) -> int:
        value: int = struct.unpack_from("<" + code, self._data, self._at)[0]
        self._at += struct.calcsize("<" + code)
        return value

    def _text(self) -> str:
        length = self._number("Q")
        self._check(length)
        text = self._data[self._at : self._at + length].decode("utf-8", errors="replace")
        self._at += length
        return text

    def _value(self, kind: int) -> Value | None:
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array()
        if kind not in _SCALARS:
            raise _Malformed(f"it holds a value of the unknown type {kind}")
        return self._number(_SCALARS[kind])

    def _array(self) -> Value | None:
        """Return a short array; skip a long one."""
        kind, count = self._number("I"), self._number("Q")
        if kind == _STRING:
            self._check(count * 8)
            if count <= _KEPT_ITEMS:
                return tuple(self._text() for _ in range(count))
            self._skip_texts(count)
            return None
        if kind not in _SCALARS:
            raise _Malformed("it holds an array of an unknown type")
        code = _SCALARS[kind]
        length = struct.calcsize("<" + code) * count
        self._check(length)
        start, self._at = self._at, self._at + length
        return struct.unpack_from(f"<{count}{code}", self._data, start) if count <= _KEPT_ITEMS else None

    def _skip_texts(self, count: int) -> None:
        # A vocabulary has 150,000 entries: one bound method and one addition each keep this at some 20 ms.
        unpack, data, at = struct.Struct("<Q").unpack_from, self._data, self._at
        for _ in range(count):
            at += 8 + unpack(data, at)[0]
        self._at = at
        self._check(0)

    def _tensor(self) -> Tensor:
        name, dimensions = self._text(), self._number("I")
        if dimensions > _MAX_DIMENSIONS:
            raise _Malformed("a tensor has too many dimensions")
        shape = tuple(self._number("Q") for _ in range(dimensions))
        return Tensor(name, shape, self._number("I"), self._number("Q"))


def _sizes(header: GgufHeader) -> list[int]:
    """Bytes of each tensor; of an unknown type, what lies between it and the next."""
    ends = sorted({tensor.offset for tensor in header.tensors} | {header.file_bytes - header.data_start})
    following = dict(pairwise(ends))
    return [
        size if (size := tensor.bytes) is not None else following.get(tensor.offset, tensor.offset) - tensor.offset
        for tensor in header.tensors
    ]


def _corrupt(path: Path, reason: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"The model file {path} can't be used: {reason}.", "Fetch it again: edge-copilot models pull, or copy it anew."
    )
