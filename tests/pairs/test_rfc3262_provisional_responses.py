"""Reliable provisional responses between two user agents, by the section of RFC 3262 that asks for each."""

from collections.abc import Callable

import pytest

from offhook.sip.error import SipUsageError
from offhook.sip.event import (
    Accepted,
    Acknowledged,
    Canceled,
    EndCause,
    Ended,
    Invited,
    OfferReceived,
    Progressed,
    ProvisionalAcknowledged,
    Refused,
)
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_link import ANSWER, OFFER, Endpoint, Link

ALICE, BOB = "10.0.0.1", "10.0.0.2"
REQUIRED = (("Require", "100rel"),)


def pair(settings: Settings | None = None) -> tuple[Link, Endpoint, Endpoint]:
    link = Link()
    return link, link.endpoint(ALICE, settings), link.endpoint(BOB)


def early_media(link: Link, callee: Endpoint, answer_after_s: float | None = 1.0) -> None:
    """The callee plays an announcement, then answers."""

    def invited(event: Invited, now: float) -> None:
        event.session.ring(now, 183, body=ANSWER)
        if answer_after_s is not None:
            link.at(now + answer_after_s, lambda at: event.session.accept(ANSWER, at))

    callee.on(Invited, invited)


def lose(link: Link, what: str, count: int) -> None:
    """The first `count` messages with that in their start line are lost."""
    left = count

    def drop(message: object) -> bool:
        nonlocal left
        if left and what in getattr(message, "start_line", ""):
            left -= 1
            return True
        return False

    link.drop = drop


def hang_up_and_rest(link: Link, end: Callable[[float], None]) -> None:
    end(link.now)
    link.run()
    assert link.is_idle()


def test_rfc3262_3_a_description_is_sent_reliably_to_who_supports_it() -> None:
    link, alice, bob = pair()
    early_media(link, bob)
    session = alice.call(bob, now=0.0)
    link.run(until=2.0)
    assert link.first_lines() == [
        *(f"{ALICE} INVITE", f"{BOB} 100", f"{BOB} 183", f"{ALICE} PRACK", f"{BOB} 200"),
        *(f"{BOB} 200", f"{ALICE} ACK"),
    ]
    provisional, prack = link.messages(183)[0], link.messages("PRACK")[0]
    assert provisional.headers.get("Require") == "100rel"
    assert "UPDATE" in provisional.headers.get("Allow")
    assert prack.headers.get("RAck") == f"{provisional.headers.get('RSeq')} 1 INVITE"
    assert prack.cseq.number == 2
    assert prack.to.tag == provisional.to.tag == alice.told(Progressed)[0].tag
    assert alice.told(Progressed)[0].description == ANSWER
    success = link.messages(200)[1]
    assert success.body == b""  # the answer was in the 183; another description would be an offer
    assert alice.told(Accepted)[0].description == ANSWER
    assert bob.told(ProvisionalAcknowledged)[0].description == b""
    hang_up_and_rest(link, session.bye)


def test_rfc3262_3_ringing_without_description_needs_no_prack() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.ring(now))
    session = alice.call(bob, now=0.0)
    link.run(until=1.0)
    assert link.messages(180)[0].headers.get("RSeq") is None
    assert link.messages("PRACK") == []
    hang_up_and_rest(link, session.close)


def test_rfc3262_3_everything_is_reliable_where_the_caller_requires_it() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.ring(now))
    session = alice.call(bob, now=0.0, headers=REQUIRED)
    link.run(until=1.0)
    assert link.first_lines()[2:] == [f"{BOB} 180", f"{ALICE} PRACK", f"{BOB} 200"]
    hang_up_and_rest(link, session.close)


def test_rfc3262_3_who_does_not_support_it_gets_a_plain_response() -> None:
    link, alice, bob = pair(Settings(supported=()))
    early_media(link, bob)
    session = alice.call(bob, now=0.0)
    link.run(until=2.0)
    assert link.messages(183)[0].headers.get("RSeq") is None
    assert link.messages("PRACK") == []
    assert alice.told(Accepted)[0].description == ANSWER
    hang_up_and_rest(link, session.bye)


def test_rfc3262_3_a_lost_response_is_repeated_with_growing_intervals() -> None:
    link, alice, bob = pair()
    early_media(link, bob, answer_after_s=10.0)
    lose(link, "183", 3)
    session = alice.call(bob, now=0.0)
    link.run(until=12.0)
    assert link.times(183) == [0.01, 0.51, 1.51, 3.51]
    assert len(alice.told(Progressed)) == 1
    assert session.state is SessionState.CONFIRMED
    hang_up_and_rest(link, session.bye)


