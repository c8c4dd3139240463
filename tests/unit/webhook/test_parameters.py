"""The parameters of a request: Twilio's names, and what of a SIP call is passed on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from offhook.base.redact import Secret
from offhook.model.call import Call, CallStatus, Direction
from offhook.webhook.callback import parameters_of
from offhook.webhook.parameters import encodable, standard_parameters
from offhook.webhook.ports import EventNews, SipParameters

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CALL = Call(
    sid="CA" + "1" * 32,
    account_sid="AC" + "2" * 32,
    direction=Direction.INBOUND,
    to="sip:hello@office.sip.localhost",
    from_="sip:alice@192.0.2.1",
    status=CallStatus.IN_PROGRESS,
    created_at=NOW,
    updated_at=NOW,
)
SIP = SipParameters("office.sip.localhost", "SD" + "3" * 32, "abc@192.0.2.1", "192.0.2.1", None, ())


def headers(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    passed = standard_parameters(CALL, replace(SIP, headers=pairs))
    return [(name, value) for name, value in passed if name.startswith("SipHeader_")]


def test_the_standard_set_of_a_first_call() -> None:
    assert standard_parameters(CALL, None) == (
        ("CallSid", CALL.sid),
        ("AccountSid", CALL.account_sid),
        ("ApiVersion", "2010-04-01"),
        ("CallStatus", "in-progress"),
        ("Direction", "inbound"),
        ("From", "sip:alice@192.0.2.1"),
        ("To", "sip:hello@office.sip.localhost"),
        ("Caller", "sip:alice@192.0.2.1"),
        ("Called", "sip:hello@office.sip.localhost"),
    )


def test_a_child_call_names_its_parent() -> None:
    child = replace(CALL, parent_call_sid="CA" + "9" * 32)

    assert ("ParentCallSid", "CA" + "9" * 32) in standard_parameters(child, None)


def test_an_application_that_answers_is_named() -> None:
    sid = "AP" + "4" * 32

    assert standard_parameters(CALL, None, sid)[9:] == (("ApplicationSid", sid),)


def test_a_sip_call_adds_where_it_came_from() -> None:
    assert standard_parameters(CALL, SIP)[9:] == (
        ("SipDomain", "office.sip.localhost"),
        ("SipDomainSid", SIP.domain_sid),
        ("SipCallId", "abc@192.0.2.1"),
        ("SipSourceIp", "192.0.2.1"),
    )


def test_an_authenticated_caller_is_named() -> None:
    assert ("SipUsername", "alice") in standard_parameters(CALL, replace(SIP, username="alice"))


def test_x_headers_and_user_to_user_are_passed_as_sent_and_no_other() -> None:
    passed = headers(
        ("Via", "SIP/2.0/UDP 192.0.2.1"),
        ("X-Customer-Id", "a=1;b=2;c=3"),
        ("P-Asserted-Identity", "<sip:x@y>"),
        ("User-To-User", "123456789;encoding=hex"),
        ("x-lower", "+1 415"),
    )

    assert passed == [
        ("SipHeader_X-Customer-Id", "a=1;b=2;c=3"),
        ("SipHeader_User-to-User", "123456789;encoding=hex"),
        ("SipHeader_x-lower", "+1 415"),
    ]


def test_a_repeated_header_is_joined_in_its_first_spelling() -> None:
    assert headers(("X-Tag", "a"), ("X-Other", "b"), ("x-tag", "c")) == [
        ("SipHeader_X-Tag", "a, c"),
        ("SipHeader_X-Other", "b"),
    ]


@pytest.mark.parametrize("name", ["X-Twilio-CallSid", "x-twilio-error", "X-TWILIO-"])
def test_a_caller_cannot_speak_in_our_name(name: str) -> None:
    assert headers((name, "forged")) == []


def test_bytes_that_were_no_utf8_become_question_marks() -> None:
    assert headers(("X-Name", "J\udce9r\u00f4me")) == [("SipHeader_X-Name", "J?r\u00f4me")]
    assert encodable((("Digits", "\ud800"),)) == (("Digits", "?"),)


def test_an_event_has_its_own_parameters_behind_those_of_the_call_where_there_is_one() -> None:
    own = (("AnsweredBy", "human"),)
    secret = Secret("x")
    assert parameters_of(EventNews("http://app.test/", "POST", own, secret)) == own
    assert parameters_of(EventNews("http://app.test/", "POST", own, secret, CALL)) == (
        *standard_parameters(CALL, None),
        *own,
    )
