"""The pipe between us and a voice's process."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.speaking.pipe import MAX_PAYLOAD_BYTES, Frame, Kind, Request, read_frame

FRAMES = st.builds(
    Frame,
    st.sampled_from(Kind),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=200),
)


@given(st.lists(FRAMES, max_size=5))
def test_frames_come_out_as_they_went_in(frames: list[Frame]) -> None:
    stream = io.BytesIO(b"".join(frame.to_bytes() for frame in frames))

    assert [read_frame(stream) for _ in frames] == frames
    assert read_frame(stream) is None


@given(FRAMES, st.data())
def test_a_frame_that_is_cut_short_is_none(frame: Frame, data: st.DataObject) -> None:
    whole = frame.to_bytes()
    kept = data.draw(st.integers(0, len(whole) - 1))

    assert read_frame(io.BytesIO(whole[:kept])) is None


def test_an_impossible_length_is_refused() -> None:
    head = Frame(Kind.AUDIO, 1).to_bytes()[:-4] + (MAX_PAYLOAD_BYTES + 1).to_bytes(4, "big")

    with pytest.raises(ValueError, match="length"):
        read_frame(io.BytesIO(head))


@given(st.integers(0, 2**31), st.text(), st.floats(0.5, 2.0))
def test_a_request_is_one_line_whatever_is_to_be_spoken(number: int, text: str, speed: float) -> None:
    request = Request(number, text, speed)
    line = request.to_bytes()

    assert line.count(b"\n") == 1
    assert Request.from_line(line) == request


@given(st.binary(max_size=60))
def test_whatever_is_no_request_is_refused_as_such(line: bytes) -> None:
    with contextlib.suppress(ValueError):
        Request.from_line(line)
