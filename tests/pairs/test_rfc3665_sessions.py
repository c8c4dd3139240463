"""The session flows of RFC 3665 between two user agents, on a link that loses nothing."""

from offhook.sip.event import (
    Accepted,
    Acknowledged,
    Canceled,
    EndCause,
    Ended,
    Invited,
    OfferReceived,
    Progressed,
    Refused,
)
from offhook.sip.session.state import SessionState
from tests.support.sip_link import ANSWER, OFFER, Endpoint, Link

ALICE, BOB = "10.0.0.1", "10.0.0.2"


def pair(delay_s: float = 0.01) -> tuple[Link, Endpoint, Endpoint]:
    made = Link(delay_s=(delay_s, delay_s))
    return made, made.endpoint(ALICE), made.endpoint(BOB)


def answer_after(link: Link, callee: Endpoint, ring_s: float = 1.0) -> None:
    def invited(event: Invited, now: float) -> None:
        event.session.ring(now)
        link.at(now + ring_s, lambda at: event.session.accept(ANSWER, at))

    callee.on(Invited, invited)


def test_rfc3665_3_1_successful_session_establishment() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    session = alice.call(bob, now=0.0)
    assert session.state.name == "CALLING"
    link.run(until=2.0)
    assert session.state.name == "CONFIRMED"
    assert [type(event) for event in alice.events] == [Progressed, Accepted]
    assert alice.told(Accepted)[0].response.body == ANSWER
    assert [type(event) for event in bob.events] == [Invited, Acknowledged]
    assert bob.told(Invited)[0].session.request.body == OFFER
    link.at(3.0, bob.told(Invited)[0].session.bye)
    link.run()
    assert link.first_lines() == [
        *(f"{ALICE} INVITE", f"{BOB} 100", f"{BOB} 180", f"{BOB} 200", f"{ALICE} ACK"),
        *(f"{BOB} BYE", f"{ALICE} 200"),
    ]
    assert [event.cause for event in alice.told(Ended)] == [EndCause.REMOTE_BYE]
    assert [event.cause for event in bob.told(Ended)] == [EndCause.LOCAL_BYE]
    assert link.is_idle()


def test_rfc3665_3_1_with_the_caller_hanging_up() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    session = alice.call(bob, now=0.0)
    link.at(3.0, session.bye)
    link.run()
    assert [event.cause for event in alice.told(Ended)] == [EndCause.LOCAL_BYE]
    assert [event.cause for event in bob.told(Ended)] == [EndCause.REMOTE_BYE]
    assert bob.told(Ended)[0].request.method == "BYE"
    assert link.is_idle()


def test_rfc3665_3_6_session_with_late_offer() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.accept(OFFER, now))
    alice.on(Accepted, lambda event, now: event.session.accept(ANSWER, now))
    session = alice.call(bob, now=0.0, offer=None)
    link.run(until=1.0)
    assert session.state is SessionState.CONFIRMED
    assert bob.told(Acknowledged)[0].description == ANSWER
    assert alice.told(Accepted)[0].description == OFFER
    session.bye(link.now)
    link.run()
    assert link.is_idle()


def test_rfc3665_3_7_reinvite_is_answered_and_refreshes_the_target() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    bob.on(OfferReceived, lambda event, now: event.session.accept(ANSWER, now))
    session = alice.call(bob, now=0.0)
    link.run(until=2.0)
    dialog = session.dialog
    assert dialog is not None
    moved = link.endpoint("10.0.0.9")
    core = session.core
    fields = [("Contact", f"<sip:{moved.address}>"), ("Content-Type", "application/sdp")]
    reinvite = dialog.request(dialog.next_cseq("INVITE"), core.via(session.flow), fields, OFFER)
    core.layer.invite(reinvite, session.flow, core.disregard, link.now)
    link.run(until=2.2)
    ours = bob.told(Invited)[0].session
    assert len(bob.told(OfferReceived)) == 1
    assert ours.dialog.remote_target.host == "10.0.0.9"
    ack = dialog.request(type(reinvite.cseq)(reinvite.cseq.number, "ACK"), core.via(session.flow), ())
    core.layer.transmit(ack.to_bytes(), session.flow)
    link.run(until=2.4)
    assert len(bob.told(Acknowledged)) == 2
    session.bye(link.now)
    link.run()
    assert link.is_idle()


