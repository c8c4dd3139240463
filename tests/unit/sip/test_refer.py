"""REFER and NOTIFY as a peer may send them, from bytes to bytes."""

import pytest

from offhook.sip.event import Invited, ReferEnded, ReferProgressed, Referred
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.sipfrag import status_of
from tests.support.sip_wire import SDP, Wire, answer, request

CAROL = "sip:carol@10.0.0.3"
REPLACES = "Refer-To: <sip:carol@10.0.0.3?Replaces=abc%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>"
ACTIVE = "Event: refer\nSubscription-State: active;expires=60\nContent-Type: message/sipfrag;version=2.0"


def inside(method: str, session: InviteSession, cseq: int = 2, body: str = "", extra: str = "") -> bytes:
    branch = f"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{method}{cseq};rport"
    to = f"<sip:bob@10.0.0.2>;tag={session.local_tag}"
    asked = request(method, to=to, cseq=f"{cseq} {method}", via=branch, extra=extra)
    return asked.replace(b"Content-Length: 0", f"Content-Length: {len(body)}".encode()) + body.encode()


def invited(wire: Wire) -> InviteSession:
    wire.receive(request("INVITE", body=SDP))
    session: InviteSession = wire.told(Invited)[-1].session
    return session


def up(wire: Wire) -> InviteSession:
    session = invited(wire)
    session.accept(SDP.encode(), wire.now)
    wire.receive(inside("ACK", session, cseq=1))
    assert session.state is SessionState.CONFIRMED
    return session


def referring(wire: Wire) -> InviteSession:
    """A call in which our REFER was accepted."""
    session = up(wire)
    session.refer(CAROL, wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), 202))
    assert [event.refer_status for event in wire.told(ReferProgressed)] == [202]
    return session


@pytest.mark.parametrize(
    "refer_to",
    [
        "X: y",
        f"Refer-To: <{CAROL}>\nRefer-To: <{CAROL}>",
        "Refer-To: <>",
        "Refer-To: carol",
        "Refer-To: <sip:>",
        REPLACES.replace("%3Bto-tag%3D1", ""),
        REPLACES.replace(">", "&Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>"),
        "Refer-To: <sip:carol@10.0.0.3?X-A=%0d%0aX-B:1>",
    ],
)
def test_rfc3515_2_4_2_a_refer_needs_one_target_that_can_be_read(refer_to: str) -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("REFER", session, extra=refer_to))
    assert wire.last().status == 400
    assert wire.told(Referred) == []


@pytest.mark.parametrize(
    "target", ["<tel:+441514960000>", "sip:carol@10.0.0.3", '"Carol" <sip:carol@10.0.0.3;a=b?X-A=b%2Cc>']
)
def test_a_target_is_told_as_it_came(target: str) -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("REFER", session, extra=f"Refer-To: {target}"))
    assert [(event.refer_to, event.replaces) for event in wire.told(Referred)] == [(target, None)]


def test_rfc5589_7_an_attended_transfer_names_the_dialog_to_be_replaced() -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("REFER", session, extra=REPLACES))
    (event,) = wire.told(Referred)
    assert str(event.replaces) == "abc@x;to-tag=1;from-tag=2"


def test_another_refer_meanwhile_is_491_and_one_afterwards_is_told() -> None:
    wire = Wire()
    session = up(wire)
    for cseq in (2, 3):
        wire.receive(inside("REFER", session, cseq, extra=f"Refer-To: <{CAROL}>"))
    assert wire.last().status == 491
    session.reject_referral(403, wire.now)
    wire.poll()
    assert wire.last().status == 403
    wire.receive(inside("REFER", session, 4, extra=f"Refer-To: <{CAROL}>"))
    assert len(wire.told(Referred)) == 2


def test_rfc3261_15_1_2_a_bye_answers_the_refer_that_waits_with_487() -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("REFER", session, extra=f"Refer-To: <{CAROL}>"))
    waits = [session.has_referral]
    wire.receive(inside("BYE", session, 3))
    assert [*waits, session.has_referral] == [True, False]
    assert wire.statuses()[-2:] == [200, 487]
    session.notify_referral(200, wire.now)
    wire.poll()
    assert wire.settle()


@pytest.mark.parametrize("method", ["REFER", "NOTIFY"])
def test_before_the_answer_there_is_nothing_to_transfer(method: str) -> None:
    wire = Wire()
    session = invited(wire)
    wire.receive(inside(method, session, extra=f"Refer-To: <{CAROL}>"))
    assert wire.last().status == 403


def test_rfc6665_4_1_3_a_notify_that_nobody_asked_for_is_481() -> None:
    wire = Wire()
    session = up(wire)
    wire.receive(inside("NOTIFY", session, extra=ACTIVE))
    assert wire.last().status == 481
    wire.receive(request("NOTIFY", cseq="9 NOTIFY", extra=ACTIVE))
    assert wire.last().status == 481


@pytest.mark.parametrize(
    ("changed", "to", "body", "status"),
    [
        ("Event: refer", "Event: refer;id=99", "", 481),
        ("Event: refer", "Event: dialog", "", 489),
        ("Event: refer", "X: y", "", 400),
        ("Subscription-State: active;expires=60", "X: y", "", 400),
        ("Subscription-State: active;expires=60", "Subscription-State: active;expires=x", "", 400),
        ("message/sipfrag;version=2.0", "text/plain", "SIP/2.0 200 OK", 415),
        ("", "", "200 OK", 400),
        ("", "", "SIP/2.0 99 No", 400),
        ("", "", "SIP/2.0 2000 OK", 400),
    ],
)
def test_a_notify_that_means_nothing_is_refused_and_changes_nothing(
    changed: str, to: str, body: str, status: int
) -> None:
    wire = Wire()
    session = referring(wire)
    wire.receive(inside("NOTIFY", session, body=body, extra=ACTIVE.replace(changed, to)))
    assert wire.last().status == status
    assert wire.told(ReferEnded) == []
    assert session.state is SessionState.CONFIRMED


@pytest.mark.parametrize(
    ("extra", "body", "result"),
    [
        (ACTIVE, "SIP/2.0 200 OK\r\n", 200),
        (ACTIVE, "SIP/2.0 603 Decline\r\nTo: <sip:x@y>\r\n" + "X-Long: " + 2000 * "x", 603),
        (ACTIVE.replace("active;expires=60", "terminated;reason=giveup"), "SIP/2.0 180 Ringing", 180),
        (ACTIVE.replace("active;expires=60", "terminated;reason=reason=noresource"), "SIP/2.0 200 Ok", 200),
        (ACTIVE.replace("active;expires=60", "terminated"), "", None),
    ],
)
def test_the_notify_that_ends_it_tells_the_result(extra: str, body: str, result: int | None) -> None:
    wire = Wire()
    session = referring(wire)
    wire.receive(inside("NOTIFY", session, body=body, extra=extra))
    assert wire.last().status == 200
    assert [(each.refer_status, each.notify_status) for each in wire.told(ReferEnded)] == [(202, result)]
    wire.receive(inside("NOTIFY", session, 3, extra=ACTIVE))
    assert wire.last().status == 481


@pytest.mark.parametrize("body", [b"SIP/2.0 486 Busy Here", b"\r\nsip/2.0 486", b"SIP/2.0 486\r\nVia: x"])
def test_rfc3420_a_status_line_is_read_out_of_a_fragment(body: bytes) -> None:
    assert status_of(body) == 486
