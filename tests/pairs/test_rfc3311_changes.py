"""Changes of a running session between two user agents: UPDATE (RFC 3311), re-INVITE (RFC 3261 §14, 6141).

Descriptions are words here: this room carries them without reading them.
"""

from collections.abc import Callable

import pytest

from offhook.sip.error import SipUsageError
from offhook.sip.event import (
    Accepted,
    Acknowledged,
    EndCause,
    Ended,
    FlowNeeded,
    Invited,
    Modified,
    NotModified,
    OfferReceived,
)
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_link import ANSWER, Link

ALICE, BOB = "10.0.0.1", "10.0.0.2"
ALL = Settings()
NO_UPDATE = Settings(allow=tuple(each for each in ALL.allow if each != "UPDATE"))


def take_every_offer(event: OfferReceived, now: float) -> None:
    if event.session.has_offer:  # else a BYE came right behind it
        event.session.accept(b"re:" + event.description, now)


class Call:
    """An answered call, each side taking every offer."""

    def __init__(self, alice: Settings = ALL, bob: Settings = ALL, delay_s: float = 0.01) -> None:
        self.link = Link(delay_s=(delay_s, delay_s))
        self.alice, self.bob = self.link.endpoint(ALICE, alice), self.link.endpoint(BOB, bob)
        self.bob.on(Invited, lambda event, now: event.session.accept(ANSWER, now))
        for each in (self.alice, self.bob):
            each.on(OfferReceived, take_every_offer)
        self.session = self.alice.call(self.bob, now=0.0)
        self.link.run(until=1.0)
        self.link.sent.clear()

    @property
    def callee(self) -> InviteSession:
        session: InviteSession = self.bob.told(Invited)[0].session
        return session

    def rest(self) -> None:
        """Hang up; nothing is left."""
        self.session.bye(self.link.now)
        self.link.run()
        assert self.link.is_idle(), (self.alice.agent.describe(), self.bob.agent.describe())
        assert len(self.alice.told(Ended)) == len(self.bob.told(Ended)) == 1


def test_rfc3311_5_1_update_where_the_peer_takes_it() -> None:
    call = Call()
    assert call.session.state is SessionState.CONFIRMED
    may_modify = [call.session.can_modify]
    call.session.modify(b"hold", call.link.now, headers=(("X-A", "1"),))
    may_modify.append(call.session.can_modify)
    call.link.run(until=2.0)
    assert call.link.first_lines() == [f"{ALICE} UPDATE", f"{BOB} 200"]
    update = call.link.messages("UPDATE")[0]
    assert update.body == b"hold"
    assert update.contact.uri.host == ALICE
    assert update.headers.get("X-A") == "1"
    assert [(event.description, event.is_refresh) for event in call.alice.told(Modified)] == [
        (b"re:hold", False)
    ]
    assert [event.description for event in call.bob.told(OfferReceived)] == [b"hold"]
    assert [*may_modify, call.session.can_modify] == [True, False, True]
    call.rest()


def test_rfc3261_14_1_reinvite_where_the_peer_does_not() -> None:
    call = Call(bob=NO_UPDATE)
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=2.0)
    assert call.link.first_lines() == [f"{ALICE} INVITE", f"{BOB} 100", f"{BOB} 200", f"{ALICE} ACK"]
    assert call.link.messages("INVITE")[0].cseq.number == call.link.messages("ACK")[0].cseq.number == 2
    assert [event.description for event in call.alice.told(Modified)] == [b"re:hold"]
    assert len(call.bob.told(Acknowledged)) == 2
    call.rest()


def test_each_side_may_change_and_more_than_once() -> None:
    for settings in (ALL, NO_UPDATE):
        call = Call(alice=settings)
        for round_ in range(3):
            call.session.modify(b"a%d" % round_, call.link.now)
            call.link.run(until=call.link.now + 1.0)
            call.callee.modify(b"b%d" % round_, call.link.now)
            call.link.run(until=call.link.now + 1.0)
        assert [event.description for event in call.alice.told(Modified)] == [b"re:a0", b"re:a1", b"re:a2"]
        assert [event.description for event in call.bob.told(Modified)] == [b"re:b0", b"re:b1", b"re:b2"]
        call.rest()


@pytest.mark.parametrize("settings", [ALL, NO_UPDATE])
def test_rfc6141_3_4_a_refused_change_leaves_the_session_as_it_was(settings: Settings) -> None:
    call = Call(bob=settings)
    call.bob.on(OfferReceived, lambda event, now: event.session.reject(488, now))
    call.session.modify(b"video", call.link.now)
    call.link.run(until=2.0)
    told = call.alice.told(NotModified)
    assert [(event.status, event.response.status) for event in told] == [(488, 488)]
    usage = call.session.usage
    assert usage is not None
    assert usage.negotiation.remote == ANSWER
    assert call.session.state is SessionState.CONFIRMED
    call.callee.modify(b"hold", call.link.now)
    call.link.run(until=3.0)
    assert len(call.bob.told(Modified)) == 1
    call.rest()


