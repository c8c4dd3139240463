"""Where the session description is in a message (RFC 5621, RFC 2046 §5.1)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.body import Part, content_type, description_of, parts
from offhook.sip.error import SipError
from offhook.sip.message import Headers, Request

SDP = b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\n"
ISUP = b"\x01\x10--x\r\n\0"
MIXED = (
    b"preamble\r\n--b1\r\nContent-Type: application/ISUP;version=nxv3\r\n"
    b"Content-Disposition: signal;handling=optional\r\n\r\n" + ISUP + b"\r\n"
    b"--b1 \r\ncontent-type: Application/SDP\r\n\r\n" + SDP + b"\r\n--b1--\r\nepilogue"
)


def message(kind: str | None, body: bytes) -> Request:
    fields = [] if kind is None else [("Content-Type", kind)]
    return Request("INVITE", "sip:a@b", Headers(fields), body)


@pytest.mark.parametrize("kind", ["application/sdp", "Application/SDP ; charset=utf-8", None])
def test_a_plain_body_is_the_description(kind: str | None) -> None:
    assert description_of(message(kind, SDP)) == SDP


@pytest.mark.parametrize(
    "kind",
    ["multipart/mixed;boundary=b1", 'Multipart/Mixed; Boundary="b1"', "multipart/alternative;boundary=b1"],
)
def test_rfc5621_a_description_among_other_parts_is_found(kind: str) -> None:
    assert description_of(message(kind, MIXED)) == SDP


def test_parts_say_what_they_are() -> None:
    required = MIXED.replace(b"optional", b"REQUIRED")
    assert parts(message("multipart/mixed;boundary=b1", required)) == (
        Part("application/isup", True, ISUP),
        Part("application/sdp", False, SDP),
    )
    bare = b"--b1\r\n\r\nhello\r\n--b1--"
    assert parts(message("multipart/mixed;boundary=b1", bare)) == (Part("text/plain", False, b"hello"),)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", SDP),
        ("multipart/related;boundary=b1", MIXED),
        ("multipart/mixed", MIXED),
        ("multipart/mixed;boundary=" + "b" * 71, MIXED),
        ("multipart/mixed;boundary=b1", b""),
        ("multipart/mixed;boundary=b1", SDP),
        ("multipart/mixed;boundary=b1", MIXED.replace(b"--b1--", b"")),
        ("multipart/mixed;boundary=b1", b"--b1x\r\n\r\n\r\n--b1--"),
        ("multipart/mixed;boundary=b1", b"--b1\r\n\r\n" * 20 + b"--b1--"),
        ("multipart/mixed;=;boundary=b1", MIXED),
    ],
)
def test_what_cannot_be_read_has_no_description(kind: str, body: bytes) -> None:
    assert description_of(message(kind, body)) == b""


def test_the_type_is_compared_without_case_and_parameters() -> None:
    assert content_type(message("Multipart/Mixed ;boundary=x", b"")) == "multipart/mixed"
    assert content_type(message(None, b"")) == ""


@given(st.binary(max_size=200), st.sampled_from(["b1", "", '"', "b1;x"]))
def test_any_bytes_give_parts_or_a_sip_error(body: bytes, boundary: str) -> None:
    with suppress(SipError):
        parts(message(f"multipart/mixed;boundary={boundary}", body.replace(b"x", b"\r\n--b1")))
