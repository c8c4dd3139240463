"""Identity headers: what is read, and that any text gives a value or a SipError (RFC 8224, 8588)."""

import base64
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.headers.passport import Passport, is_shaken
from tests.support.shaken import Carrier

NOW: Final = datetime(2026, 11, 26, tzinfo=UTC)
CARRIER: Final = Carrier()
WHOLE: Final = CARRIER.identity("+1 (555) 010-0300", "15550100200", NOW, attest="B")


def test_a_passport_is_read_whole() -> None:
    passport = Passport.parse(WHOLE)
    assert (passport.attest, passport.orig, passport.dest) == ("B", "15550100300", ("15550100200",))
    assert (passport.x5u, passport.iat) == (CARRIER.x5u, int(NOW.timestamp()))
    assert passport.signed == WHOLE.rpartition(";info")[0].rpartition(".")[0].encode()
    assert len(passport.signature) == 64


@pytest.mark.parametrize(
    "value",
    [
        "",
        "..signature;info=<https://cert.example/a.pem>;ppt=shaken",
        "a.b.c",
        "e30.e30.YWJj",
        f"{'A' * 9000}.e30.YWJj",
        "W10.e30.YWJj",
        "W1tb.e30.YWJj",
        WHOLE.replace("info=<https", "info=<http"),
        *(
            CARRIER.identity("15550100300", "15550100200", NOW, **changes)
            for changes in (
                {"header": {"alg": "none"}},
                {"header": {"ppt": "div"}},
                {"header": {"typ": "JWT"}},
                {"payload": {"attest": "D"}},
                {"payload": {"attest": 1}},
                {"payload": {"iat": "now"}},
                {"payload": {"iat": True}},
                {"payload": {"orig": "15550100300"}},
                {"payload": {"dest": {"tn": "15550100200"}}},
                {"payload": {"dest": {"tn": ["1"] * 21}}},
            )
        ),
    ],
)
def test_what_is_no_passport_is_438(value: str) -> None:
    with pytest.raises(SipError) as caught:
        Passport.parse(value)
    assert caught.value.status == 438


def test_deep_json_is_a_fault_of_the_peers() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode()
    with pytest.raises(SipError):
        Passport.parse(f"{deep}.e30.YWJj")


@pytest.mark.parametrize(
    ("value", "is_of_shaken"),
    [(WHOLE, True), ("a.b.c", True), ("a.b.c;ppt=div", False), ('a.b.c; PPT = "rcd"', False)],
)
def test_other_kinds_of_passports_are_known(value: str, is_of_shaken: bool) -> None:
    assert is_shaken(value) is is_of_shaken


@given(st.text(max_size=300) | st.lists(st.sampled_from('aZ0-_.;=<>" e30'), max_size=80).map("".join))
def test_any_text_is_a_passport_or_a_sip_error(text: str) -> None:
    with pytest.raises(SipError) as caught:  # no such text is signed
        Passport.parse(text)
    assert caught.value.status == 438
