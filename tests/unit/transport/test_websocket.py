"""The frames of RFC 6455 as they become messages of SIP, and what breaks its rules."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.framer import Answer, Broken, Frame, Framed, Goodbye, Keepalive
from offhook.sip.settings import Limits
from offhook.transport.websocket import WebSocketFramer
from tests.support.websocket import BINARY, CLOSE, PING, PONG, TEXT, frame

MESSAGE = b"OPTIONS sip:x@a SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\n\r\n"


def frames(*pieces: bytes, limits: Limits | None = None) -> list[Frame]:
    framer = WebSocketFramer(limits or Limits())
    found = []
    for piece in pieces:
        framer.handle_data(piece)
        while (each := framer.poll_frame()) is not None:
            found.append(each)
    return found


def close_code(found: Frame) -> int:
    """The code of the close frame that goes with it."""
    assert isinstance(found, Broken | Goodbye)
    data = found.farewell if isinstance(found, Broken) else found.data
    assert data[:2] == bytes((0x80 | CLOSE, 2))
    code: int = struct.unpack("!H", data[2:])[0]
    return code


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535])
def test_text_and_binary_messages_of_every_form_of_length(opcode: int, size: int) -> None:
    assert frames(frame(opcode, b"x" * size)) == [Framed(b"x" * size)]


def test_rfc6455_5_7_a_masked_text_message() -> None:
    assert frames(bytes.fromhex("818537fa213d7f9f4d5158")) == [Framed(b"Hello")]


def test_fragments_are_joined_around_a_ping() -> None:
    pieces = (
        frame(TEXT, MESSAGE[:10], is_final=False),
        frame(PING, b"there?"),
        frame(0, b"", is_final=False),
        frame(0, MESSAGE[10:]),
    )
    pong = Answer(bytes((0x80 | PONG, 6)) + b"there?")
    assert frames(*pieces) == [pong, Framed(MESSAGE)]


def test_a_pong_says_that_the_peer_is_alive_and_nothing_else() -> None:
    assert frames(frame(PONG, b"") + frame(TEXT, MESSAGE)) == [Keepalive.PONG, Framed(MESSAGE)]


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50))
def test_what_comes_out_does_not_depend_on_how_it_was_cut(messages: list[bytes], step: int) -> None:
    data = b"".join(frame(BINARY, message) for message in messages)
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert frames(*pieces) == frames(data) == [Framed(message) for message in messages]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, MESSAGE, mask=None), 1002),
        (frame(TEXT, MESSAGE, reserved=0x40), 1002),
        (frame(0x3, MESSAGE), 1002),
        (frame(0, MESSAGE), 1002),
        (frame(TEXT, b"a", is_final=False) + frame(TEXT, b"b"), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, b"x", is_final=False), 1002),
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, "ä".encode()[:1], is_final=False) + frame(0, b"x"), 1007),
        (frame(TEXT, b"x" * 1001), 1009),
        (frame(TEXT, b"x" * 600, is_final=False) + frame(0, b"x" * 600), 1009),
        (bytes((0x81, 0xFF)) + (2**63 - 1).to_bytes(8), 1009),
    ],
    ids=[
        "not masked",
        "reserved bit",
        "unknown opcode",
        "continuation of nothing",
        "message within a message",
        "long ping",
        "ping in fragments",
        "no UTF-8",
        "no UTF-8 across fragments",
        "too large",
        "too large in fragments",
        "an absurd length",
    ],
)
def test_who_breaks_the_rules_is_told_so_by_the_code_of_the_close_frame(data: bytes, code: int) -> None:
    padded = data + bytes(8)  # of a frame that is refused by its head, the mask need not be there
    *before, broken = frames(padded, limits=Limits(message_bytes=1000))
    assert not before
    assert isinstance(broken, Broken)
    assert close_code(broken) == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", 1000),
        (struct.pack("!H", 1001) + b"bye", 1001),
        (struct.pack("!H", 4999), 4999),
        (struct.pack("!H", 1005), 1002),
        (struct.pack("!H", 2999), 1002),
        (b"\x03", 1002),
        (struct.pack("!H", 1000) + b"\xff", 1002),
    ],
)
def test_a_close_is_answered_and_nothing_follows(payload: bytes, code: int) -> None:
    (goodbye,) = frames(frame(CLOSE, payload) + frame(TEXT, MESSAGE))
    assert isinstance(goodbye, Goodbye)
    assert close_code(goodbye) == code


def test_a_message_under_way_is_told_from_silence() -> None:
    framer = WebSocketFramer(Limits())
    idle = [framer.is_idle]
    framer.handle_data(frame(TEXT, MESSAGE[:9], is_final=False))
    assert framer.poll_frame() is None
    idle.append(framer.is_idle)
    framer.handle_data(frame(0, MESSAGE[9:]))
    assert framer.poll_frame() == Framed(MESSAGE)
    idle.append(framer.is_idle)
    assert idle == [True, False, True]


@pytest.mark.parametrize(
    ("message", "opcode"), [(MESSAGE, TEXT), ("Jürgen".encode(), TEXT), (b"\xff" * 70_000, BINARY)]
)
def test_what_we_send_is_text_where_it_can_be_and_never_masked(message: bytes, opcode: int) -> None:
    sent = WebSocketFramer(Limits()).wrap(message)
    assert sent[0] == 0x80 | opcode
    assert not sent[1] & 0x80
    assert sent.endswith(message)


@given(st.binary(max_size=300), st.integers(1, 9))
def test_any_bytes_are_frames_or_an_end_however_they_were_cut(data: bytes, step: int) -> None:
    whole = frames(data)
    assert all(isinstance(each, Framed | Answer | Goodbye | Broken | Keepalive) for each in whole)
    assert [type(each) for each in frames(*(data[at : at + step] for at in range(0, len(data), step)))] == [
        type(each) for each in whole
    ]
