"""401 and 407 to requests of ours: tried again with credentials (RFC 3261 §22), and 422 (RFC 4028)."""

import pytest

from offhook.base.redact import Secret
from offhook.sip.digest.client import ROUNDS_MAX
from offhook.sip.digest.credentials import Credentials
from offhook.sip.event import Accepted, EndCause, Ended, Invited, Modified, NotModified, Refused
from offhook.sip.headers.authorization import Authorization
from offhook.sip.invitation import Invitation
from offhook.sip.message import Request
from offhook.sip.outgoing_request import StandaloneRequest
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.uri import SipUri
from tests.support.sip_wire import SDP, Wire, answer, request

URI, US = SipUri.parse("sip:bob@10.0.0.1"), SipUri.parse("sip:us@10.0.0.2")
CREDENTIALS = Credentials("us", Secret("sesame"))
CONTACT = "Contact: <sip:bob@10.0.0.1:5060>\nAllow: INVITE, ACK, BYE, UPDATE"
CHALLENGES = {
    401: 'WWW-Authenticate: Digest realm="r",qop="auth",nonce="n1"',
    407: 'Proxy-Authenticate: Digest realm="r",qop="auth",nonce="n1"',
}
ANSWERS = {401: "Authorization", 407: "Proxy-Authorization"}


def invite(wire: Wire, credentials: Credentials | None = CREDENTIALS) -> tuple[InviteSession, Request]:
    session = wire.agent.invite(Invitation(URI, US, offer=SDP.encode(), credentials=credentials), wire.now)
    wire.poll()
    return session, wire.last_request()


def sent(wire: Wire, method: str) -> list[Request]:
    return [each for each in wire.messages() if isinstance(each, Request) and each.method == method]


@pytest.mark.parametrize("status", CHALLENGES)
def test_rfc3261_22_an_invite_is_sent_again_with_the_next_cseq(status: int) -> None:
    wire = Wire()
    session, first = invite(wire)
    wire.receive(answer(first, 180, tag="early", extra=CONTACT))
    wire.receive(answer(first, status, tag="gate", extra=CHALLENGES[status]))
    assert session.state is SessionState.CALLING
    assert session.usages == {}
    second = sent(wire, "INVITE")[1]
    assert (second.call_id, second.from_.tag, second.cseq.number) == (first.call_id, first.from_.tag, 2)
    assert second.via.branch != first.via.branch
    assert second.to.tag is None
    assert second.body == first.body
    credentials = second.headers.get(ANSWERS[status]) or ""
    assert 'username="us"' in credentials
    assert f'uri="{second.request_uri}"' in credentials
    assert wire.told(Refused) == []
    wire.receive(answer(second, 200, extra=CONTACT, body=SDP))
    ack = sent(wire, "ACK")[1]
    assert (ack.cseq.number, ack.headers.get(ANSWERS[status])) == (2, credentials)
    assert len(wire.told(Accepted)) == 1
    assert session.request == second


@pytest.mark.parametrize("status", CHALLENGES)
def test_a_second_challenge_is_a_refusal(status: int) -> None:
    wire = Wire()
    _, first = invite(wire)
    wire.receive(answer(first, status, extra=CHALLENGES[status]))
    wire.receive(answer(sent(wire, "INVITE")[1], status, extra=CHALLENGES[status].replace("n1", "n2")))
    assert [event.status for event in wire.told(Refused)] == [status]
    assert len(sent(wire, "INVITE")) == 2
    assert wire.settle()


STALE = 'WWW-Authenticate: Digest realm="r",qop="auth",nonce="{}",stale=true'


def answers_of(sent_: Request) -> list[tuple[str, str]]:
    """Realm and nonce of each answer in a request."""
    values = [value for name, value in sent_.headers.fields if name in ANSWERS.values()]
    return [(each.realm, each.nonce) for each in map(Authorization.parse, values)]


def test_rfc7616_3_3_an_invite_is_sent_again_with_the_new_nonce_when_its_own_was_stale() -> None:
    wire = Wire()
    _, first = invite(wire)
    wire.receive(answer(first, 401, extra=CHALLENGES[401]))
    wire.receive(answer(wire.last_request(), 401, extra=STALE.format("n2")))
    third = wire.last_request()
    assert (third.method, third.cseq.number, answers_of(third)) == ("INVITE", 3, [("r", "n2")])
    wire.receive(answer(third, 200, extra=CONTACT, body=SDP))
    assert len(wire.told(Accepted)) == 1


def test_rfc3261_22_3_an_invite_answers_the_proxy_and_then_the_callee_as_well() -> None:
    wire = Wire()
    _, first = invite(wire)
    wire.receive(answer(first, 407, extra=CHALLENGES[407].replace('"r"', '"p"')))
    wire.receive(answer(wire.last_request(), 401, extra=CHALLENGES[401]))
    third = wire.last_request()
    assert (third.cseq.number, answers_of(third)) == (3, [("p", "n1"), ("r", "n1")])
    wire.receive(answer(third, 200, extra=CONTACT, body=SDP))
    ack = sent(wire, "ACK")[-1]
    assert answers_of(ack) == answers_of(third)  # §13.2.2.4


def test_who_calls_every_nonce_stale_is_not_asked_for_ever() -> None:
    wire = Wire()
    invite(wire)
    for number in range(20):
        if wire.last_request().method == "INVITE":
            wire.receive(answer(wire.last_request(), 401, extra=STALE.format(number)))
    assert [event.status for event in wire.told(Refused)] == [401]
    assert len(sent(wire, "INVITE")) == 1 + ROUNDS_MAX
    assert wire.settle()