def test_rfc3665_3_8_no_answer_is_canceled() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.ring(now))
    session = alice.call(bob, now=0.0)
    link.at(5.0, lambda now: session.cancel(now, (("Reason", "SIP;cause=487"),)))
    link.run()
    assert link.first_lines() == [
        *(f"{ALICE} INVITE", f"{BOB} 100", f"{BOB} 180"),
        *(f"{ALICE} CANCEL", f"{BOB} 200", f"{BOB} 487", f"{ALICE} ACK"),
    ]
    assert [(event.status, event.reason) for event in alice.told(Refused)] == [(487, "Request Terminated")]
    assert [type(event) for event in bob.events] == [Invited, Canceled]
    cancel = next(each.message for each in link.sent if each.message.start_line.startswith("CANCEL"))
    assert cancel.headers.get("Reason") == "SIP;cause=487"
    assert link.is_idle()


def test_rfc3665_3_9_busy() -> None:
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.reject(486, now))
    alice.call(bob, now=0.0)
    link.run()
    assert link.first_lines() == [f"{ALICE} INVITE", f"{BOB} 100", f"{BOB} 486", f"{ALICE} ACK"]
    assert [event.status for event in alice.told(Refused)] == [486]
    assert [type(event) for event in bob.events] == [Invited]
    assert link.is_idle()


def test_rfc3665_3_10_no_response_from_the_callee() -> None:
    link, alice, bob = pair()
    link.drop = lambda _: True
    alice.call(bob, now=0.0)
    link.run()
    assert [each.at for each in link.sent] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert [(event.status, event.response) for event in alice.told(Refused)] == [(408, None)]
    assert link.now == 32.0
    assert link.is_idle()


def test_no_flow_is_told_as_503() -> None:
    link, alice, bob = pair()
    link.unreachable.add(BOB)
    alice.call(bob, now=0.0)
    link.run()
    assert [(event.status, event.reason) for event in alice.told(Refused)] == [(503, "no route")]
    assert link.sent == []
    assert link.is_idle()


def test_cancel_before_the_invite_has_left_sends_nothing() -> None:
    link, alice, bob = pair()
    session = alice.call(bob, now=0.0)
    session.cancel(0.0)
    link.run()
    assert link.sent == []
    assert [event.status for event in alice.told(Refused)] == [487]
    assert link.is_idle()


def test_cancel_waits_for_a_provisional_response() -> None:
    link, alice, bob = pair(delay_s=0.1)
    bob.on(Invited, lambda event, now: event.session.ring(now))
    session = alice.call(bob, now=0.0)
    link.at(0.05, session.cancel)
    link.run()
    assert [str(each)[:7].strip() for each in link.sent if "CANCEL" in str(each)] == ["0.200"]
    assert [event.status for event in alice.told(Refused)] == [487]
    assert alice.told(Progressed) == []
    assert link.is_idle()


def test_answer_crossing_the_cancel_is_acknowledged_and_ended_with_bye() -> None:
    link, alice, bob = pair(delay_s=0.1)
    answer_after(link, bob, ring_s=1.0)
    session = alice.call(bob, now=0.0)
    link.at(1.15, session.cancel)
    link.run()
    assert link.first_lines()[3:] == [
        *(f"{BOB} 200", f"{ALICE} CANCEL", f"{ALICE} ACK", f"{ALICE} BYE"),
        *(f"{BOB} 200", f"{BOB} 200"),
    ]
    assert [event.status for event in alice.told(Refused)] == [487]
    assert alice.told(Accepted) == []
    assert alice.told(Ended) == []
    assert [event.cause for event in bob.told(Ended)] == [EndCause.REMOTE_BYE]
    assert link.is_idle()


