"""A session as UAC, and the commands that a state doesn't allow."""

import pytest

from offhook.sip.error import SipUsageError
from offhook.sip.event import Accepted, EndCause, Ended, FlowNeeded, Invited, Progressed, Refused
from offhook.sip.invitation import Invitation
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.uri import SipUri
from tests.support.sip_wire import SDP, Wire, answer, request

URI = SipUri.parse("sip:bob@10.0.0.1")
US = SipUri.parse("sip:us@10.0.0.2")
CONTACT = "Contact: <sip:bob@10.0.0.1:5060>"


def invite(wire: Wire, invitation: Invitation | None = None) -> tuple[InviteSession, Request]:
    session = wire.agent.invite(invitation or Invitation(URI, US, offer=SDP.encode()), wire.now)
    wire.poll()
    return session, wire.last_request()


def test_invite_as_asked_for() -> None:
    wire = Wire()
    invitation = Invitation(
        uri=SipUri.parse("sip:+1555@example.com;transport=udp"),
        from_uri=US,
        from_display='The "Desk"',
        to_uri=SipUri.parse("sip:desk@example.com"),
        next_hop=SipUri.parse("sip:10.0.0.1"),
        headers=(("X-A", "1"), ("X-A", "2")),
        offer=SDP.encode(),
        user_agent="Phone/1",
    )
    session, sent = invite(wire, invitation)
    assert sent.start_line == "INVITE sip:+1555@example.com;transport=udp SIP/2.0"
    assert sent.from_.display_name == 'The "Desk"'
    assert sent.from_.uri == US
    assert sent.from_.tag == session.local_tag
    assert str(sent.to.uri) == "sip:desk@example.com"
    assert sent.headers.get("Route") is None
    assert sent.headers.get("Contact") == "<sip:10.0.0.2:5060>"
    assert sent.headers.get_all("X-A") == ("1", "2")
    assert sent.headers.get("User-Agent") == "Phone/1"
    assert (
        sent.headers.get("Allow")
        == "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE"
    )
    assert sent.via.wants_rport
    assert sent.body == SDP.encode()
    assert session.request == sent
    assert session.call_id == sent.call_id


def test_there_is_no_request_before_there_is_a_flow() -> None:
    session = Wire().agent.invite(Invitation(URI, US), 0.0)
    assert session.state is SessionState.CALLING
    with pytest.raises(SipUsageError):
        _ = session.request
    with pytest.raises(SipUsageError):
        _ = session.flow


@pytest.mark.parametrize(
    "name",
    ["Via", "from", "t", "Contact", "Content-Length", "l", "CSeq", "Max-Forwards", "User-Agent", "a b"],
)
def test_headers_that_are_not_the_owners(name: str) -> None:
    wire = Wire()
    with pytest.raises(SipUsageError):
        wire.agent.invite(Invitation(URI, US, headers=((name, "x"),)), 0.0)
    assert wire.agent.is_idle


@pytest.mark.parametrize(
    "invitation",
    [
        Invitation(SipUri("sip", "h", user="a b"), US),
        Invitation(URI, SipUri("sip", "h\r\nX: y")),
        Invitation(URI, US, to_uri=SipUri("sip", "")),
        Invitation(URI, US, from_display="a\r\nb"),
        Invitation(URI, US, user_agent="a\nb"),
    ],
)
def test_invitations_that_cannot_be_sent_are_refused_at_once(invitation: Invitation) -> None:
    wire = Wire()
    with pytest.raises(SipUsageError):
        wire.agent.invite(invitation, 0.0)
    assert wire.agent.is_idle


def test_headers_of_a_uri_are_not_sent_in_it() -> None:
    _, sent = invite(Wire(), Invitation(SipUri.parse("sip:bob@10.0.0.1;x=1?X-A=b"), US))
    assert sent.request_uri == str(sent.to.uri) == "sip:bob@10.0.0.1;x=1"


def test_100_is_no_progress_and_180_is() -> None:
    wire = Wire()
    session, sent = invite(wire)
    wire.receive(answer(sent, 100, tag=""))
    assert session.state is SessionState.PROCEEDING
    assert wire.told(Progressed) == []
    wire.receive(answer(sent, 183, body=SDP))
    assert [event.response.status for event in wire.told(Progressed)] == [183]


