import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.call.info_digits import PLAIN, RELAY, key_of
from offhook.sip.error import SipError


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        (RELAY, b"Signal=5\r\nDuration=160\r\n", "5"),
        (RELAY, b"Signal= #\nDuration= 100", "#"),
        (RELAY, b"Duration=160\r\nsignal = a\r\n", "A"),
        (RELAY, b"Signal=11\r\nDuration=160", "#"),
        (PLAIN, b"7", "7"),
        (PLAIN, b"*\r\n", "*"),
        (PLAIN, b"10", "*"),
    ],
)
def test_a_key_is_read_in_every_spelling(content_type: str, body: bytes, key: str) -> None:
    assert key_of(content_type, body) == key


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(RELAY, b""), (RELAY, b"5"), (RELAY, b"Signal=16"), (PLAIN, b""), (PLAIN, b"55"), (PLAIN, b"\xff")],
)
def test_what_holds_no_key_is_a_bad_request(content_type: str, body: bytes) -> None:
    with pytest.raises(SipError) as refused:
        key_of(content_type, body)
    assert refused.value.status == 400


@given(st.sampled_from([RELAY, PLAIN]), st.binary(max_size=600))
def test_any_bytes_are_a_key_or_a_bad_request(content_type: str, body: bytes) -> None:
    with contextlib.suppress(SipError):
        assert key_of(content_type, body) in "0123456789*#ABCD"
