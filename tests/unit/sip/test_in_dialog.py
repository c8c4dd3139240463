"""Requests inside a dialog, from bytes to bytes: PRACK, UPDATE, INFO, and multipart bodies."""

import pytest

from offhook.sip.error import SipUsageError
from offhook.sip.event import (
    EndCause,
    Ended,
    InfoReceived,
    Invited,
    Modified,
    NotModified,
    OfferReceived,
    ProvisionalAcknowledged,
)
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_wire import SDP, Wire, answer, request

DTMF = Settings(info_types=("application/dtmf-relay", "application/dtmf"))
ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"


def invited(wire: Wire, extra: str = "Supported: 100rel, timer\n" + ALLOW, body: str = SDP) -> InviteSession:
    wire.receive(request("INVITE", body=body, extra=extra))
    session: InviteSession = wire.told(Invited)[-1].session
    return session


def up(wire: Wire, extra: str = ALLOW) -> InviteSession:
    session = invited(wire, extra)
    session.accept(SDP.encode(), wire.now)
    wire.receive(inside("ACK", session, cseq=1))
    assert session.state is SessionState.CONFIRMED
    return session


def inside(method: str, session: InviteSession, cseq: int = 2, body: str = "", extra: str = "") -> bytes:
    branch = f"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{method}{cseq};rport"
    to = f"<sip:bob@10.0.0.2>;tag={session.local_tag}"
    return request(method, to=to, cseq=f"{cseq} {method}", via=branch, body=body, extra=extra)


def prack(session: InviteSession, rseq: str | None, cseq: int = 2, body: str = "") -> bytes:
    return inside("PRACK", session, cseq, body, extra=f"RAck: {rseq} 1 INVITE")


def sent(wire: Wire, method: str) -> list[Request]:
    return [each for each in wire.messages() if isinstance(each, Request) and each.method == method]


def test_rfc3262_3_a_prack_for_nothing_is_481_and_a_repeated_one_is_answered_again() -> None:
    wire = Wire()
    session = invited(wire)
    session.ring(wire.now, 183, body=SDP.encode())
    wire.poll()
    rseq = wire.last().headers.single("RSeq")
    assert 1 <= int(rseq) < 2**31
    wire.receive(prack(session, str(int(rseq) + 1)))
    assert wire.last().status == 481
    for _ in range(2):
        wire.receive(prack(session, rseq, cseq=3))
        assert wire.last().status == 200
    assert len(wire.told(ProvisionalAcknowledged)) == 1
    wire.receive(prack(session, rseq, cseq=4))
    assert wire.last().status == 481
    session.close(wire.now)
    wire.poll()
    wire.receive(inside("ACK", session, cseq=1))
    assert wire.settle()


def test_a_prack_after_the_final_response_is_still_answered() -> None:
    wire = Wire()
    session = invited(wire, "Require: 100rel")
    session.ring(wire.now)
    wire.poll()
    rseq = wire.last().headers.single("RSeq")
    session.accept(SDP.encode(), wire.now)
    wire.receive(prack(session, rseq))
    assert wire.statuses()[-2:] == [200, 200]


@pytest.mark.parametrize("rack", ["RAck: x", "RAck: 1 1 INVITE\nRAck: 1 1 INVITE", "X: y"])
def test_a_prack_that_cannot_be_read_is_400(rack: str) -> None:
    wire = Wire()
    session = invited(wire)
    wire.receive(inside("PRACK", session, extra=rack))
    assert wire.last().status == 400


def test_a_prack_that_owes_an_answer_is_refused_without_one() -> None:
    wire = Wire()
    session = invited(wire, body="")
    session.ring(wire.now, 183, body=SDP.encode())
    wire.poll()
    rseq = wire.last().headers.single("RSeq")
    wire.receive(prack(session, rseq))
    assert (wire.last().status, wire.last().reason) == (400, "No answer to the offer")
    session.accept(b"ignored", wire.now)
    assert session.state is SessionState.ACCEPT_PENDING
    wire.receive(prack(session, rseq, cseq=3, body=SDP))
    assert wire.told(ProvisionalAcknowledged)[0].description == SDP.encode()
    assert [message.body for message in wire.messages()[-2:]] == [b"", b""]
    assert wire.last().cseq.method == "INVITE"


@pytest.mark.parametrize("status", [200, 488])
def test_rfc3262_5_an_offer_in_a_prack_is_answered_before_the_invite(status: int) -> None:
    wire = Wire()
    session = invited(wire)
    session.ring(wire.now, 183, body=SDP.encode())
    wire.poll()
    rseq = wire.last().headers.single("RSeq")
    session.accept(b"left out", wire.now)
    wire.receive(prack(session, rseq, body=SDP))
    assert wire.told(OfferReceived)[0].request.method == "PRACK"
    assert wire.last().status == 183
    if status == 200:
        session.accept(b"answer", wire.now)
    else:
        session.reject(488, wire.now)
    wire.poll()
    prack_answer, invite_answer = wire.messages()[-2:]
    assert (prack_answer.cseq.method, prack_answer.body) == ("PRACK", b"answer" if status == 200 else b"")
    assert (invite_answer.cseq.method, invite_answer.body) == ("INVITE", b"")
    assert "Contact" not in prack_answer.headers