def test_lost_ack_is_repeated_for_each_repeated_200() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    lost = 2

    def drop(message: object) -> bool:
        nonlocal lost
        if getattr(message, "method", None) == "ACK" and lost:
            lost -= 1
            return True
        return False

    link.drop = drop
    session = alice.call(bob, now=0.0)
    link.run(until=10.0)
    lines = link.first_lines()
    assert lines.count(f"{BOB} 200") == 3
    assert lines.count(f"{ALICE} ACK") == 3
    assert len(bob.told(Acknowledged)) == 1
    session.bye(link.now)
    link.run()
    assert link.is_idle()


def test_missing_ack_ends_the_call_with_bye_after_64_t1() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    link.drop = lambda message: getattr(message, "method", None) == "ACK"
    alice.call(bob, now=0.0)
    link.run()
    answered = next(each.at for each in link.sent if each.message.start_line == "SIP/2.0 200 OK")
    bye = next(each for each in link.sent if each.message.start_line.startswith("BYE"))
    assert (bye.sender, bye.at) == (BOB, answered + 32.0)
    assert [event.cause for event in bob.told(Ended)] == [EndCause.ACK_MISSING]
    assert [event.cause for event in alice.told(Ended)] == [EndCause.REMOTE_BYE]
    assert link.is_idle()


def test_bye_of_a_callee_waits_for_the_ack() -> None:
    link, alice, bob = pair()
    dropped: list[object] = []

    def drop(message: object) -> bool:
        if getattr(message, "method", None) == "ACK" and not dropped:
            dropped.append(message)
            return True
        return False

    link.drop = drop

    def answer_and_hang_up(event: Invited, now: float) -> None:
        event.session.accept(ANSWER, now)
        event.session.bye(now)

    bob.on(Invited, answer_and_hang_up)
    alice.call(bob, now=0.0)
    link.run()
    lines = link.first_lines()
    second_ack = [index for index, line in enumerate(lines) if line == f"{ALICE} ACK"][1]
    assert lines.index(f"{BOB} BYE") == second_ack + 1
    assert [event.cause for event in bob.told(Ended)] == [EndCause.LOCAL_BYE]
    assert link.is_idle()


def test_bye_on_both_sides_at_once_ends_both_once() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    session = alice.call(bob, now=0.0)
    link.run(until=2.0)
    session.bye(link.now)
    bob.told(Invited)[0].session.bye(link.now)
    link.run()
    assert len(alice.told(Ended)) == len(bob.told(Ended)) == 1
    assert link.is_idle()


def test_unanswered_bye_is_told_as_timeout() -> None:
    link, alice, bob = pair()
    answer_after(link, bob)
    session = alice.call(bob, now=0.0)
    link.run(until=2.0)
    link.drop = lambda _: True
    session.bye(link.now)
    link.run(until=40.0)
    assert [event.cause for event in alice.told(Ended)] == [EndCause.TIMEOUT]
    bob.told(Invited)[0].session.bye(link.now)
    link.run()
    assert link.is_idle()


def test_ringing_is_repeated_every_minute_for_the_proxies() -> None:
    link, alice, bob = pair()
    answer_after(link, bob, ring_s=150.0)
    alice.call(bob, now=0.0)
    link.run(until=151.0)
    assert [round(each.at) for each in link.sent if each.message.start_line == "SIP/2.0 180 Ringing"] == [
        0,
        60,
        120,
    ]
    bob.told(Invited)[0].session.bye(link.now)
    link.run()
    assert link.is_idle()


def test_close_fits_every_state() -> None:
    for moment, expected in ((0.5, 487), (0.0, 487)):
        link, alice, bob = pair()
        bob.on(Invited, lambda event, now: event.session.ring(now))
        session = alice.call(bob, now=0.0)
        link.at(moment, session.close)
        link.run()
        assert [event.status for event in alice.told(Refused)] == [expected]
        session.close(link.now)
        assert link.is_idle()
    link, alice, bob = pair()
    bob.on(Invited, lambda event, now: event.session.close(now))
    alice.call(bob, now=0.0)
    link.run()
    assert [event.status for event in alice.told(Refused)] == [480]
    link, alice, bob = pair()
    answer_after(link, bob)
    session = alice.call(bob, now=0.0)
    link.at(3.0, session.close)
    link.run()
    assert len(alice.told(Ended)) == 1
    assert link.is_idle()
