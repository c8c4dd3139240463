"""Frames: what is packed is read, and anything else is a RecognitionFrameError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.recognition.frame import (
    LENGTH,
    MAX_FRAME_BYTES,
    MAX_OPTIONS_BYTES,
    OPTIONS,
    Piece,
    Ready,
    RecognitionFrameError,
    Words,
    pack_reply,
    pack_request,
    read_length,
    read_reply,
    read_request,
)

WORDS = st.builds(Words, st.text(max_size=50), st.floats(0.0, 1.0))


@given(WORDS | st.builds(Ready, st.booleans()))
def test_a_reply_is_read_as_it_was_packed(reply: Words | Ready) -> None:
    frame = pack_reply(reply)

    assert read_length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    assert read_reply(frame[LENGTH.size :]) == reply


@given(
    st.builds(
        Piece,
        st.binary(max_size=400),
        st.text(max_size=20),
        st.lists(st.text(max_size=10), max_size=10).map(tuple),
    )
)
def test_a_request_is_read_as_it_was_packed(piece: Piece) -> None:
    frame = pack_request(piece)

    assert read_length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    assert read_request(frame[LENGTH.size :]) == piece


def test_five_hundred_hints_fit_as_far_as_there_is_room() -> None:
    hints = tuple("\U0001f4de" * 100 for _ in range(500))
    body = pack_request(Piece(b"", hints=hints))[LENGTH.size :]

    assert OPTIONS.unpack_from(body)[0] <= MAX_OPTIONS_BYTES
    read = read_request(body).hints
    assert 0 < len(read) < 500
    assert read == hints[: len(read)]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_request_or_a_frame_error(body: bytes) -> None:
    try:
        read = read_request(body)
    except RecognitionFrameError:
        return
    assert isinstance(read.language, str)


@given(st.binary(max_size=60) | st.just(b"[]") | st.just(b'{"text": 1}') | st.just(b"null"))
def test_any_bytes_are_a_reply_or_a_frame_error(body: bytes) -> None:
    try:
        read = read_reply(body)
    except RecognitionFrameError:
        return
    assert isinstance(read, Words | Ready)


@pytest.mark.parametrize("confidence", ["-0.1", "1.1", "NaN"])
def test_a_confidence_that_is_none_is_a_frame_error(confidence: str) -> None:
    with pytest.raises(RecognitionFrameError, match="a confidence of"):
        read_reply(f'{{"text": "a", "confidence": {confidence}}}'.encode())


def test_a_frame_has_a_longest_length() -> None:
    assert read_length(LENGTH.pack(MAX_FRAME_BYTES)) == MAX_FRAME_BYTES
    with pytest.raises(RecognitionFrameError):
        read_length(LENGTH.pack(MAX_FRAME_BYTES + 1))