def test_only_one_change_of_the_owners_at_a_time() -> None:
    call = Call()
    call.session.modify(b"one", call.link.now)
    with pytest.raises(SipUsageError):
        call.session.modify(b"two", call.link.now)
    call.link.run(until=2.0)
    call.rest()


@pytest.mark.parametrize("settings", [ALL, NO_UPDATE])
def test_glare_is_491_and_the_call_ids_owner_tries_again_later(settings: Settings) -> None:
    """RFC 3261 §14.1, RFC 3311 §5.2: both sides change at the same moment, and both come through."""
    call = Call(alice=settings, bob=settings, delay_s=0.1)
    call.session.modify(b"a", call.link.now)
    call.callee.modify(b"b", call.link.now)
    call.link.run(until=10.0)
    assert call.link.times(491) == [1.1, 1.1]
    assert len(call.alice.told(Modified)) == len(call.bob.told(Modified)) == 1
    method = "UPDATE" if settings is ALL else "INVITE"
    first, second, *again = [each for each in call.link.sent if getattr(each.message, "method", "") == method]
    assert {first.sender, second.sender} == {ALICE, BOB}
    by_sender = {each.sender: each.at for each in reversed(again)}
    assert by_sender[BOB] - 1.2 <= 2.0
    assert 2.1 <= by_sender[ALICE] - 1.2 <= 4.0
    call.rest()


def test_a_change_waits_while_the_peers_is_open() -> None:
    call = Call(alice=NO_UPDATE, bob=NO_UPDATE)
    call.bob.on(OfferReceived, lambda event, now: None)
    call.session.modify(b"a", call.link.now)
    call.link.run(until=1.5)
    call.callee.modify(b"b", call.link.now)
    call.link.run(until=3.0)
    assert call.link.messages("INVITE") == call.link.messages("INVITE")[:1]
    call.callee.accept(b"re:a", call.link.now)
    call.link.run(until=10.0)
    assert len(call.alice.told(Modified)) == len(call.bob.told(Modified)) == 1
    call.rest()


def test_a_change_that_never_gets_its_turn_is_given_up() -> None:
    call = Call(alice=NO_UPDATE, bob=NO_UPDATE)
    call.bob.on(OfferReceived, lambda event, now: None)
    call.session.modify(b"a", call.link.now)
    call.link.run(until=1.5)
    call.callee.modify(b"b", call.link.now)
    call.link.run(until=30.0)
    assert [(event.status, event.response) for event in call.bob.told(NotModified)] == [(491, None)]
    call.rest()


def test_rfc3261_14_2_an_overlapping_change_is_500_and_comes_again_when_the_peer_says() -> None:
    call = Call(bob=NO_UPDATE)
    core, dialog = call.session.core, call.session.dialog
    assert dialog is not None
    call.bob.on(
        OfferReceived, lambda event, now: call.link.at(now + 1.0, lambda at: event.session.accept(b"ok", at))
    )
    fields = [("Contact", f"<sip:{ALICE}>"), ("Content-Type", "application/sdp")]
    crossing = dialog.request(dialog.next_cseq("INVITE"), core.via(call.session.flow), fields, b"other")
    core.layer.invite(crossing, call.session.flow, core.disregard, call.link.now)
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=1.9)
    assert len(call.link.messages(500)) == 1
    wait_s = int(call.link.messages(500)[0].headers.single("Retry-After"))
    call.link.run(until=1.03 + wait_s)
    assert len(call.link.messages("INVITE")) >= 2 + (wait_s == 0)
    call.link.run(until=100.0)


def test_rfc3311_5_2_an_update_that_nobody_answers_is_504() -> None:
    call = Call()
    call.bob.on(OfferReceived, lambda event, now: None)
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=10.0)
    assert call.link.times(504) == [5.01]
    assert [event.status for event in call.alice.told(NotModified)] == [504]
    with pytest.raises(SipUsageError):
        call.callee.accept(b"late", call.link.now)
    call.rest()


def test_a_reinvite_that_nobody_answers_is_canceled() -> None:
    call = Call(bob=NO_UPDATE)
    call.bob.on(OfferReceived, lambda event, now: None)
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=60.0)
    assert call.link.times("CANCEL") == [33.0]
    assert [event.status for event in call.alice.told(NotModified)] == [487]
    assert call.session.state is SessionState.CONFIRMED
    call.rest()


def test_a_reinvite_whose_cancel_is_lost_as_well_is_abandoned() -> None:
    call = Call(bob=NO_UPDATE)
    call.bob.on(OfferReceived, lambda event, now: None)
    call.link.drop = lambda message: getattr(message, "method", "") == "CANCEL"
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=100.0)
    assert [(event.status, event.response) for event in call.alice.told(NotModified)] == [(408, None)]
    call.rest()


