from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.message import Headers, Request, Response
from offhook.sip.parser import parse_message, salvage_request
from offhook.sip.settings import Limits
from tests.support.sip_wire import SDP, request

LIMITS = Limits()
TOKEN = st.text(alphabet="abcXYZ019-.!%*_+`'~", min_size=1, max_size=20)
VALUE = st.text(
    alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60
).map(lambda text: text.strip(" \t"))


@st.composite
def messages(draw: st.DrawFn) -> Request | Response:
    body = draw(st.binary(max_size=100))
    fields = draw(
        st.lists(
            st.tuples(TOKEN.filter(lambda t: t.lower() not in ("l", "content-length")), VALUE), max_size=8
        )
    )
    headers = Headers([*fields, ("Content-Length", str(len(body)))])
    if draw(st.booleans()):
        return Request(
            draw(TOKEN.filter(lambda t: t.upper()[:4] != "SIP/")), "sip:" + draw(TOKEN), headers, body
        )
    return Response(draw(st.integers(100, 699)), draw(VALUE), headers, body)


@given(messages())
def test_printed_messages_come_back(message: Request | Response) -> None:
    assert parse_message(message.to_bytes(), LIMITS) == message


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_an_error(data: bytes) -> None:
    try:
        message = parse_message(data, LIMITS)
    except SipError:
        salvage_request(data, LIMITS)
        return
    assert parse_message(message.to_bytes(), LIMITS).headers.fields == message.headers.fields


def test_whole_message_cut_at_every_byte_is_an_error() -> None:
    data = request("INVITE", body=SDP)
    for length in range(len(data)):
        with pytest.raises(SipError):
            parse_message(data[:length], LIMITS)
    assert parse_message(data, LIMITS).body == SDP.encode()


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_mutated_messages_are_messages_or_errors(dice: Random) -> None:
    original = request("INVITE", body=SDP)
    statuses: set[int | None] = set()
    for _ in range(50):
        data = bytearray(original)
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(data))
            data[at : at + dice.choice((0, 1, 3))] = dice.choice(
                (b"", b"\r\n", b"\0", b'"', b"<", b";", b",", b"\xff", b" ")
            )
        try:
            parse_message(bytes(data), LIMITS)
        except SipError as error:
            statuses.add(error.status)
    assert statuses <= {400, 505, 513}


def test_leading_line_ends_are_ignored() -> None:
    assert isinstance(parse_message(b"\r\n\r\n" + request("OPTIONS"), LIMITS), Request)


def test_folded_headers_are_joined_with_one_blank() -> None:
    data = (
        request("OPTIONS", extra="Subject: a\n \t b\n\tc").replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")
    )
    assert parse_message(data, LIMITS).headers.get("Subject") == "a b c"


def test_bytes_beyond_content_length_are_dropped() -> None:
    assert parse_message(request("OPTIONS", body="abc") + b"more", LIMITS).body == b"abc"


def test_body_without_content_length_reaches_to_the_end() -> None:
    data = request("OPTIONS").replace(b"Content-Length: 0\r\n", b"") + b"to the end"
    assert parse_message(data, LIMITS).body == b"to the end"


def test_latin_1_display_names_are_read() -> None:
    data = request("OPTIONS").replace(b"<sip:alice@", b'"J\xfcrgen" <sip:alice@')
    assert parse_message(data, LIMITS).from_.display_name == "Jürgen"