def test_2xx_is_acknowledged_at_once_and_again_for_each_repetition() -> None:
    wire = Wire()
    session, sent = invite(wire)
    for _ in range(3):
        wire.receive(answer(sent, 200, extra=CONTACT, body=SDP))
    acks = [
        message for message in wire.messages() if isinstance(message, Request) and message.method == "ACK"
    ]
    assert len(acks) == 3
    assert acks[0] == acks[1] == acks[2]
    assert acks[0].via.branch != sent.via.branch
    assert acks[0].cseq.number == sent.cseq.number
    assert acks[0].request_uri == "sip:bob@10.0.0.1:5060"
    assert len(wire.told(Accepted)) == 1
    assert session.response is not None
    assert session.response.body == SDP.encode()


def test_2xx_of_another_fork_is_acknowledged_and_ended() -> None:
    wire = Wire()
    session, sent = invite(wire)
    wire.receive(answer(sent, 200, tag="one", extra=CONTACT))
    wire.receive(answer(sent, 200, tag="two", extra="Contact: <sip:bob@10.0.0.5>"))
    lines = [(message.start_line, message.to.tag) for message in wire.messages()[1:]]
    assert lines == [
        ("ACK sip:bob@10.0.0.1:5060 SIP/2.0", "one"),
        ("ACK sip:bob@10.0.0.5 SIP/2.0", "two"),
        ("BYE sip:bob@10.0.0.5 SIP/2.0", "two"),
    ]
    assert session.state is SessionState.CONFIRMED
    assert len(wire.told(Accepted)) == 1
    wire.receive(answer(sent, 200, tag="two", extra="Contact: <sip:bob@10.0.0.5>"))
    assert wire.last_request().method == "ACK"


def test_fork_that_cannot_be_reached_does_not_harm_the_call() -> None:
    wire = Wire()
    session, sent = invite(wire)
    wire.receive(answer(sent, 200, tag="one", extra=CONTACT))
    wire.agent.handle_datagram(
        answer(sent, 200, tag="two", extra="Contact: <sip:gone.example>"), session.flow, 0.0
    )
    for _ in range(2):
        needed = wire.agent.poll_event()
        assert isinstance(needed, FlowNeeded)
        wire.agent.handle_no_flow(needed.request_id, "NXDOMAIN", 0.0)
    wire.poll()
    assert session.state is SessionState.CONFIRMED
    assert wire.told(Ended) == []


def test_forks_are_bounded() -> None:
    wire = Wire()
    _, sent = invite(wire)
    for index in range(40):
        wire.receive(answer(sent, 200, tag=f"fork{index}", extra=CONTACT))
    assert len([message for message in wire.messages() if message.start_line.startswith("BYE")]) == 15


@pytest.mark.parametrize("status", [302, 401, 404, 486, 503, 603])
def test_failure_is_told_once_with_its_response(status: int) -> None:
    wire = Wire()
    session, sent = invite(wire)
    for _ in range(2):
        wire.receive(answer(sent, status))
    told = wire.told(Refused)
    assert [(event.status, event.reason) for event in told] == [(status, "Something")]
    assert told[0].response.status == status
    assert session.state is SessionState.TERMINATED
    assert wire.settle()


def test_2xx_that_cannot_be_used_is_discarded() -> None:
    wire = Wire()
    session, sent = invite(wire)
    wire.receive(answer(sent, 200, extra="Contact: <tel:+1>"))
    wire.receive(answer(sent, 200, extra=f"{CONTACT}\nRecord-Route: nonsense"))
    wire.receive(answer(sent, 200, extra=f"{CONTACT}\nVia: SIP/2.0/UDP second"))
    assert session.state is SessionState.CALLING
    wire.pass_time(40.0)
    assert [event.status for event in wire.told(Refused)] == [408]


def test_canceled_call_without_final_response_is_given_up_after_64_t1() -> None:
    wire = Wire()
    session, sent = invite(wire)
    wire.receive(answer(sent, 180))
    session.cancel(wire.now)
    wire.poll()
    cancel = wire.last_request()
    assert cancel.method == "CANCEL"
    assert cancel.via == sent.via
    assert cancel.cseq.number == sent.cseq.number
    wire.receive(answer(cancel, 200))
    wire.pass_time(33.0)
    assert [(event.status, event.response) for event in wire.told(Refused)] == [(487, None)]
    assert wire.settle()


def test_transport_error_is_503() -> None:
    wire = Wire()
    session, _ = invite(wire)
    wire.agent.handle_flow_lost(session.flow, wire.now)
    wire.poll()
    assert [event.status for event in wire.told(Refused)] == [503]
    assert wire.settle()


