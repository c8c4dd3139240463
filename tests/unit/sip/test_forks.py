"""A call that rings at several places: an early dialog for each (RFC 3261 §12.1.2, §13.2.2.4)."""

import pytest

from offhook.sip.error import SipUsageError
from offhook.sip.event import Accepted, Modified, OfferReceived, Progressed, Refused
from offhook.sip.invitation import Invitation
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.uri import SipUri
from tests.support.sip_wire import SDP, Wire, answer, request

URI, US = SipUri.parse("sip:bob@10.0.0.1"), SipUri.parse("sip:us@10.0.0.2")
ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE"


def contact(host: str) -> str:
    return f"Contact: <sip:bob@{host}>"


def reliable(host: str, rseq: int) -> str:
    return f"{contact(host)}\n{ALLOW}\nRequire: 100rel\nRSeq: {rseq}"


def invite(wire: Wire) -> tuple[InviteSession, Request]:
    session = wire.agent.invite(Invitation(URI, US, offer=SDP.encode()), wire.now)
    wire.poll()
    return session, wire.last_request()


def sent(wire: Wire, method: str) -> list[Request]:
    return [each for each in wire.messages() if isinstance(each, Request) and each.method == method]


def from_fork(method: str, session: InviteSession, tag: str, cseq: int = 1, body: str = "") -> bytes:
    return request(
        method,
        to=f"<sip:us@10.0.0.2>;tag={session.local_tag}",
        from_=f"<sip:bob@10.0.0.1>;tag={tag}",
        call_id=session.call_id,
        cseq=f"{cseq} {method}",
        via=f"SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{tag}{method}{cseq};rport",
        body=body,
    )


def test_each_early_dialog_tells_its_own_description_and_gets_its_own_prack() -> None:
    wire = Wire()
    session, invited = invite(wire)
    wire.receive(answer(invited, 183, tag="one", extra=reliable("10.0.0.1", 7), body=SDP))
    wire.receive(
        answer(invited, 183, tag="two", extra=reliable("10.0.0.5", 900), body=SDP.replace("4000", "5"))
    )
    told = wire.told(Progressed)
    assert [(event.tag, b"audio 5 " in event.description) for event in told] == [
        ("one", False),
        ("two", True),
    ]
    assert [
        (prack.request_uri, prack.to.tag, prack.headers.get("RAck")) for prack in sent(wire, "PRACK")
    ] == [
        ("sip:bob@10.0.0.1", "one", "7 1 INVITE"),
        ("sip:bob@10.0.0.5", "two", "900 1 INVITE"),
    ]
    assert session.state is SessionState.PROCEEDING
    assert session.dialog is None


def test_rfc3262_4_numbers_count_in_each_dialog_and_gaps_are_passed_over() -> None:
    wire = Wire()
    _, invited = invite(wire)
    for tag, rseq in (("one", 7), ("two", 8), ("one", 7), ("one", 9), ("one", 8), ("one", 9)):
        wire.receive(answer(invited, 180, tag=tag, extra=reliable("10.0.0.1", rseq)))
    assert [(event.tag, event.response.headers.get("RSeq")) for event in wire.told(Progressed)] == [
        ("one", "7"), ("two", "8"), ("one", "8"), ("one", "9"),
    ]  # fmt: skip
    assert len(sent(wire, "PRACK")) == 4


@pytest.mark.parametrize("extra", ["Require: 100rel", "Require: 100rel\nRSeq: 0", "Require: 100rel\nRSeq: x"])
def test_a_response_that_is_not_as_reliable_as_it_says_still_rings(extra: str) -> None:
    wire = Wire()
    _, invited = invite(wire)
    wire.receive(answer(invited, 180, extra=f"{contact('10.0.0.1')}\n{extra}"))
    assert len(wire.told(Progressed)) == 1
    assert sent(wire, "PRACK") == []


@pytest.mark.parametrize("extra", ["Contact: <tel:+1>", f"{contact('x')}\nRecord-Route: nonsense"])
def test_a_response_that_makes_no_dialog_still_rings(extra: str) -> None:
    wire = Wire()
    session, invited = invite(wire)
    wire.receive(answer(invited, 180, extra=extra))
    assert len(wire.told(Progressed)) == 1
    assert session.usages == {}


def test_early_dialogs_are_bounded() -> None:
    wire = Wire()
    session, invited = invite(wire)
    for index in range(40):
        wire.receive(answer(invited, 180, tag=f"fork{index}", extra=reliable("10.0.0.1", 1)))
    assert len(session.usages) == 16
    assert len(sent(wire, "PRACK")) == 16
    assert len(wire.told(Progressed)) == 40


