"""Frames: whatever goes in comes out, however it is cut, and what is none is never taken for one."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.engines.child.framing import LONGEST_FRAME, FrameError, FrameReader, frame

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=12,
)


@given(st.lists(values, max_size=5), st.data())
def test_frames_come_out_as_they_went_in_however_they_are_cut(sent: list[object], data: st.DataObject) -> None:
    stream = b"".join(map(frame, sent))
    reader = FrameReader()
    received: list[object] = []
    at = 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        received += reader.feed(stream[at : at + size])
        at += size

    assert received == sent


@given(st.binary(max_size=200))
def test_noise_gives_values_or_a_frame_error_and_nothing_else(noise: bytes) -> None:
    try:
        values = FrameReader().feed(noise)
    except FrameError:
        return

    assert isinstance(values, list)


def test_a_frame_that_is_announced_too_long_is_refused_before_it_comes() -> None:
    with pytest.raises(FrameError):
        FrameReader().feed(struct.pack(">I", LONGEST_FRAME + 1))


def test_a_value_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(FrameError):
        frame(b"x" * (LONGEST_FRAME + 1))