def test_rfc3311_5_2_an_update_without_offer_is_answered_here_and_moves_the_target() -> None:
    wire = Wire()
    session = up(wire)
    moved = inside("UPDATE", session).replace(b"<sip:alice@10.0.0.1:5060>", b"<sip:alice@10.0.0.7>")
    wire.receive(moved)
    assert wire.last().status == 200
    assert wire.last().headers.get("Contact") == "<sip:10.0.0.2:5060>"
    assert "UPDATE" in (wire.last().headers.get("Allow") or "")
    assert session.dialog is not None
    assert session.dialog.remote_target.host == "10.0.0.7"
    assert wire.told(OfferReceived) == []


def test_rfc3311_5_2_updates_that_overlap() -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("UPDATE", session, 2, body=SDP))
    for cseq, body in ((3, SDP), (4, "")):
        wire.receive(inside("UPDATE", session, cseq, body=body))
        assert wire.last().status == 500
        assert 0 <= int(wire.last().headers.single("Retry-After")) <= 10
    wire.receive(inside("INVITE", session, 5, body=SDP))
    assert wire.last().status == 500
    session.accept(b"ok", wire.now)
    wire.poll()
    assert (wire.last().status, wire.last().cseq.number, wire.last().body) == (200, 2, b"ok")


def test_rfc3311_5_2_an_update_before_the_invites_answer_is_500() -> None:
    wire = Wire()
    session = invited(wire)
    wire.receive(inside("UPDATE", session, 2, body=SDP))
    assert wire.last().status == 500
    wire.receive(inside("UPDATE", session, 3))
    assert wire.last().status == 200


def test_an_update_that_waits_when_the_session_ends_is_487() -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("UPDATE", session, 2, body=SDP))
    wire.receive(inside("BYE", session, 3))
    assert sorted(wire.statuses()[-2:]) == [200, 487]
    assert not session.has_offer
    assert wire.settle()


@pytest.mark.parametrize("method", ["UPDATE", "INFO", "PRACK", "INVITE"])
def test_what_comes_behind_our_bye_is_481(method: str) -> None:
    wire = Wire(DTMF)
    session = up(wire)
    session.bye(wire.now)
    wire.receive(
        inside(method, session, body=SDP if method in ("UPDATE", "INVITE") else "", extra="RAck: 1 1 INVITE")
    )
    assert wire.last().status == 481


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
@pytest.mark.parametrize(
    ("extra", "status"), [("Session-Expires: 60\nSupported: timer", 422), ("Session-Expires: soon", 400)]
)
def test_rfc4028_9_intervals_that_are_not_taken(method: str, extra: str, status: int) -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside(method, session, body=SDP, extra=extra))
    assert wire.last().status == status
    if status == 422:
        assert wire.last().headers.get("Min-SE") == "120"
    assert wire.told(OfferReceived) == []


def test_rfc4028_9_a_short_interval_in_the_first_invite_is_422() -> None:
    wire = Wire()
    wire.receive(request("INVITE", body=SDP, extra="Supported: timer\nSession-Expires: 90"))
    assert (wire.last().status, wire.last().headers.get("Min-SE")) == (422, "120")
    assert wire.agent.is_idle
    wire.receive(
        request("INVITE", via="SIP/2.0/UDP h;branch=z9hG4bKz", body=SDP, extra="Session-Expires: 60")
    )
    session = wire.told(Invited)[0].session
    session.accept(b"", wire.now)
    wire.poll()
    assert wire.last().headers.get("Session-Expires") == "90;refresher=uas"  # 422 it would not understand


def test_info_of_a_type_that_the_owner_reads_is_the_owners() -> None:
    wire = Wire(DTMF)
    session = up(wire)
    relay = inside("INFO", session, body="Signal=5\r\nDuration=160\r\n").replace(
        b"application/sdp", b"Application/DTMF-Relay"
    )
    wire.receive(relay)
    told = wire.told(InfoReceived)[0]
    assert told.session is session
    assert told.incoming.request.body == b"Signal=5\r\nDuration=160\r\n"
    session.respond(told.incoming, 200, wire.now)
    wire.poll()
    assert (wire.last().status, wire.last().cseq.method) == (200, "INFO")
    with pytest.raises(SipUsageError):
        session.respond(told.incoming, 200, wire.now)


def test_other_infos_are_answered_here() -> None:
    wire = Wire(DTMF)
    session = up(wire)
    wire.receive(inside("INFO", session, 2))
    assert wire.last().status == 200
    wire.receive(inside("INFO", session, 3, body="<media_control/>"))
    assert wire.last().status == 415
    assert wire.last().headers.get("Accept") == "application/dtmf-relay, application/dtmf"
    wire.receive(inside("INFO", session, 4, body="x", extra="Info-Package: foo"))
    assert (wire.last().status, wire.last().headers.get("Recv-Info")) == (469, "")
    assert wire.told(InfoReceived) == []


