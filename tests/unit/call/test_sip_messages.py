"""What a MESSAGE says: JSON in UTF-8, or the answer that it gets."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.call.sip_messages import content_of
from offhook.model.user_defined_message import CONTENT_MAX, ContentError
from offhook.sip.message import Headers, Request


def message(body: bytes, *headers: tuple[str, str]) -> Request:
    return Request("MESSAGE", "sip:bob@10.0.0.2", Headers(headers), body)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON ; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/json;charset=us-ascii",
        "application/json;profile=x",
    ],
)
def test_json_is_read_as_it_came(kind: str) -> None:
    body = '{"a": "ä", "n": 1.50}'
    assert content_of(message(body.encode(), ("Content-Type", kind))) == body


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ([("Content-Type", "text/plain")], b"hello", 415, 32701),
        ([("Content-Type", "text/plain")], b"{}", 415, 32701),
        ([], b"{}", 415, 32701),
        ([], b"", 415, 32701),
        ([("Content-Type", "application/json;charset=utf-16")], b"{}", 415, 32701),
        ([("Content-Type", "application/json;charset=iso-8859-1")], b'"\xe4"', 415, 32701),
        ([("Content-Type", "application/json;;=")], b"{}", 415, 32701),
        ([("Content-Type", "application/json"), ("Content-Encoding", "gzip")], b"\x1f\x8b", 415, 32701),
        ([("Content-Type", "application/json")], b"", 400, 32702),
        ([("Content-Type", "application/json")], b"hello", 400, 32702),
        ([("Content-Type", "application/json")], b'"\xff"', 400, 32702),
        ([("Content-Type", "application/json")], b"[" * CONTENT_MAX, 400, 32702),
        ([("Content-Type", "application/json")], b'"%s"' % (b"x" * CONTENT_MAX), 413, 32703),
    ],
)
def test_what_is_no_message_has_its_answer_and_its_code(
    headers: list[tuple[str, str]], body: bytes, status: int, code: int
) -> None:
    with pytest.raises(ContentError) as refused:
        content_of(message(body, *headers))
    assert (refused.value.status, refused.value.code) == (status, code)


def test_ten_thousand_characters_are_counted_as_such_and_not_as_bytes() -> None:
    body = '"' + "ä" * (CONTENT_MAX - 2) + '"'
    assert content_of(message(body.encode(), ("Content-Type", "application/json"))) == body


def test_a_type_from_the_wire_is_not_repeated_at_length() -> None:
    with pytest.raises(ContentError) as refused:
        content_of(message(b"{}", ("Content-Type", "text/" + "x" * 5_000)))
    assert len(str(refused.value)) < 200


@given(
    st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=60), st.binary(max_size=80)
)
def test_any_type_and_any_bytes_are_a_message_or_refused(kind: str, body: bytes) -> None:
    with contextlib.suppress(ContentError):
        content_of(message(body, ("Content-Type", f"application/json{kind}")))
