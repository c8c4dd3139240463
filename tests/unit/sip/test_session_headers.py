"""RSeq, RAck, Session-Expires, Min-SE, and the Contacts of a redirection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sip.error import SipError
from offhook.sip.headers.rack import RAck, parse_rseq
from offhook.sip.headers.session_expires import Refresher, SessionExpires, parse_min_se
from offhook.sip.message import Headers, Response
from offhook.sip.redirection import contacts_of


@given(st.integers(1, 2**32 - 1), st.integers(0, 2**31 - 1), st.sampled_from(["INVITE", "X"]))
def test_printed_racks_come_back(rseq: int, cseq: int, method: str) -> None:
    rack = RAck(rseq, cseq, method)
    assert RAck.parse(str(rack)) == rack


def test_rfc3262_7_2_example() -> None:
    assert RAck.parse("776656 1 INVITE") == RAck(776656, 1, "INVITE")


@pytest.mark.parametrize(
    "text", ["", "1 1", "0 1 INVITE", "x 1 INVITE", "1 x INVITE", "1 1 <", "1 1 A B", "1 2147483648 A"]
)
def test_malformed_racks(text: str) -> None:
    with pytest.raises(SipError):
        RAck.parse(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "4294967296", "1 2", "one"])
def test_malformed_rseqs(text: str) -> None:
    with pytest.raises(SipError):
        parse_rseq(text)


@given(st.integers(0, 2**31 - 1), st.sampled_from([None, *Refresher]))
def test_printed_session_expires_come_back(interval_s: int, refresher: Refresher | None) -> None:
    value = SessionExpires(interval_s, refresher)
    assert SessionExpires.parse(str(value)) == value


def test_rfc4028_4_examples() -> None:
    assert SessionExpires.parse("4000;refresher=uas;x=y") == SessionExpires(4000, Refresher.UAS)
    assert SessionExpires.parse("1800 ; Refresher=UAC") == SessionExpires(1800, Refresher.UAC)
    assert parse_min_se("60;lr") == 60


@pytest.mark.parametrize("text", ["", "soon", "1;refresher=me", "1;refresher", "-1", "9" * 12])
def test_malformed_session_expires(text: str) -> None:
    with pytest.raises(SipError):
        SessionExpires.parse(text)
    with pytest.raises(SipError):
        parse_min_se(text.partition(";")[0] if text.startswith(("s", "-", "9")) else "x")


def redirection(*contacts: str) -> Response:
    return Response(302, "", Headers([("Contact", value) for value in contacts]))


def test_rfc3261_8_1_3_4_contacts_come_best_first() -> None:
    response = redirection('<sip:a@x>;q=0.2, "B, b" <sip:b@x>;q=1', "<tel:+1>;q=0.5", "<sip:d@x>")
    assert [contact.uri_text for contact in contacts_of(response)] == [
        "sip:b@x",
        "sip:d@x",
        "tel:+1",
        "sip:a@x",
    ]


def test_contacts_that_cannot_be_read_are_left_out() -> None:
    assert [
        each.uri_text for each in contacts_of(redirection("<sip:a@x>;q=nan", "nonsense, sip:b@x;q=0"))
    ] == [
        "sip:a@x",
        "sip:b@x",
    ]
    assert contacts_of(redirection('"unclosed')) == () == contacts_of(redirection('"x", "unclosed'))
    assert contacts_of(redirection()) == ()
    assert len(contacts_of(redirection(*["<sip:a@x>"] * 50))) == 20