def test_rfc3262_4_a_repeated_response_is_told_once_and_a_lost_prack_repeats_itself() -> None:
    link, alice, bob = pair()
    early_media(link, bob, answer_after_s=10.0)
    lose(link, "PRACK", 2)
    session = alice.call(bob, now=0.0)
    link.run(until=12.0)
    assert link.times("PRACK") == [0.02, 0.52, 1.52]
    assert link.times(183) == [0.01, 0.51, 1.51]
    assert len(alice.told(Progressed)) == len(bob.told(ProvisionalAcknowledged)) == 1
    hang_up_and_rest(link, session.bye)


def test_rfc3262_3_one_waits_for_the_prack_of_the_other() -> None:
    link, alice, bob = pair()

    def invited(event: Invited, now: float) -> None:
        event.session.ring(now, 180)
        event.session.ring(now, 183, body=ANSWER)
        event.session.ring(now, 182)

    bob.on(Invited, invited)
    session = alice.call(bob, now=0.0, headers=REQUIRED)
    link.run(until=1.0)
    assert link.times(180, 182, 183) == [0.01, 0.03, 0.05]
    numbers = [int(message.headers.single("RSeq")) for message in link.messages(180, 182, 183)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert [event.response.status for event in alice.told(Progressed)] == [180, 183, 182]
    hang_up_and_rest(link, session.close)


def test_no_more_than_eight_wait() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.ring(now))
    link.drop = lambda message: "PRACK" in message.start_line
    session = alice.call(bob, now=0.0, headers=REQUIRED)
    link.run(until=0.2)
    ringing = bob.told(Invited)[0].session
    for _ in range(8):
        ringing.ring(link.now)
    with pytest.raises(SipUsageError):
        ringing.ring(link.now)
    hang_up_and_rest(link, session.close)


def test_rfc3262_3_a_2xx_waits_for_the_prack_of_a_description() -> None:
    link, alice, bob = pair()

    def invited(event: Invited, now: float) -> None:
        event.session.ring(now, 183, body=ANSWER)
        event.session.accept(ANSWER, now)
        assert event.session.state is SessionState.ACCEPT_PENDING

    bob.on(Invited, invited)
    lose(link, "PRACK", 1)
    session = alice.call(bob, now=0.0)
    link.run(until=2.0)
    assert link.times("PRACK") == [0.02, 0.52]
    assert link.times(200) == [0.53, 0.53]
    assert [type(event) for event in bob.events] == [Invited, ProvisionalAcknowledged, Acknowledged]
    hang_up_and_rest(link, session.bye)


def test_rfc3262_3_a_2xx_does_not_wait_for_a_prack_without_description() -> None:
    link, alice, bob = pair()

    def invited(event: Invited, now: float) -> None:
        event.session.ring(now)
        event.session.accept(ANSWER, now)

    bob.on(Invited, invited)
    session = alice.call(bob, now=0.0, headers=REQUIRED)
    link.run(until=2.0)
    assert link.first_lines()[2:4] == [f"{BOB} 180", f"{BOB} 200"]
    assert link.times(180) == [0.01]  # nothing is repeated after the final response
    assert link.messages("PRACK") != []
    assert session.state is SessionState.CONFIRMED
    hang_up_and_rest(link, session.bye)


def waiting_for_prack(link: Link, bob: Endpoint) -> None:
    def invited(event: Invited, now: float) -> None:
        event.session.ring(now, 183, body=ANSWER)
        event.session.accept(ANSWER, now)

    bob.on(Invited, invited)
    link.drop = lambda message: "PRACK" in message.start_line


def test_a_caller_may_give_up_while_the_2xx_waits() -> None:
    link, alice, bob = pair()
    waiting_for_prack(link, bob)
    session = alice.call(bob, now=0.0)
    link.at(1.0, session.cancel)
    link.run()
    assert [event.status for event in alice.told(Refused)] == [487]
    assert [event.cause for event in bob.told(Ended)] == [EndCause.CANCELED]
    assert bob.told(Canceled) == []
    assert link.is_idle()


def test_the_owner_may_give_up_while_the_2xx_waits() -> None:
    link, alice, bob = pair()
    waiting_for_prack(link, bob)
    alice.call(bob, now=0.0)
    link.at(1.0, lambda now: bob.told(Invited)[0].session.close(now, (("Reason", "Q.850;cause=16"),)))
    link.run()
    assert [event.status for event in alice.told(Refused)] == [480]
    assert alice.told(Refused)[0].response.headers.get("Reason") == "Q.850;cause=16"
    assert [event.cause for event in bob.told(Ended)] == [EndCause.LOCAL_BYE]
    assert link.is_idle()


