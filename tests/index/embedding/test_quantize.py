from __future__ import annotations

import apsw
import numpy as np
import pytest
import sqlite_vec
from hypothesis import given
from hypothesis import strategies as st

from index.embedding.base import Vectors
from index.embedding.quantize import best_dots, dots, from_int8, to_bits, to_int8


def unit_vectors(seed: int, count: int, dimensions: int = 384) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def sqlite() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    return connection


@given(st.integers(0, 2**32 - 1), st.integers(0, 20))
def test_int8_keeps_dot_products_to_a_hundredth(seed: int, count: int) -> None:
    vectors = unit_vectors(seed, count)
    query = unit_vectors(seed + 1, 1)[0]
    blob = to_int8(vectors)

    assert len(blob) == 384 * count
    np.testing.assert_allclose(dots(blob, query), vectors @ query, atol=0.01)
    np.testing.assert_allclose(from_int8(blob, 384), vectors, atol=0.5 / 127 + 1e-6)


def test_int8_takes_the_largest_component_there_can_be() -> None:
    axis = np.zeros(8, dtype=np.float32)
    axis[0], axis[1] = 1.0, -1.0

    assert from_int8(to_int8(axis), 8)[0].tolist() == [1.0, -1.0, 0, 0, 0, 0, 0, 0]


def test_a_blob_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        from_int8(b"123", 8)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 5), max_size=8))
def test_the_best_of_many_blobs_is_the_best_of_each(seed: int, counts: list[int]) -> None:
    blobs = [to_int8(unit_vectors(seed + i, count, 16)) for i, count in enumerate(counts)]
    query = unit_vectors(seed + 99, 1, 16)[0]

    expected = [dots(blob, query).max() if blob else -1.0 for blob in blobs]
    np.testing.assert_allclose(best_dots(blobs, query), np.array(expected, dtype=np.float32), atol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_bits_are_laid_out_as_sqlite_vec_quantizes(sqlite: apsw.Connection, seed: int) -> None:
    vector = unit_vectors(seed, 1)[0]
    vector[seed % 384] = 0.0

    expected = sqlite.execute("SELECT vec_quantize_binary(vec_f32(?))", (vector.tobytes(),)).get
    assert to_bits(vector[None])[0].tobytes() == expected


def test_bits_are_found_by_a_bit_column_of_sqlite_vec(sqlite: apsw.Connection) -> None:
    vectors = unit_vectors(7, 50)
    sqlite.execute("CREATE VIRTUAL TABLE temp.bits USING vec0 (id INTEGER PRIMARY KEY, embedding bit[384])")
    for row, bits in enumerate(to_bits(vectors)):
        sqlite.execute("INSERT INTO bits VALUES (?, vec_bit(?))", (row, bits.tobytes()))

    nearest = sqlite.execute(
        "SELECT id, distance FROM bits WHERE embedding MATCH vec_bit(?) AND k = 1", (to_bits(vectors[23:24]).tobytes(),)
    ).fetchall()
    assert nearest == [(23, 0.0)]


def test_dimensions_that_fill_no_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        to_bits(np.ones((1, 12), dtype=np.float32))
