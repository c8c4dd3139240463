"""What a trace does not show: and that nothing moves when it is blotted out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.trace.redaction import redacted, without_logins

HASH = "6629fae49393a05397450978507c4ef1"
KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


@pytest.mark.parametrize(
    "header",
    [
        'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:x", response="{}"',
        'Proxy-Authorization: Digest username="bob", response="{}", nc=00000001',
        'authorization : Digest realm="r",response={}',
        'Authorization: Digest realm="r",\r\n response="{}"',
        'Authorization: Digest cnonce="{}", realm="r"',
        "Authorization: Basic {}",
    ],
)
def test_what_answers_a_challenge_is_blotted_out_wherever_it_stands(header: str) -> None:
    message = f"INVITE sip:a@b SIP/2.0\r\n{header.format(HASH)}\r\nX-Response: {HASH}\r\n\r\n".encode()

    shown = redacted(message)

    assert shown == message.replace(HASH.encode(), b"*" * 32, 1)


def test_the_keys_of_srtp_are_blotted_out_and_the_rest_of_the_line_is_not() -> None:
    line = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4 inline:{KEY}\r\n"
    message = f"INVITE sip:a@b SIP/2.0\r\n\r\nv=0\r\n{line}a=x:inline:{KEY}\r\n".encode()

    shown = redacted(message)

    stars = "*" * len(KEY)
    hidden = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{stars}|2^20|1:4 inline:{stars}\r\n"
    assert shown == message.replace(line.encode(), hidden.encode())


@given(st.binary(max_size=400))
def test_any_bytes_keep_their_length_and_their_lines(message: bytes) -> None:
    shown = redacted(message)

    assert len(shown) == len(message)
    assert shown.count(b"\r\n") == message.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:pass@app.test/voice", "http://***@app.test/voice"),
        (
            "The callback to https://user@app.test:8443/x failed",
            "The callback to https://***@app.test:8443/x failed",
        ),
        ("http://app.test/a@b", "http://app.test/a@b"),
        ("sip:alice@example.com", "sip:alice@example.com"),
    ],
)
def test_logins_in_urls_are_not_shown(text: str, shown: str) -> None:
    assert without_logins(text) == shown
