import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.framer import Broken, Frame, Framed, Framer, Keepalive
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.sip_wire import SDP, request

LIMITS = Limits()
OPTIONS = request("OPTIONS")
INVITE = request("INVITE", body=SDP)


def frames(*pieces: bytes, limits: Limits = LIMITS) -> list[Frame]:
    framer = Framer(limits)
    found: list[Frame] = []
    for piece in pieces:
        framer.handle_data(piece)
        while (frame := framer.poll_frame()) is not None:
            found.append(frame)
    return found


def outline(found: list[Frame]) -> list[object]:
    return [str(frame.error) if isinstance(frame, Broken) else frame for frame in found]


def broken(data: bytes, limits: Limits = LIMITS) -> str:
    found = frames(data, limits=limits)
    assert isinstance(found[-1], Broken), found
    return found[-1].error.message


PART = st.sampled_from(
    [
        OPTIONS,
        INVITE,
        b"\r\n",
        b"\r\n\r\n",
        b"\r",
        b"\n",
        b"no SIP at all\r\n\r\n",
        OPTIONS.replace(b"Content-Length: 0", b"X: 1"),
        INVITE.replace(b"Content-Length", b"l"),
        INVITE[:-7],
    ]
)


@settings(max_examples=300)
@given(st.lists(PART, max_size=6), st.data())
def test_the_frames_do_not_depend_on_how_the_stream_is_cut(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    whole = outline(frames(stream))
    assert outline(frames(*(bytes([byte]) for byte in stream))) == whole
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert outline(frames(*pieces)) == whole


@given(st.binary(max_size=300))
def test_any_bytes_are_framed_or_wait_or_break(data: bytes) -> None:
    small = Limits(message_bytes=100, headers=3, header_bytes=30)
    assert outline(frames(data, limits=small)) == outline(
        frames(*(bytes([byte]) for byte in data), limits=small)
    )


def test_messages_behind_each_other_are_told_apart() -> None:
    assert frames(INVITE + OPTIONS + INVITE) == [Framed(INVITE), Framed(OPTIONS), Framed(INVITE)]


def test_two_line_ends_are_a_ping_and_one_is_a_pong() -> None:
    assert frames(b"\r\n") == [Keepalive.PONG]
    assert frames(b"\r\n", b"\r\n") == [Keepalive.PONG, Keepalive.PING]
    assert frames(b"\r\n" + OPTIONS + b"\r\n") == [Keepalive.PONG, Framed(OPTIONS), Keepalive.PONG]


@pytest.mark.parametrize(
    "spelling",
    [
        b"l:5",
        b"L  : 5",
        b"CONTENT-LENGTH\t:\t5 ",
        b"Content-Length:\r\n 5",
        b"Content-Length: 0005",
        b"l: \r\n\t 5",
    ],
)
def test_content_length_is_found_however_it_is_spelled(spelling: bytes) -> None:
    data = OPTIONS.replace(b"Content-Length: 0", spelling) + b"12345"
    assert frames(data + OPTIONS) == [Framed(data), Framed(OPTIONS)]


def test_content_length_in_another_header_is_none() -> None:
    data = OPTIONS.replace(b"Subject", b"X").replace(
        b"Max-Forwards: 70", b"Max-Forwards: 70\r\nX: l\r\n l: 99"
    )
    assert frames(data) == [Framed(data)]


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        (b"X: 0", "no Content-Length on a stream"),
        (b"l: 0\r\nContent-Length: 0", "more than one Content-Length on a stream"),
        (b"l: -1", "malformed Content-Length"),
        (b"l:", "malformed Content-Length"),
        (b"l: 1 2", "malformed Content-Length"),
        (b"l: 99999999999", "malformed Content-Length"),
        (b"l: 65535", "message too large"),
    ],
)
def test_without_a_length_that_can_be_trusted_the_stream_is_broken(spelling: bytes, message: str) -> None:
    assert broken(OPTIONS.replace(b"Content-Length: 0", spelling)) == message


def test_nothing_follows_a_break() -> None:
    found = frames(OPTIONS.replace(b"Content-Length: 0", b"X: 0") + OPTIONS, OPTIONS)
    assert len(found) == 1
    assert isinstance(found[0], Broken)


def test_a_head_that_never_ends_is_bounded() -> None:
    framer = Framer(Limits(message_bytes=1000))
    framer.handle_data(b"OPTIONS sip:a SIP/2.0\r\n")
    for sent in range(23, 1000):
        assert framer.poll_frame() is None, sent
        framer.handle_data(b"a")
    frame = framer.poll_frame()
    assert isinstance(frame, Broken)
    assert frame.error.status == 513


def test_too_many_headers_are_the_parsers_to_refuse() -> None:
    data = request("OPTIONS", extra="X: 1\n" * 200)
    assert frames(data) == [Framed(data)]
    with pytest.raises(SipError):
        parse_message(data, LIMITS)


def test_a_framer_says_whether_the_peer_owes_the_rest_of_a_message() -> None:
    framer = Framer(LIMITS)
    idle = [framer.is_idle]
    for piece in (INVITE[:-1], INVITE[-1:]):
        framer.handle_data(piece)
        framer.poll_frame()
        idle.append(framer.is_idle)
    assert idle == [True, False, True]