def test_rfc4475_intmeth_method_and_quoted_controls() -> None:
    data = request(
        "!interesting-Method0123456789_*+`.%indeed'~", to='"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:bob@h>'
    )
    message = parse_message(data, LIMITS)
    assert isinstance(message, Request)
    assert message.to.display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"SIP/2.0\r\n", b"SIP/7.0\r\n", 505),
        (b"SIP/2.0\r\n", b"HTTP/1.1\r\n", 400),
        (b"SIP/2.0\r\n", b"SIP/2.0 \r\n", 400),
        (b"OPTIONS ", b"OPTIONS  ", 400),
        (b"OPTIONS ", b"OPT<IONS ", 400),
        (b"sip:bob@10.0.0.2 ", b"<sip:bob@10.0.0.2> ", 400),
        (b"sip:bob@10.0.0.2 ", b"sip:bob@10.0.0.2; lr ", 400),
        (b"Max-Forwards", b"Max Forwards", 400),
        (b"Max-Forwards: 70", b"Max-Forwards 70", 400),
        (b"Max-Forwards: 70", b"Max-Forwards: 7\n0", 400),
        (b"Max-Forwards: 70", b"Max-Forwards: 7\r0", 400),
        (b"Content-Length: 0", b"Content-Length: 9999", 400),
        (b"Content-Length: 0", b"Content-Length: -999", 400),
        (b"Content-Length: 0", b"Content-Length: 0\r\nContent-Length: 0", 400),
        (b"\r\n\r\n", b"\r\n", 400),
    ],
)
def test_malformed_requests_have_their_status(old: bytes, new: bytes, status: int) -> None:
    data = request("OPTIONS")
    assert old in data
    with pytest.raises(SipError) as caught:
        parse_message(data.replace(old, new), LIMITS)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "line", [b"SIP/2.0 4294967301 better not break", b"SIP/2.0 99 x", b"SIP/2.0 200", b"SIP/3.0 200 OK"]
)
def test_malformed_status_lines_are_refused(line: bytes) -> None:
    with pytest.raises(SipError):
        parse_message(line + b"\r\nContent-Length: 0\r\n\r\n", LIMITS)


def test_empty_reason_phrase_is_allowed() -> None:
    message = parse_message(b"SIP/2.0 200 \r\n\r\n", LIMITS)
    assert isinstance(message, Response)
    assert message.reason == ""


def test_limits_hold() -> None:
    small = Limits(message_bytes=1000, headers=12, header_bytes=100)
    parse_message(request("OPTIONS", extra="X: 1"), small)
    with pytest.raises(SipError) as caught:
        parse_message(request("OPTIONS", body="x" * 1000), small)
    assert caught.value.status == 513
    with pytest.raises(SipError):
        parse_message(request("OPTIONS", extra="X: 1\n" * 5), small)
    with pytest.raises(SipError):
        parse_message(request("OPTIONS", extra="X: " + "a" * 100), small)


def test_salvage_keeps_what_an_answer_needs() -> None:
    data = request("INVITE").replace(b"Max-Forwards: 70", b"Max Forwards: 70\r\nno colon")
    salvaged = salvage_request(data, LIMITS)
    assert salvaged is not None
    assert salvaged.method == "INVITE"
    assert {name for name, _ in salvaged.headers.fields} == {"Via", "From", "To", "Call-ID", "CSeq"}


@pytest.mark.parametrize(
    ("via", "mended"),
    [
        ("SIP/7.0/UDP h:5070;branch=z9hG4bKa;rport", "SIP/2.0/UDP h:5070;branch=z9hG4bKa;rport"),
        ("SIP/2.0/UDP h;;,;branch = z9hG4bKa,,", "SIP/2.0/UDP h;branch = z9hG4bKa"),
        ('SIP/2.0/UDP h;x="', "SIP/2.0/UDP h"),
        ("no Via at all", "no Via at all"),
    ],
)
def test_salvage_keeps_the_way_back_out_of_a_broken_via(via: str, mended: str) -> None:
    salvaged = salvage_request(request("INVITE", via=via), LIMITS)
    assert salvaged is not None
    assert salvaged.headers.get("Via") == mended


def test_salvage_mends_the_topmost_via_only() -> None:
    salvaged = salvage_request(request("INVITE", extra="Via: broken"), LIMITS)
    assert salvaged is not None
    assert salvaged.headers.get_all("Via")[1:] == ("broken",)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xff", request("ACK"), b"SIP/2.0 200 OK\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_nothing_to_salvage_where_no_answer_is_allowed(data: bytes) -> None:
    assert salvage_request(data, LIMITS) is None