@pytest.mark.parametrize("method", ["BYE", "UPDATE", "INVITE", "OPTIONS"])
def test_every_request_meets_a_stale_nonce(method: str) -> None:
    wire = Wire()
    if method == "OPTIONS":
        wire.agent.request(StandaloneRequest("OPTIONS", URI, US, credentials=CREDENTIALS), wire.now)
    else:
        session, invited = invite(wire)
        extra = CONTACT.replace(", UPDATE", "") if method == "INVITE" else CONTACT
        wire.receive(answer(invited, 200, extra=extra, body=SDP))
        if method == "BYE":
            session.bye(wire.now)
        else:
            session.modify(b"hold", wire.now)
    wire.poll()
    first = wire.last_request()
    assert first.method == method
    wire.receive(answer(first, 401, extra=CHALLENGES[401]))
    wire.receive(answer(wire.last_request(), 401, extra=STALE.format("n2")))
    third = wire.last_request()
    assert (third.method, answers_of(third)) == (method, [("r", "n2")])
    assert third.cseq.number == first.cseq.number + 2


@pytest.mark.parametrize(
    ("credentials", "challenge"),
    [(None, CHALLENGES[401]), (CREDENTIALS, "X: y"), (CREDENTIALS, "WWW-Authenticate: Basic realm=x")],
)
def test_what_cannot_be_met_is_a_refusal(credentials: Credentials | None, challenge: str) -> None:
    wire = Wire()
    _, first = invite(wire, credentials)
    wire.receive(answer(first, 401, extra=challenge))
    assert [event.status for event in wire.told(Refused)] == [401]
    assert wire.settle()


def test_a_challenge_after_cancel_is_not_met() -> None:
    for status in (180, None):
        wire = Wire()
        session, first = invite(wire)
        if status is not None:
            wire.receive(answer(first, status))
        session.cancel(wire.now)
        wire.poll()
        wire.receive(answer(first, 401, extra=CHALLENGES[401]))
        assert [event.status for event in wire.told(Refused)] == [401]
        assert len(sent(wire, "INVITE")) == 1
        assert wire.settle()


def connected(wire: Wire) -> InviteSession:
    session, first = invite(wire)
    wire.receive(answer(first, 200, extra=CONTACT, body=SDP))
    return session


def test_bye_is_sent_again_with_credentials() -> None:
    wire = Wire()
    connected(wire).bye(wire.now, headers=(("Reason", "Q.850;cause=16"),))
    wire.poll()
    first = wire.last_request()
    wire.receive(answer(first, 407, extra=CHALLENGES[407]))
    second = wire.last_request()
    assert (second.method, second.cseq.number) == ("BYE", first.cseq.number + 1)
    assert second.headers.get("Reason") == "Q.850;cause=16"
    assert second.headers.get("Proxy-Authorization") is not None
    assert wire.told(Ended) == []
    wire.receive(answer(second, 200))
    assert [event.cause for event in wire.told(Ended)] == [EndCause.LOCAL_BYE]
    assert wire.settle()


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
@pytest.mark.parametrize("last", [200, 401])
def test_changes_are_sent_again_with_credentials(method: str, last: int) -> None:
    wire = Wire()
    session, invited = invite(wire)
    extra = CONTACT if method == "UPDATE" else CONTACT.replace(", UPDATE", "")
    wire.receive(answer(invited, 200, extra=extra, body=SDP))
    session.modify(b"hold", wire.now)
    wire.poll()
    first = wire.last_request()
    assert first.method == method
    wire.receive(answer(first, 401, extra=CHALLENGES[401]))
    second = wire.last_request()
    assert (second.method, second.cseq.number, second.body) == (method, first.cseq.number + 1, b"hold")
    assert second.headers.get("Authorization") is not None
    wire.receive(answer(second, last, extra=f"{extra}\n{CHALLENGES[401]}", body="ok" if last == 200 else ""))
    assert len(wire.told(Modified)) == (last == 200)
    assert [event.status for event in wire.told(NotModified)] == ([] if last == 200 else [401])
    if method == "INVITE" and last == 200:
        assert wire.last_request().headers.get("Authorization") == second.headers.get("Authorization")


def test_an_owner_of_an_incoming_call_may_give_credentials() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP))
    session = wire.told(Invited)[0].session
    session.accept(b"v=0", wire.now)
    wire.receive(request("ACK", to=f"<sip:bob@10.0.0.2>;tag={session.local_tag}"))
    session.credentials = CREDENTIALS
    session.bye(wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), 401, extra=CHALLENGES[401]))
    assert wire.last_request().headers.get("Authorization") is not None


def test_rfc4028_7_3_every_proxy_may_ask_for_a_longer_interval_but_not_for_ever() -> None:
    wire = Wire()
    _, sent_ = invite(wire)
    for seconds in (200, 300, 400, 500):
        wire.receive(answer(wire.last_request() if seconds > 200 else sent_, 422, extra=f"Min-SE: {seconds}"))
    invites = sent(wire, "INVITE")
    assert [each.headers.get("Session-Expires") for each in invites] == [None, "200", "300", "400"]
    assert [event.status for event in wire.told(Refused)] == [422]


@pytest.mark.parametrize("extra", ["", "Min-SE: soon"])
def test_a_422_that_says_nothing_is_a_refusal(extra: str) -> None:
    wire = Wire()
    _, sent_ = invite(wire)
    wire.receive(answer(sent_, 422, extra=extra))
    assert [event.status for event in wire.told(Refused)] == [422]