@pytest.mark.parametrize("settings", [ALL, NO_UPDATE])
def test_a_change_that_gets_no_response_ends_the_session(settings: Settings) -> None:
    """RFC 3261 §12.2.1.2: no answer is 408, and the dialog counts as gone."""
    call = Call(bob=settings)
    call.link.drop = lambda _: True
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=40.0)
    assert [event.status for event in call.alice.told(NotModified)] == [408]
    assert [event.cause for event in call.alice.told(Ended)] == [EndCause.DIALOG_GONE]
    call.callee.bye(call.link.now)
    call.link.run()
    assert call.link.is_idle()


def test_a_change_that_finds_no_flow_changes_nothing() -> None:
    call = Call()
    call.alice.agent.handle_flow_lost(call.session.flow, call.link.now)
    call.link.unreachable.add(BOB)
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=2.0)
    assert [(event.status, event.response) for event in call.alice.told(NotModified)] == [(503, None)]
    call.link.unreachable.clear()
    call.rest()


@pytest.mark.parametrize("end", [InviteSession.bye, None])
def test_a_bye_that_crosses_a_change_ends_both(end: Callable[[InviteSession, float], None] | None) -> None:
    for settings in (ALL, NO_UPDATE):
        call = Call(bob=settings, delay_s=0.1)
        call.session.modify(b"hold", call.link.now)
        if end is not None:
            end(call.session, call.link.now)
        else:
            call.callee.bye(call.link.now)
        call.link.run()
        assert call.alice.told(Modified) == call.alice.told(NotModified) == []
        assert len(call.alice.told(Ended)) == len(call.bob.told(Ended)) == 1
        assert call.link.is_idle()


def test_a_lost_200_is_repeated_and_acknowledged_again() -> None:
    call = Call(bob=NO_UPDATE)
    lost: list[object] = []

    def drop(message: object) -> bool:
        if getattr(message, "method", "") == "ACK" and len(lost) < 2:
            lost.append(message)
            return True
        return False

    call.link.drop = drop
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=10.0)
    assert len(call.link.messages("ACK")) == len(call.link.messages(200)) == 3
    assert len(call.alice.told(Modified)) == 1
    call.rest()


def test_a_change_moves_the_remote_target_of_both() -> None:
    call = Call()
    call.session.modify(b"hold", call.link.now)
    call.link.run(until=2.0)
    assert call.callee.dialog is not None
    assert call.callee.dialog.remote_target.host == ALICE
    call.rest()


def test_rfc3261_14_2_a_reinvite_without_offer_is_offered_something() -> None:
    """The peer's, made by hand: ours always offer. The answer comes in the ACK, or not at all."""
    for answer in (b"theirs", b""):
        call = Call()
        core, dialog = call.session.core, call.session.dialog
        assert dialog is not None
        call.bob.on(OfferReceived, lambda event, now: event.session.accept(b"ours", now))
        contact = [("Contact", f"<sip:{ALICE}>")]
        reinvite = dialog.request(dialog.next_cseq("INVITE"), core.via(call.session.flow), contact)
        core.layer.invite(reinvite, call.session.flow, core.disregard, call.link.now)
        call.link.run(until=1.2)
        assert call.bob.told(OfferReceived)[0].description == b""
        assert call.link.messages(200)[0].body == b"ours"
        cseq = type(reinvite.cseq)(reinvite.cseq.number, "ACK")
        ack = dialog.request(cseq, core.via(call.session.flow), [("Content-Type", "application/sdp")], answer)
        core.layer.transmit(ack.to_bytes(), call.session.flow)
        call.link.run(until=1.4)
        assert call.bob.told(Acknowledged)[1].description == answer
        usage = call.callee.usage
        assert usage is not None
        assert (usage.negotiation.local == b"ours") is bool(answer)
        assert usage.negotiation.is_agreed
        call.rest()


def test_a_change_whose_flow_comes_too_late_is_not_sent() -> None:
    for settings in (ALL, NO_UPDATE):
        call = Call(bob=settings)
        agent, now = call.alice.agent, call.link.now
        agent.handle_flow_lost(call.session.flow, now)
        call.session.modify(b"hold", now)
        needed = agent.poll_event()
        assert isinstance(needed, FlowNeeded)
        call.callee.bye(now)
        call.link.run(until=2.0)
        assert len(call.alice.told(Ended)) == 1
        agent.handle_flow(needed.request_id, call.session.flow, call.link.now)
        call.link.run()
        assert call.link.messages("UPDATE", "INVITE") == call.alice.told(NotModified) == []
        assert call.link.is_idle()


def test_before_the_answer_nothing_changes_without_a_reliable_answer() -> None:
    link = Link()
    alice, bob = link.endpoint(ALICE), link.endpoint(BOB)
    bob.on(Invited, lambda event, now: event.session.ring(now))
    session = alice.call(bob, now=0.0)
    assert not session.can_modify
    with pytest.raises(SipUsageError):
        session.modify(b"hold", 0.0)
    link.run(until=1.0)
    session.close(link.now)
    link.run()
    assert link.is_idle()
    assert alice.told(Accepted) == []
