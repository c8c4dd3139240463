"""Frames: what is packed is read, and anything else is a FrameError."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.frame import (
    LENGTH,
    MANNER,
    MAX_FRAME_BYTES,
    FrameError,
    Reply,
    ReplyKind,
    pack_reply,
    pack_request,
    read_length,
    read_rate,
    read_reply,
    read_request,
)
from offhook.speech.ports import MAX_PITCH, MAX_RATE, MIN_PITCH, MIN_RATE, Gender, Utterance


@given(st.sampled_from(ReplyKind), st.binary(max_size=50))
def test_a_reply_is_read_as_it_was_packed(kind: ReplyKind, payload: bytes) -> None:
    frame = pack_reply(kind, payload)

    assert read_length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    assert read_reply(frame[LENGTH.size :]) == Reply(kind, payload)


@given(
    st.builds(
        Utterance,
        st.text(max_size=50),
        rate=st.floats(MIN_RATE, MAX_RATE),
        gain_db=st.floats(-60.0, 60.0) | st.just(-inf),
        trims_start=st.booleans(),
        trims_end=st.booleans(),
        voice=st.sampled_from(["", *Gender]),
        pitch=st.floats(MIN_PITCH, MAX_PITCH),
    )
)
def test_a_request_is_read_as_it_was_packed(utterance: Utterance) -> None:
    frame = pack_request(utterance)

    assert read_length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    assert read_request(frame[LENGTH.size :]) == utterance


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert read_request(pack_request(Utterance("a\ud800"))[LENGTH.size :]).text == "a?"


@pytest.mark.parametrize("pitch", [0.4, 2.1, nan, inf])
def test_a_pitch_that_is_none_is_a_frame_error(pitch: float) -> None:
    with pytest.raises(FrameError, match="pitch"):
        read_request(MANNER.pack(1.0, 0.0, pitch, 0) + b"hello")


@pytest.mark.parametrize(("rate", "gain_db"), [(0.1, 0.0), (2.1, 0.0), (nan, 0.0), (inf, 0.0), (1.0, nan)])
def test_a_manner_that_is_none_is_a_frame_error(rate: float, gain_db: float) -> None:
    with pytest.raises(FrameError, match="a request at rate"):
        read_request(MANNER.pack(rate, gain_db, 1.0, 0) + b"hello")


def test_a_request_that_is_cut_off_is_a_frame_error() -> None:
    frame = pack_request(Utterance(""))

    assert read_request(frame[LENGTH.size :]).text == ""
    with pytest.raises(FrameError, match="a request of 24 bytes"):
        read_request(frame[LENGTH.size : -1])


def test_a_frame_has_a_longest_length() -> None:
    assert read_length(LENGTH.pack(MAX_FRAME_BYTES)) == MAX_FRAME_BYTES
    with pytest.raises(FrameError):
        read_length(LENGTH.pack(MAX_FRAME_BYTES + 1))


@given(st.binary(max_size=10))
def test_any_reply_is_read_or_is_a_frame_error(body: bytes) -> None:
    if body and body[0] in (0, 1, 2):
        assert read_reply(body).payload == body[1:]
    else:
        with pytest.raises(FrameError):
            read_reply(body)


@pytest.mark.parametrize("payload", [b"", b"\0\0\x1f", b"\0\0\x1f\x3f", b"\xff\xff\xff\xff"])
def test_a_rate_that_is_none_is_a_frame_error(payload: bytes) -> None:
    with pytest.raises(FrameError):
        read_rate(payload)