def test_info_of_ours() -> None:
    wire = Wire()
    session = up(wire)
    session.info("application/dtmf-relay", b"Signal=1", wire.now, headers=(("X-A", "1"),))
    wire.poll()
    info = wire.last_request()
    assert (info.method, info.body, info.headers.get("Content-Type")) == (
        "INFO",
        b"Signal=1",
        "application/dtmf-relay",
    )
    assert info.headers.get("X-A") == "1"
    wire.receive(answer(info, 415))
    assert session.state is SessionState.CONFIRMED
    session.info("application/dtmf", b"2", wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), 481))
    assert [event.cause for event in wire.told(Ended)] == [EndCause.DIALOG_GONE]
    assert wire.last_request().method == "BYE"
    with pytest.raises(SipUsageError):
        session.info("application/dtmf", b"2", wire.now)
    with pytest.raises(SipUsageError):
        up(Wire()).info("a\r\nb", b"2", 0.0)


@pytest.mark.parametrize("status", [405, 501])
def test_a_peer_that_names_update_and_refuses_it_gets_a_reinvite(status: int) -> None:
    wire = Wire()
    session = up(wire)
    session.modify(b"hold", wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status))
    assert (wire.last_request().method, wire.last_request().body) == ("INVITE", b"hold")
    wire.receive(answer(wire.last_request(), 200, extra="Contact: <sip:alice@10.0.0.1:5060>", body="held"))
    assert [event.description for event in wire.told(Modified)] == [b"held"]
    assert wire.last_request().method == "ACK"


@pytest.mark.parametrize(
    ("status", "extra", "waits_s"),
    [
        (500, "Retry-After: 3 (busy);duration=10", 3.0),
        (422, "Min-SE: 1000", 0.0),
    ],
)
def test_changes_that_may_come_later_come_later(status: int, extra: str, waits_s: float) -> None:
    wire = Wire()
    session = up(wire)
    session.modify(b"hold", wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status, extra=extra))
    wire.pass_time(waits_s + 0.01)
    first, second = sent(wire, "UPDATE")
    assert second.cseq.number == first.cseq.number + 1
    if status == 422:
        assert second.headers.get("Session-Expires") == "1000"
    assert wire.told(NotModified) == []


@pytest.mark.parametrize(
    ("status", "extra", "body"),
    [
        (488, "", ""),
        (500, "", ""),
        (500, "Retry-After: 600", ""),
        (500, "Retry-After: later", ""),
        (422, "", ""),
        (200, "Contact: <sip:alice@10.0.0.1>", ""),
        (200, "Contact: <tel:+1>", "v=0"),
    ],
)
def test_changes_that_fail_are_told_with_the_response(status: int, extra: str, body: str) -> None:
    wire = Wire()
    session = up(wire)
    session.modify(b"hold", wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status, extra=extra, body=body))
    told = wire.told(NotModified)
    assert [(event.status, event.response.status) for event in told] == [(status, status)]
    assert session.can_modify
    assert len(sent(wire, "UPDATE")) == 1


@pytest.mark.parametrize("status", [408, 481])
def test_a_change_that_finds_no_dialog_ends_the_session(status: int) -> None:
    wire = Wire()
    session = up(wire)
    session.modify(b"hold", wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status))
    assert [event.status for event in wire.told(NotModified)] == [status]
    assert [event.cause for event in wire.told(Ended)] == [EndCause.DIALOG_GONE]
    assert wire.last_request().method == "BYE"


def test_a_change_before_the_ack_waits_for_it() -> None:
    wire = Wire()
    session = invited(wire)
    session.accept(SDP.encode(), wire.now)
    session.modify(b"hold", wire.now)
    wire.poll()
    assert sent(wire, "UPDATE") == []
    wire.receive(inside("ACK", session, cseq=1))
    wire.pass_time(2.0)
    assert {update.body for update in sent(wire, "UPDATE")} == {b"hold"}


MIXED = (
    f"--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n"
    "--b\r\nContent-Type: application/isup\r\n{}\r\n\x01\r\n--b--\r\n"
)


def multipart(body: str, boundary: str = "b") -> bytes:
    kind = f"multipart/mixed;boundary={boundary}".encode()
    return request("INVITE", body=body).replace(
        b"application/sdp\r\nContent-Length", kind + b"\r\nContent-Length"
    )


def test_rfc5621_a_description_beside_other_parts_is_taken() -> None:
    wire = Wire()
    wire.receive(multipart(MIXED.format("")))
    session = wire.told(Invited)[0].session
    assert session.the_usage().negotiation.remote_description == SDP.encode()


@pytest.mark.parametrize(
    ("body", "boundary", "status"),
    [
        (MIXED.format("Content-Disposition: signal;handling=required\r\n"), "b", 415),
        (MIXED, "c", 400),
        ("x", "b", 400),
    ],
)
def test_multipart_bodies_that_are_refused(body: str, boundary: str, status: int) -> None:
    wire = Wire()
    wire.receive(multipart(body, boundary))
    assert wire.statuses() == [status]
    assert wire.told(Invited) == []