def test_rfc3262_3_without_prack_the_invite_is_refused_after_64_t1() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.ring(now, 183, body=ANSWER))
    link.drop = lambda message: "PRACK" in message.start_line
    alice.call(bob, now=0.0)
    link.run()
    assert [event.status for event in alice.told(Refused)] == [504]
    assert link.times(504)[0] == 32.01
    assert [type(event) for event in bob.events] == [Invited, Canceled]
    assert link.is_idle()


def test_without_prack_an_accepted_call_ends_after_64_t1() -> None:
    link, alice, bob = pair()
    waiting_for_prack(link, bob)
    alice.call(bob, now=0.0)
    link.run()
    assert [event.status for event in alice.told(Refused)] == [504]
    assert [event.cause for event in bob.told(Ended)] == [EndCause.PRACK_MISSING]
    assert link.is_idle()


def test_rfc3262_5_an_offer_in_a_provisional_response_is_answered_in_the_prack() -> None:
    link, alice, bob = pair()

    def invited(event: Invited, now: float) -> None:
        event.session.ring(now, 183, body=OFFER)
        link.at(now + 2.0, lambda at: event.session.accept(OFFER, at))

    bob.on(Invited, invited)
    alice.on(Progressed, lambda event, now: event.session.prack(event.tag, ANSWER, now))
    session = alice.call(bob, now=0.0, offer=None)
    link.run(until=3.0)
    assert session.state is SessionState.CONFIRMED
    assert bob.told(ProvisionalAcknowledged)[0].description == ANSWER
    assert link.messages("PRACK")[0].body == ANSWER
    assert alice.told(Accepted)[0].description == OFFER
    assert link.messages(200)[1].body == link.messages("ACK")[0].body == b""
    with pytest.raises(SipUsageError):
        session.prack(alice.told(Progressed)[0].tag, ANSWER, link.now)
    with pytest.raises(SipUsageError):
        session.prack("nobody", ANSWER, link.now)
    hang_up_and_rest(link, session.bye)


def test_an_offer_is_not_put_in_a_response_that_may_get_lost() -> None:
    link, alice, bob = pair(Settings(supported=()))
    bob.on(Invited, lambda event, now: event.session.ring(now, 183, body=OFFER))
    session = alice.call(bob, now=0.0, offer=None)
    link.run(until=1.0)
    assert [message.body for message in link.messages(183)] == [b""]
    hang_up_and_rest(link, session.close)


def test_ringing_that_is_being_repeated_is_not_told_anew() -> None:
    link = Link()
    alice, bob = link.endpoint(ALICE), link.endpoint(BOB)
    bob.on(Invited, lambda event, now: event.session.ring(now))
    session = alice.call(bob, now=0.0, headers=REQUIRED)
    link.run(until=45.0)
    ringing = bob.told(Invited)[0].session
    link.drop = lambda message: getattr(message, "method", "") == "PRACK"
    ringing.ring(link.now, 183)
    link.at(59.9, lambda now: ringing.ring(now, 182))
    link.run(until=70.0)
    assert len({message.headers.get("RSeq") for message in link.messages(180, 182, 183)}) == 2
    hang_up_and_rest(link, session.close)


def test_rfc3262_3_ringing_is_told_anew_every_minute() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.ring(now, 183, body=ANSWER))
    session = alice.call(bob, now=0.0, headers=REQUIRED)
    link.run(until=125.0)
    assert [round(at) for at in link.times(183)] == [0, 60, 120]
    assert [bool(message.body) for message in link.messages(183)] == [True, False, False]
    assert len({message.headers.get("RSeq") for message in link.messages(183)}) == 3
    hang_up_and_rest(link, session.close)


def test_each_side_may_update_before_the_answer() -> None:
    link, alice, bob = pair()
    early_media(link, bob, answer_after_s=None)
    for each in (alice, bob):
        each.on(OfferReceived, lambda event, now: event.session.accept(event.description[::-1], now))
    session = alice.call(bob, now=0.0)
    link.run(until=1.0)
    assert session.can_modify
    session.modify(b"hold", link.now)
    link.run(until=2.0)
    assert [event.description for event in bob.told(OfferReceived)] == [b"hold"]
    bob.told(Invited)[0].session.modify(b"unhold", link.now)
    link.run(until=3.0)
    told = alice.told(OfferReceived)[0]
    assert (told.description, told.tag) == (b"unhold", alice.told(Progressed)[0].tag)
    assert link.messages("INVITE") == [session.request]
    hang_up_and_rest(link, session.close)