def test_late_offer_waits_for_the_owners_answer() -> None:
    wire = Wire()
    session, sent = invite(wire, Invitation(URI, US))
    assert sent.body == b""
    assert sent.headers.get("Content-Type") is None
    for _ in range(2):
        wire.receive(answer(sent, 200, extra=CONTACT, body=SDP))
    assert len(wire.messages()) == 1
    session.accept(b"v=0", wire.now)
    wire.poll()
    assert wire.last_request().method == "ACK"
    assert wire.last_request().body == b"v=0"
    wire.receive(
        request(
            "BYE",
            to=f"<sip:us@10.0.0.2>;tag={session.local_tag}",
            call_id=session.call_id,
            from_="<sip:bob@10.0.0.1>;tag=bob",
        )
    )
    assert [event.cause for event in wire.told(Ended)] == [EndCause.REMOTE_BYE]
    assert wire.settle()


def test_late_offer_can_be_declined_with_ack_and_bye() -> None:
    wire = Wire()
    session, sent = invite(wire, Invitation(URI, US))
    wire.receive(answer(sent, 200, extra=CONTACT, body=SDP))
    session.close(wire.now)
    wire.poll()
    assert [message.start_line.split()[0] for message in wire.messages()] == ["INVITE", "ACK", "BYE"]
    wire.receive(answer(wire.last_request(), 200))
    assert [event.cause for event in wire.told(Ended)] == [EndCause.LOCAL_BYE]
    assert wire.settle()


def test_ack_that_finds_no_way_ends_the_call() -> None:
    wire = Wire()
    session, sent = invite(wire)
    wire.agent.handle_datagram(
        answer(sent, 200, extra="Contact: <sip:bob@gone.example>"), session.flow, wire.now
    )
    while (event := wire.agent.poll_event()) is not None:
        wire.events.append(event)
    needed = wire.events[-2] if isinstance(wire.events[-1], Accepted) else wire.events[-1]
    wire.agent.handle_no_flow(needed.request_id, "NXDOMAIN", wire.now)  # type: ignore[union-attr]
    wire.agent.handle_no_flow(needed.request_id, "NXDOMAIN", wire.now)  # type: ignore[union-attr]
    wire.poll()
    assert [event.cause for event in wire.told(Ended)] == [EndCause.FLOW_LOST]
    assert wire.settle()


COMMANDS = ["ring", "accept", "reject", "cancel", "bye"]
ALLOWED = {
    SessionState.CALLING: {"cancel"},
    SessionState.INCOMING: {"ring", "accept", "reject"},
    SessionState.ACCEPTED: {"bye"},
    SessionState.CONFIRMED: {"bye"},
    SessionState.TERMINATED: set(),
}


def session_in(state: SessionState) -> InviteSession:
    wire = Wire()
    if state is SessionState.CALLING:
        return invite(wire)[0]
    wire.receive(request("INVITE", body=SDP))
    session: InviteSession = wire.told(Invited)[0].session
    if state is SessionState.TERMINATED:
        session.reject(486, wire.now)
    elif state is not SessionState.INCOMING:
        session.accept(b"v=0", wire.now)
        if state is SessionState.CONFIRMED:
            wire.receive(request("ACK", to=f"<sip:bob@10.0.0.2>;tag={session.local_tag}"))
    assert session.state is state
    return session


def command(session: InviteSession, name: str) -> None:
    match name:
        case "ring":
            session.ring(0.0)
        case "accept":
            session.accept(b"v=0", 0.0)
        case "reject":
            session.reject(486, 0.0)
        case "cancel":
            session.cancel(0.0)
        case "bye":
            session.bye(0.0)


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_fit_their_states(state: SessionState, name: str) -> None:
    session = session_in(state)
    if name in ALLOWED[state]:
        command(session, name)
        return
    with pytest.raises(SipUsageError):
        command(session, name)
    assert session.state is state


@pytest.mark.parametrize("state", ALLOWED)
def test_close_fits_every_state_and_twice_is_once(state: SessionState) -> None:
    session = session_in(state)
    session.close(0.0)
    session.close(0.0)


def test_words_that_cannot_be_sent_leave_the_state_alone() -> None:
    session = session_in(SessionState.INCOMING)
    with pytest.raises(SipUsageError):
        session.ring(0.0, 200)
    with pytest.raises(SipUsageError):
        session.ring(0.0, 100)
    with pytest.raises(SipUsageError):
        session.accept(b"", 0.0, headers=(("X", "a\r\nb"),))
    with pytest.raises(SipUsageError):
        session.accept(b"", 0.0, headers=(("Contact", "x"),))
    with pytest.raises(SipUsageError):
        session.reject(200, 0.0)
    with pytest.raises(SipUsageError):
        session.reject(486, 0.0, reason="a\r\nb")
    assert session.state is SessionState.INCOMING
    session.reject(302, 0.0, reason="Elsewhere", headers=(("Contact", "<sip:x@y>"),))
