"""MESSAGE inside a dialog, from bytes to bytes (RFC 3428): who answers the peer's, what becomes of ours."""

import pytest

from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipUsageError
from offhook.sip.event import EndCause, Ended, Invited, MessageAnswered, MessageReceived, RequestReceived
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_wire import SDP, Wire, answer, request
from tests.unit.sip.test_in_dialog import inside, invited, sent, up

ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, MESSAGE"
JSON = "application/json"
BODY = b'{"key":"value"}'


def json_inside(session: InviteSession, cseq: int = 2, kind: str = JSON) -> bytes:
    made = inside("MESSAGE", session, cseq, body=BODY.decode())
    return made.replace(b"Content-Type: application/sdp", b"Content-Type: " + kind.encode())


@pytest.mark.parametrize("kind", [JSON, "text/plain", "application/json;charset=utf-16"])
@pytest.mark.parametrize("status", [200, 202, 415])
def test_a_message_of_any_type_is_the_owners_to_answer(kind: str, status: int) -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(json_inside(session, kind=kind))
    (told,) = wire.told(MessageReceived)
    assert (told.session, told.incoming.request.body) == (session, BODY)
    assert wire.told(RequestReceived) == []
    session.respond(told.incoming, status, wire.now)
    wire.poll()
    assert (wire.last().status, wire.last().cseq.method) == (status, "MESSAGE")
    assert "Contact" not in wire.last().headers  # §7
    wire.receive(json_inside(session, kind=kind))
    assert len(wire.told(MessageReceived)) == 1, "a repetition is answered by its transaction"
    assert session.state is SessionState.CONFIRMED


def test_a_message_that_nobody_answers_leaves_nothing() -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(json_inside(session))
    session.bye(wire.now)
    assert wire.settle(), wire.agent.describe()


def test_a_message_before_the_answer_is_the_owners_too() -> None:
    wire = Wire()
    session = invited(wire)
    wire.receive(json_inside(session))
    assert [event.session for event in wire.told(MessageReceived)] == [session]


def test_a_message_behind_our_bye_is_481() -> None:
    wire = Wire()
    session = up(wire)
    session.bye(wire.now)
    wire.receive(json_inside(session))
    assert wire.last().status == 481
    assert wire.told(MessageReceived) == []


def test_who_offers_no_message_answers_405() -> None:
    wire = Wire(Settings(allow=("INVITE", "ACK", "CANCEL", "BYE")))
    session = up(wire)
    wire.receive(json_inside(session))
    assert (wire.last().status, wire.last().headers.get("Allow")) == (405, "INVITE, ACK, CANCEL, BYE")


def test_outside_a_dialog_a_message_is_no_call_s_and_405_does_not_offer_it() -> None:
    wire = Wire()
    wire.receive(request("MESSAGE", body="hello"))
    assert wire.told(MessageReceived) == []
    (told,) = wire.told(RequestReceived)
    wire.agent.respond(told.incoming, 405, wire.now)
    wire.poll()
    assert wire.last().status == 405
    assert wire.last().headers.get_all("Allow") == (
        "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY",
    )


def test_a_message_of_ours_is_sent_in_the_dialog_and_its_answer_told() -> None:
    wire = Wire()
    session = up(wire, ALLOW)
    assert session.takes_messages
    session.message(JSON, BODY, wire.now, headers=(("X-A", "1"),))
    wire.poll()
    ours = wire.last_request()
    assert (ours.method, ours.body, ours.headers.get("Content-Type")) == ("MESSAGE", BODY, JSON)
    assert (ours.to.tag, ours.headers.get("X-A")) == ("alice", "1")
    assert "Contact" not in ours.headers  # §4
    with pytest.raises(SipUsageError, match="under way"):
        session.message(JSON, BODY, wire.now)
    wire.receive(answer(ours, 202))
    (told,) = wire.told(MessageAnswered)
    assert (told.session, told.status, told.response is not None) == (session, 202, True)
    assert not session.has_message
    session.message(JSON, BODY, wire.now)
    wire.poll()
    assert wire.last_request().cseq.number == ours.cseq.number + 1


@pytest.mark.parametrize("status", [404, 405, 415, 500])
def test_a_message_that_the_peer_refuses_leaves_the_call(status: int) -> None:
    wire = Wire()
    session = up(wire, ALLOW)
    session.message(JSON, BODY, wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status))
    assert [event.status for event in wire.told(MessageAnswered)] == [status]
    assert session.state is SessionState.CONFIRMED


@pytest.mark.parametrize("status", [408, 481])
def test_rfc5057_a_message_that_finds_no_dialog_ends_the_call(status: int) -> None:
    wire = Wire()
    session = up(wire, ALLOW)
    session.message(JSON, BODY, wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status))
    assert [event.status for event in wire.told(MessageAnswered)] == [status]
    assert [event.cause for event in wire.told(Ended)] == [EndCause.DIALOG_GONE]


def test_a_message_that_nobody_answers_is_told_as_408_and_leaves_the_call() -> None:
    wire = Wire()
    session = up(wire, ALLOW)
    session.message(JSON, BODY, wire.now)
    wire.pass_time(31.0)
    assert wire.told(MessageAnswered) == []
    wire.pass_time(2.0)
    (told,) = wire.told(MessageAnswered)
    assert (told.status, told.response) == (408, None)
    assert session.state is SessionState.CONFIRMED


def test_a_message_that_is_challenged_is_sent_again_with_credentials() -> None:
    wire = Wire()
    session = up(wire, ALLOW)
    session.credentials = Credentials("node", Secret("secret"))
    session.message(JSON, BODY, wire.now)
    wire.poll()
    challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5'
    wire.receive(answer(wire.last_request(), 401, extra=challenge))
    first, second = sent(wire, "MESSAGE")
    assert (second.body, "Authorization" in second.headers) == (BODY, True)
    assert second.cseq.number == first.cseq.number + 1
    assert wire.told(MessageAnswered) == []
    wire.receive(answer(second, 200))
    assert [event.status for event in wire.told(MessageAnswered)] == [200]


@pytest.mark.parametrize("allow", ["X-A: 1", "Allow: INVITE, ACK, BYE"])
def test_a_peer_whose_allow_has_no_message_takes_none(allow: str) -> None:
    wire = Wire()
    assert not up(wire, allow).takes_messages


def test_messages_are_sent_while_the_call_is_up_alone() -> None:
    wire = Wire()
    session = invited(wire, ALLOW)
    assert not session.takes_messages
    with pytest.raises(SipUsageError, match="message in state incoming"):
        session.message(JSON, BODY, wire.now)
    session.accept(SDP.encode(), wire.now)
    with pytest.raises(SipUsageError):
        session.message("a\r\nb", BODY, wire.now)
    session.message(JSON, BODY, wire.now)
    wire.poll()
    ours = wire.last_request()
    wire.receive(inside("ACK", session, cseq=1))
    session.bye(wire.now)
    assert not session.takes_messages
    with pytest.raises(SipUsageError, match="message in state closing"):
        session.message(JSON, BODY, wire.now)
    wire.receive(answer(ours, 200))
    assert [event.status for event in wire.told(MessageAnswered)] == [200]
    assert wire.told(Invited)[0].session is session
