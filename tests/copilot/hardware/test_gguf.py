"""The GGUF header reader: what it reads, and that nothing hostile gets through it."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.hardware.gguf import parse_header, read_header, read_shape, shape_of
from index.errors import ModelCorrupt, ModelMissing

HERE = Path("model.gguf")


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str, value: object) -> bytes:
    match value:
        case bool():
            return text(key) + struct.pack("<I?", 7, value)
        case int():
            return text(key) + struct.pack("<II", 4, value)
        case float():
            return text(key) + struct.pack("<If", 6, value)
        case str():
            return text(key) + struct.pack("<I", 8) + text(value)
        case [str(), *_]:
            return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
        case list():
            return text(key) + struct.pack("<IIQ", 9, 4, len(value)) + struct.pack(f"<{len(value)}I", *value)
    raise TypeError(value)


def model(
    metadata: dict[str, object], tensors: dict[str, tuple[tuple[int, ...], int]], version: int = 3, slack: int = 0
) -> bytes:
    """Write a GGUF file of these F32 tensors, filled with zeros; ``slack`` bytes are missing at its end."""
    entries = b"".join(entry(key, value) for key, value in metadata.items())
    listing, offset = b"", 0
    for name, (shape, kind) in tensors.items():
        listing += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        count = 1
        for length in shape:
            count *= length
        offset += -(-count * 4 // 32) * 32
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata)) + entries + listing
    head += b"\0" * (-len(head) % 32)
    return head + b"\0" * (offset - slack)


METADATA: dict[str, object] = {
    "general.architecture": "qwen2",
    "general.name": "A small one",
    "general.file_type": 15,
    "qwen2.block_count": 2,
    "qwen2.context_length": 4096,
    "qwen2.embedding_length": 64,
    "qwen2.attention.head_count": 4,
    "qwen2.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": [f"t{n}" for n in range(5000)],
    "tokenizer.ggml.scores": list(range(5000)),
    "tokenizer.chat_template": "{{ messages }}",
}
TENSORS = {
    "token_embd.weight": ((64, 100), 0),
    "blk.0.attn_q.weight": ((64, 64), 0),
    "blk.0.ffn_up.weight": ((64, 32), 0),
    "blk.1.attn_q.weight": ((64, 16), 0),
    "output_norm.weight": ((64,), 0),
}


def test_the_shape_holds_what_planning_needs() -> None:
    shape = shape_of(parse_header(model(METADATA, TENSORS), HERE), HERE)

    assert (shape.architecture, shape.name, shape.layers, shape.file_type) == ("qwen2", "A small one", 2, 15)
    assert shape.layer_bytes == (4 * 64 * (64 + 32), 4 * 64 * 16)
    assert shape.other_bytes == 4 * 64 * 101
    assert shape.kv_values_per_token == 2 * 2 * (16 + 16), "layers × KV heads × (key and value width)"
    assert (shape.context_length, shape.vocabulary, shape.heads) == (4096, 100, 4)
    assert shape.chat_template == "{{ messages }}"


def test_vocabularies_are_skipped_and_what_follows_is_read() -> None:
    header = parse_header(model(METADATA, TENSORS), HERE)

    assert "tokenizer.ggml.tokens" not in header.metadata
    assert "tokenizer.ggml.scores" not in header.metadata
    assert [tensor.name for tensor in header.tensors] == list(TENSORS)


def test_layers_may_differ_in_their_kv_heads() -> None:
    metadata = METADATA | {"qwen2.attention.head_count_kv": [2, 1]}

    shape = shape_of(parse_header(model(metadata, TENSORS), HERE), HERE)

    assert shape.kv_values_per_token == 3 * 32


def test_tensors_of_an_unknown_type_are_measured_by_what_follows_them() -> None:
    tensors = TENSORS | {"blk.1.attn_q.weight": ((64, 16), 999)}

    assert shape_of(parse_header(model(METADATA, tensors), HERE), HERE).layer_bytes[1] == 4 * 64 * 16


WRONG = {
    "another kind of file": (b"%PDF-1.7" + b"x" * 100, "no GGUF file"),
    "version 1": (model(METADATA, TENSORS, version=1), "version 1"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 1, 1) + b"\0" * 100, "version"),
    "tensor data missing": (model(METADATA, TENSORS, slack=64), "truncated"),
    "a billion entries": (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), "truncated"),
    "a text longer than the file": (
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62) + b"x" * 40,
        "truncated",
    ),
    "no architecture": (model({"general.name": "x"}, TENSORS), "architecture"),
    "no layers": (model({"general.architecture": "llama", "llama.block_count": 0}, TENSORS), "number of layers"),
    "a billion layers": (
        model({"general.architecture": "llama", "llama.block_count": 1 << 30}, TENSORS),
        "number of layers",
    ),
    "no alignment": (model(METADATA | {"general.alignment": 0}, TENSORS), "alignment"),
}


@pytest.mark.parametrize(("content", "reason"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ModelCorrupt, match=reason):
        shape_of(parse_header(content, HERE), HERE)


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(model(METADATA, TENSORS))

    assert read_shape(path).layers == 2
    assert read_header(path).file_bytes == path.stat().st_size


def test_a_missing_or_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        read_header(tmp_path / "absent.gguf")
    (tmp_path / "empty.gguf").touch()
    with pytest.raises(ModelCorrupt, match="too short"):
        read_header(tmp_path / "empty.gguf")
    with pytest.raises(ModelMissing):
        read_header(tmp_path)


SMALL = model({k: v for k, v in METADATA.items() if "tokenizer" not in k}, TENSORS)[:700]


@given(
    st.integers(0, len(SMALL)),
    st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8),
)
@example(len(SMALL), [])
def test_however_it_is_damaged_it_is_read_or_refused_as_corrupt(length: int, changes: list[tuple[int, int]]) -> None:
    content = bytearray(SMALL)
    for position, value in changes:
        content[position] = value
    try:
        shape = shape_of(parse_header(bytes(content[:length]), HERE), HERE)
    except ModelCorrupt:
        return

    assert 0 < shape.layers <= 10_000


@given(st.binary(max_size=300))
def test_any_bytes_after_the_magic_are_read_or_refused(rest: bytes) -> None:
    with suppress(ModelCorrupt):
        parse_header(b"GGUF" + rest, HERE)
