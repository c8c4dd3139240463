"""Requests of our own outside any dialog (RFC 3261 §8.1, §10.2, §11.1)."""

import pytest

from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipUsageError
from offhook.sip.event import Answered, FlowNeeded, Unanswered
from offhook.sip.outgoing_request import StandaloneRequest
from offhook.sip.uri import SipUri
from tests.support.sip_wire import FLOW, Wire, answer

PROXY, US = SipUri.parse("sip:10.0.0.1"), SipUri.parse("sip:us@example.com")
CHALLENGE = 'WWW-Authenticate: Digest realm="r",qop="auth",nonce="n1"'


def test_options_as_a_ping() -> None:
    wire = Wire()
    outgoing = wire.agent.request(StandaloneRequest("OPTIONS", PROXY, US, from_display="Us"), wire.now)
    assert not wire.agent.is_idle
    wire.poll()
    sent = wire.last_request()
    assert sent.start_line == "OPTIONS sip:10.0.0.1 SIP/2.0"
    assert (sent.from_.display_name, str(sent.to.uri), sent.to.tag) == ("Us", "sip:10.0.0.1", None)
    assert sent.from_.tag
    assert sent.headers.get("Accept") == "application/sdp, multipart/mixed, multipart/alternative"
    assert sent.headers.get("Contact") is None
    assert outgoing.request == sent
    wire.receive(answer(sent, 100))
    assert wire.told(Answered) == []
    wire.receive(answer(sent, 404))
    assert [(event.outgoing, event.response.status) for event in wire.told(Answered)] == [(outgoing, 404)]
    assert wire.settle()


def test_rfc3261_10_2_registrations_of_a_phone_share_call_id_and_count() -> None:
    wire = Wire()
    register = StandaloneRequest(
        "REGISTER",
        SipUri.parse("sip:example.com?x=y"),
        US,
        to_uri=US,
        next_hop=PROXY,
        headers=(("Expires", "600"),),
        has_contact=True,
        call_id="phone",
        cseq=7,
        credentials=Credentials("us", Secret("sesame")),
    )
    outgoing = wire.agent.request(register, wire.now)
    wire.poll()
    first = wire.last_request()
    assert (first.request_uri, str(first.to.uri), first.headers.get("Expires")) == (
        "sip:example.com", "sip:us@example.com", "600",
    )  # fmt: skip
    assert first.headers.get("Contact") == "<sip:10.0.0.2:5060>"
    wire.receive(answer(first, 401, extra=CHALLENGE))
    second = wire.last_request()
    assert (second.call_id, second.cseq.number, second.from_.tag) == ("phone", 8, first.from_.tag)
    assert 'uri="sip:example.com"' in (second.headers.get("Authorization") or "")
    wire.receive(answer(second, 200))
    assert [event.response.status for event in wire.told(Answered)] == [200]
    assert (outgoing.call_id, outgoing.cseq) == ("phone", 8)
    assert wire.settle()


@pytest.mark.parametrize("credentials", [None, Credentials("us", Secret("wrong"))])
def test_a_challenge_is_met_once_at_most(credentials: Credentials | None) -> None:
    wire = Wire()
    wire.agent.request(StandaloneRequest("REGISTER", PROXY, US, credentials=credentials), wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), 401, extra=CHALLENGE))
    if credentials is not None:
        wire.receive(answer(wire.last_request(), 401, extra=CHALLENGE))
    assert [event.response.status for event in wire.told(Answered)] == [401]
    assert wire.settle()


def test_no_answer_is_told() -> None:
    wire = Wire()
    wire.agent.request(StandaloneRequest("OPTIONS", PROXY, US), wire.now)
    wire.poll()
    wire.pass_time(33.0)
    assert [(event.status, event.reason) for event in wire.told(Unanswered)] == [
        (408, "no response within 64*T1")
    ]
    wire.agent.request(StandaloneRequest("OPTIONS", PROXY, US), wire.now)
    wire.poll()
    wire.agent.handle_flow_lost(FLOW, wire.now)
    wire.poll()
    assert wire.told(Unanswered)[-1].status == 503
    assert wire.settle()


def test_no_flow_is_told() -> None:
    wire = Wire()
    wire.agent.request(StandaloneRequest("OPTIONS", PROXY, US), wire.now)
    needed = wire.agent.poll_event()
    assert isinstance(needed, FlowNeeded)
    wire.agent.handle_no_flow(needed.request_id, "NXDOMAIN", wire.now)
    wire.poll()
    assert [(event.status, event.reason) for event in wire.told(Unanswered)] == [(503, "NXDOMAIN")]
    assert wire.agent.is_idle


@pytest.mark.parametrize(
    "standalone",
    [
        StandaloneRequest("INVITE", PROXY, US),
        StandaloneRequest("PRACK", PROXY, US),
        StandaloneRequest("OPTIONS", PROXY, US, headers=(("Via", "x"),)),
        StandaloneRequest("REGISTER", PROXY, US, headers=(("Contact", "x"),), has_contact=True),
        StandaloneRequest("OPTIONS", PROXY, US, from_display="a\r\nb"),
        StandaloneRequest("OPTIONS", PROXY, US, call_id="a\r\nb"),
        StandaloneRequest("OPTIONS", PROXY, US, cseq=2**31 - 1),
        StandaloneRequest("OPTIONS", SipUri("sip", "a b"), US),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(standalone: StandaloneRequest) -> None:
    wire = Wire()
    with pytest.raises(SipUsageError):
        wire.agent.request(standalone, wire.now)
    assert wire.agent.is_idle
