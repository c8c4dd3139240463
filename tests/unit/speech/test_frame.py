"""Frames: what is packed is read, and anything else is a FrameError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.frame import (
    LENGTH,
    MAX_FRAME_BYTES,
    FrameError,
    Reply,
    ReplyKind,
    pack_reply,
    pack_request,
    read_length,
    read_rate,
    read_reply,
)


@given(st.sampled_from(ReplyKind), st.binary(max_size=50))
def test_a_reply_is_read_as_it_was_packed(kind: ReplyKind, payload: bytes) -> None:
    frame = pack_reply(kind, payload)

    assert read_length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    assert read_reply(frame[LENGTH.size :]) == Reply(kind, payload)


@given(st.text(max_size=50))
def test_a_request_is_its_text_in_utf8(text: str) -> None:
    frame = pack_request(text)

    assert read_length(frame[: LENGTH.size]) == len(frame) - LENGTH.size
    assert frame[LENGTH.size :].decode() == text


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert pack_request("a\ud800")[LENGTH.size :] == b"a?"


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