def test_the_first_2xx_stays_with_its_early_dialogs_numbers() -> None:
    wire = Wire()
    session, invited = invite(wire)
    wire.receive(answer(invited, 183, tag="one", extra=reliable("10.0.0.1", 7), body=SDP))
    wire.receive(answer(invited, 183, tag="two", extra=reliable("10.0.0.5", 8), body=SDP))
    wire.receive(from_fork("UPDATE", session, "one", cseq=5))
    success = f"{contact('10.0.0.9')}\nRecord-Route: <sip:10.0.0.8;lr>"
    wire.receive(answer(invited, 200, tag="one", extra=success))
    assert wire.told(Accepted)[0].description == SDP.encode()
    assert session.dialog is not None
    assert session.dialog.remote_target.host == "10.0.0.9"
    assert sent(wire, "ACK")[0].headers.get("Route") == "<sip:10.0.0.8;lr>"
    wire.receive(from_fork("UPDATE", session, "one", cseq=4))
    assert wire.statuses()[-1] == 500
    wire.receive(from_fork("UPDATE", session, "two", cseq=1))
    assert wire.statuses()[-1] == 481
    session.bye(wire.now)
    wire.poll()
    assert sent(wire, "BYE")[0].cseq.number == 3  # PRACK was 2


def test_2xx_of_an_early_fork_that_lost_is_acknowledged_and_ended() -> None:
    wire = Wire()
    _, invited = invite(wire)
    for tag in ("one", "two"):
        wire.receive(answer(invited, 180, tag=tag, extra=contact("10.0.0.1")))
    for tag in ("one", "two"):
        wire.receive(answer(invited, 200, tag=tag, extra=contact("10.0.0.1"), body=SDP))
    assert [ack.to.tag for ack in sent(wire, "ACK")] == ["one", "two"]
    assert [bye.to.tag for bye in sent(wire, "BYE")] == ["two"]


def test_offers_of_several_forks_are_answered_in_their_order() -> None:
    wire = Wire()
    session, invited = invite(wire)
    for tag in ("one", "two"):
        wire.receive(answer(invited, 183, tag=tag, extra=reliable("10.0.0.1", 7), body=SDP))
    for tag in ("two", "one"):
        wire.receive(from_fork("UPDATE", session, tag, body="offer"))
    assert [event.tag for event in wire.told(OfferReceived)] == ["two", "one"]
    assert session.has_offer
    session.accept(b"for two", wire.now)
    session.reject(488, wire.now)
    wire.poll()
    assert [(message.status, message.from_.tag) for message in wire.messages()[-2:]] == [  # type: ignore[union-attr]
        (200, "two"), (488, "one"),
    ]  # fmt: skip
    with pytest.raises(SipUsageError):
        session.accept(b"", wire.now)


def test_one_of_several_early_dialogs_can_be_changed_by_its_tag() -> None:
    wire = Wire()
    session, invited = invite(wire)
    for tag in ("one", "two"):
        wire.receive(answer(invited, 183, tag=tag, extra=reliable("10.0.0.1", 7), body=SDP))
    with pytest.raises(SipUsageError):
        session.modify(b"hold", wire.now)
    session.modify(b"hold", wire.now, tag="two")
    wire.poll()
    update = sent(wire, "UPDATE")[0]
    assert (update.to.tag, update.body) == ("two", b"hold")
    wire.receive(answer(update, 200, extra=contact("10.0.0.1"), body="v=0"))
    assert [event.description for event in wire.told(Modified)] == [b"v=0"]


def test_an_update_with_an_offer_crosses_an_unanswered_invite_with_491() -> None:
    wire = Wire()
    session, invited = invite(wire)
    wire.receive(answer(invited, 180, tag="one", extra=contact("10.0.0.1")))
    wire.receive(from_fork("UPDATE", session, "one", body="offer"))
    assert wire.statuses() == [491]
    wire.receive(from_fork("INVITE", session, "one", cseq=2, body=SDP))
    assert wire.statuses() == [491, 491]


def test_a_callees_bye_before_its_2xx_is_481() -> None:
    wire = Wire()
    session, invited = invite(wire)
    wire.receive(answer(invited, 180, tag="one", extra=contact("10.0.0.1")))
    wire.receive(from_fork("BYE", session, "one"))
    assert wire.statuses() == [481]
    assert session.state is SessionState.PROCEEDING


def test_every_early_dialog_ends_with_a_refusal() -> None:
    wire = Wire()
    session, invited = invite(wire)
    for tag in ("one", "two"):
        wire.receive(answer(invited, 183, tag=tag, extra=reliable("10.0.0.1", 7), body=SDP))
    wire.receive(answer(invited, 486, tag="one"))
    assert [event.status for event in wire.told(Refused)] == [486]
    wire.receive(from_fork("UPDATE", session, "two"))
    assert wire.statuses() == [481]
    assert wire.settle()
