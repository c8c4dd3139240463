from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sdp.crypto import SUITES, CryptoAttribute, answered_crypto, choose_crypto
from offhook.sdp.error import UnusableCryptoError

LONG, SHORT = SUITES
KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
"""Of the example in RFC 4568 §6.1, without what stands behind it."""
LINES = st.builds(
    CryptoAttribute,
    st.integers(0, 999_999_999),
    st.sampled_from(SUITES),
    st.binary(min_size=30, max_size=30),
)


def same(one: CryptoAttribute, other: CryptoAttribute) -> bool:
    return (one.tag, one.suite, one.key_and_salt) == (other.tag, other.suite, other.key_and_salt)


@given(LINES)
def test_what_is_printed_is_read_back(line: CryptoAttribute) -> None:
    assert same(CryptoAttribute.parse(str(line)), line)


@given(st.text() | st.from_regex(r"[0-9]{1,9} AES_CM_128_HMAC_SHA1_80 inline:[A-Za-z0-9+/|^:;=]*( \S+)?"))
def test_any_text_is_a_line_or_an_error(text: str) -> None:
    with suppress(UnusableCryptoError):
        line = CryptoAttribute.parse(text)
        assert same(CryptoAttribute.parse(str(line)), line)


@given(LINES)
def test_a_key_is_in_no_log(line: CryptoAttribute) -> None:
    printed = b64encode(line.key_and_salt).decode()
    assert printed not in repr(line)
    assert repr(line.key_and_salt) not in repr(line)
    for broken in (
        f"{line}=",
        f"{line}|2^49",
        f"{line}|1:4",
        f"{line} KDR=3",
        f"x{line}",
        f"1 {line.suite} {printed}",
        f"1 {printed} {printed}",
    ):
        with pytest.raises(UnusableCryptoError) as caught:
            CryptoAttribute.parse(broken)
        assert caught.value.status == 488
        assert printed[:12] not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "behind", ["", "|2^20", "|2^48", "|2^0", "|1048576", " WSH=64", " WSH=1024", "|2^20 WSH=128 ", "\tWSH=64"]
)
def test_a_lifetime_and_a_wide_window_are_passed_over(suite: str, behind: str) -> None:
    line = CryptoAttribute.parse(f"1 {suite} inline:{KEY}{behind}")
    assert str(line) == f"1 {suite} inline:{KEY}"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("", "malformed a=crypto"),
        (f"1 {LONG}", "malformed a=crypto"),
        (f"x {LONG} inline:{KEY}", "malformed a=crypto"),
        (f"1234567890 {LONG} inline:{KEY}", "malformed a=crypto"),
        (f"1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}", "unknown suite"),
        (f"1 AEAD_AES_128_GCM inline:{KEY}", "unknown suite"),
        (f"1 {LONG} uri:{KEY}", "key method"),
        (f"1 {LONG} inline:{KEY[:-1]}", "malformed inline"),
        (f"1 {LONG} inline:{KEY}A", "malformed inline"),
        (f"1 {LONG} inline:{KEY[:-1]}=", "malformed inline"),
        (f"1 {LONG} inline:{KEY}|2^20|1:4", "MKI"),
        (f"1 {LONG} inline:{KEY}|1:4", "MKI"),
        (f"1 {LONG} inline:{KEY};inline:{KEY}", "several keys"),
        (f"1 {LONG} inline:{KEY}|2^49", "lifetime"),
        (f"1 {LONG} inline:{KEY}|0", "lifetime"),
        (f"1 {LONG} inline:{KEY}|never", "malformed inline"),
        (f"1 {LONG} inline:{KEY} WSH=63", "WSH of 64"),
        (f"1 {LONG} inline:{KEY} KDR=1", "session parameter"),
        (f"1 {LONG} inline:{KEY} UNENCRYPTED_SRTP", "session parameter"),
        (f"1 {LONG} inline:{KEY} UNENCRYPTED_SRTCP", "session parameter"),
        (f"1 {LONG} inline:{KEY} UNAUTHENTICATED_SRTP", "session parameter"),
        (f"1 {LONG} inline:{KEY} FEC_ORDER=FEC_SRTP", "session parameter"),
        (f"1 {LONG} inline:{KEY} FEC_KEY=inline:{KEY}", "session parameter"),
        (f"1 {LONG} inline:{KEY} WSH=64 -x", "session parameter"),
    ],
)
def test_what_cannot_be_used_says_why(value: str, what: str) -> None:
    with pytest.raises(UnusableCryptoError, match=what):
        CryptoAttribute.parse(value)


def test_the_first_line_that_can_be_used_is_taken() -> None:
    mki, short, long = f"1 {LONG} inline:{KEY}|1:4", f"2 {SHORT} inline:{KEY}", f"3 {LONG} inline:{KEY}"
    assert choose_crypto([mki, short, long]).tag == 2
    assert choose_crypto([mki, long, short]).tag == 3
    with pytest.raises(UnusableCryptoError, match="MKI"):
        choose_crypto([mki, "2 nothing"])
    with pytest.raises(UnusableCryptoError, match="no a=crypto"):
        choose_crypto([])


def test_an_answer_has_one_line_with_a_tag_and_suite_of_the_offer() -> None:
    long, short = (CryptoAttribute(tag, suite, bytes(30)) for tag, suite in [(1, LONG), (2, SHORT)])
    ours, theirs = answered_crypto([f"2 {SHORT} inline:{KEY}"], [long, short])
    assert ours is short
    assert same(theirs, CryptoAttribute.parse(f"2 {SHORT} inline:{KEY}"))
    for values, what in [
        ([], "not 0"),
        ([str(long), str(short)], "not 2"),
        ([f"1 {SHORT} inline:{KEY}"], "tag and the suite"),
        ([f"3 {LONG} inline:{KEY}"], "tag and the suite"),
        ([f"1 {LONG} inline:{KEY}|1:4"], "MKI"),
    ]:
        with pytest.raises(UnusableCryptoError, match=what):
            answered_crypto(values, [long, short])
