"""REFER between two user agents (RFC 3515), without a subscription (RFC 4488), and what Replaces names."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipUsageError
from offhook.sip.event import Accepted, Ended, Invited, ReferEnded, ReferProgressed, Referred
from offhook.sip.headers.replaces import Replaces
from offhook.sip.message import Message, Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_link import ANSWER, Link

ALICE, BOB = "10.0.0.1", "10.0.0.2"
CAROL = "sip:carol@10.0.0.3?X-Case=42&User-to-User=3132%3Bencoding%3Dhex"
ALL = Settings()
NO_REFER = Settings(allow=tuple(each for each in ALL.allow if each != "REFER"))


class Call:
    """An answered call: Alice asks Bob, who says 202 and then what `tells` has, a second apart."""

    def __init__(self, *tells: int, bob: Settings = ALL, delay_s: float = 0.01) -> None:
        self.link = Link(delay_s=(delay_s, delay_s))
        self.alice, self.bob = self.link.endpoint(ALICE), self.link.endpoint(BOB, bob)
        self.bob.on(Invited, lambda event, now: event.session.accept(ANSWER, now))
        self.tells = tells
        self.bob.on(Referred, self.take)
        self.session = self.alice.call(self.bob, now=0.0, credentials=Credentials("alice", Secret("pw")))
        self.link.run(until=1.0)
        self.link.sent.clear()

    def take(self, event: Referred, now: float) -> None:
        event.session.accept_referral(now)
        for index, status in enumerate(self.tells):
            self.link.at(now + 1.0 + index, self.telling(event.session, status))

    def telling(self, session: InviteSession, status: int) -> Callable[[float], None]:
        return lambda now: session.notify_referral(status, now)

    @property
    def callee(self) -> InviteSession:
        session: InviteSession = self.bob.told(Invited)[0].session
        return session

    def outcome(self) -> tuple[int, int | None]:
        """What Alice was told in the end."""
        (ended,) = self.alice.told(ReferEnded)
        return ended.refer_status, ended.notify_status

    def rest(self) -> None:
        """Hang up; nothing is left."""
        self.session.bye(self.link.now)
        self.link.run()
        assert self.link.is_idle(), (self.alice.agent.describe(), self.bob.agent.describe())
        assert len(self.alice.told(Ended)) == len(self.bob.told(Ended)) == 1


def seen(message: Message, *names: str) -> list[str | None]:
    return [message.headers.get(name) for name in names]


def test_rfc3515_4_1_a_refer_is_accepted_and_its_result_told() -> None:
    call = Call(180, 200)
    call.session.refer(CAROL, call.link.now, headers=(("X-A", "1"),))
    call.link.run(until=5.0)
    assert call.link.first_lines() == [
        f"{ALICE} REFER",
        f"{BOB} 202",
        f"{BOB} NOTIFY",
        f"{ALICE} 200",
        f"{BOB} NOTIFY",
        f"{ALICE} 200",
        f"{BOB} NOTIFY",
        f"{ALICE} 200",
    ]
    (refer,) = call.link.messages("REFER")
    assert seen(refer, "Refer-To", "X-A", "Contact") == [f"<{CAROL}>", "1", f"<sip:{ALICE}:5060>"]
    notifies = call.link.messages("NOTIFY")
    assert [each.body for each in notifies] == [
        b"SIP/2.0 100 Trying\r\n",
        b"SIP/2.0 180 Ringing\r\n",
        b"SIP/2.0 200 OK\r\n",
    ]
    names = ("Event", "Subscription-State", "Content-Type")
    assert seen(notifies[0], *names) == ["refer", "active;expires=660", "message/sipfrag;version=2.0"]
    assert seen(notifies[1], *names)[1] == "active;expires=659"
    assert seen(notifies[2], *names)[1] == "terminated;reason=noresource"
    (referred,) = call.bob.told(Referred)
    assert (referred.refer_to, referred.replaces) == (f"<{CAROL}>", None)
    told = [(event.refer_status, event.notify_status) for event in call.alice.told(ReferProgressed)]
    assert told == [(202, None), (202, 100), (202, 180)]
    assert call.outcome() == (202, 200)
    call.rest()


class ReferringCallee:
    """Bob answers Alice and asks her in the same breath to call Carol."""

    def __init__(self) -> None:
        self.link = Link()
        self.alice, self.bob = self.link.endpoint(ALICE), self.link.endpoint(BOB)
        self.bob.on(Invited, self.answer)
        self.alice.on(Referred, lambda event, now: event.session.reject_referral(603, now))
        self.session = self.alice.call(self.bob, now=0.0)

    def answer(self, event: Invited, now: float) -> None:
        event.session.accept(ANSWER, now)
        event.session.refer(CAROL, now)


def test_a_refer_of_the_callee_waits_for_the_ack() -> None:
    call = ReferringCallee()
    call.link.run(until=1.0)
    assert call.link.times("ACK") == [0.02]
    assert call.link.times("REFER") == [0.03]
    (ended,) = call.bob.told(ReferEnded)
    assert ended.refer_status == 603


def test_a_callee_that_hangs_up_before_the_ack_refers_nobody() -> None:
    call = ReferringCallee()
    call.link.drop = lambda message: isinstance(message, Request) and message.method == "ACK"
    call.link.run(until=0.5)
    call.bob.told(Invited)[0].session.bye(0.5)
    call.link.run()
    assert call.link.times("REFER") == []
    assert call.link.is_idle()


def test_rfc3515_2_4_6_a_second_refer_of_the_dialog_is_told_apart_by_its_number() -> None:
    call = Call(486)
    for _ in range(2):
        call.session.refer(CAROL, call.link.now)
        call.link.run(until=call.link.now + 5)
    second = call.link.messages("REFER")[1].cseq.number
    events = [each.headers.get("Event") for each in call.link.messages("NOTIFY")]
    assert events == ["refer", "refer", f"refer;id={second}", f"refer;id={second}"]
    assert [event.notify_status for event in call.alice.told(ReferEnded)] == [486, 486]
    call.rest()


def test_a_peer_that_offers_no_refer_answers_405() -> None:
    call = Call(bob=NO_REFER)
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=2.0)
    assert call.outcome() == (405, None)
    call.rest()


def test_the_owner_may_refuse_and_say_why() -> None:
    call = Call()
    call.bob.on(
        Referred, lambda event, now: event.session.reject_referral(403, now, headers=(("X-Why", "no"),))
    )
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=2.0)
    assert call.outcome() == (403, None)
    assert call.link.messages(403)[0].headers.get("X-Why") == "no"
    call.rest()


def test_nothing_told_for_60_s_ends_our_subscription_without_a_result() -> None:
    call = Call()
    call.link.drop = lambda message: getattr(message, "method", "") == "NOTIFY"
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=61.0)
    assert call.alice.told(ReferEnded) == []
    call.link.run(until=62.0)
    assert call.outcome() == (202, None)
    call.rest()


def test_the_peers_expires_is_waited_for() -> None:
    call = Call()
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=600.0)
    assert call.alice.told(ReferEnded) == []
    call.link.run(until=700.0)
    assert call.outcome() == (202, 100)
    last = call.link.messages("NOTIFY")[-1]
    assert last.headers.get("Subscription-State") == "terminated;reason=timeout"
    call.rest()


def test_a_result_that_overtakes_the_202_waits_for_it() -> None:
    call = Call()
    held = []

    def hold_back(message: Message) -> bool:
        held.append(getattr(message, "status", 0) == 202)
        return held.count(True) == 1 and held[-1]

    call.link.drop = hold_back

    def accept_and_tell(event: Referred, now: float) -> None:
        event.session.accept_referral(now)
        event.session.notify_referral(200, now)

    call.bob.on(Referred, accept_and_tell)
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=5.0)
    assert call.link.first_lines()[:4] == [f"{ALICE} REFER", f"{BOB} 202", f"{BOB} NOTIFY", f"{BOB} NOTIFY"]
    assert [event.refer_status for event in call.alice.told(ReferProgressed)] == [None, None]
    assert call.outcome() == (202, 200)
    call.rest()


def test_rfc4488_whoever_wants_to_be_told_nothing_is_told_nothing() -> None:
    call = Call(200)
    headers = (("Refer-Sub", "false"), ("Require", "norefersub"))
    call.session.refer(CAROL, call.link.now, headers=headers)
    call.link.run(until=5.0)
    assert call.link.first_lines() == [f"{ALICE} REFER", f"{BOB} 200"]
    assert call.link.messages(200)[0].headers.get("Refer-Sub") == "false"
    assert call.outcome() == (200, None)
    call.rest()


def test_the_end_of_the_call_ends_the_subscription_on_both_sides() -> None:
    call = Call(180, 200)
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=2.5)
    call.callee.bye(call.link.now)
    call.link.run()
    assert call.alice.told(ReferEnded) == []
    assert len(call.alice.told(Ended)) == 1
    assert call.link.is_idle()


def test_one_refer_at_a_time_in_each_direction() -> None:
    call = Call()
    call.session.refer(CAROL, call.link.now)
    with pytest.raises(SipUsageError, match="under way"):
        call.session.refer(CAROL, call.link.now)
    call.link.run(until=2.0)
    with pytest.raises(SipUsageError, match="REFER"):
        call.callee.accept_referral(call.link.now)
    call.rest()


@pytest.mark.parametrize("target", ["", "sip:a b@c", "<sip:a@b>", 'sip:a"@b'])
def test_what_is_no_uri_is_not_sent(target: str) -> None:
    call = Call()
    with pytest.raises((SipUsageError, ValueError)):
        call.session.refer(target, call.link.now)
    call.rest()


def test_replaces_names_a_dialog_as_its_receiver_knows_it() -> None:
    call = Call()
    dialog = call.callee.dialog
    assert dialog is not None
    named = Replaces(dialog.call_id, dialog.local.tag or "", dialog.remote.tag or "")
    assert call.bob.agent.session_of(named) is call.callee
    assert call.alice.agent.session_of(named) is None
    assert call.bob.agent.session_of(replace(named, to_tag="x")) is None
    call.rest()
    assert call.bob.agent.session_of(named) is None


def test_rfc3261_22_a_challenge_to_our_refer_is_answered_once() -> None:
    call = Call(200)
    challenge = (("Proxy-Authenticate", 'Digest realm="r",qop="auth",nonce="n1"'),)
    asked: list[Referred] = []

    def take(event: Referred, now: float) -> None:
        asked.append(event)
        if "Proxy-Authorization" in event.request.headers:
            call.take(event, now)
        else:
            event.session.reject_referral(407, now, headers=challenge)

    call.bob.on(Referred, take)
    call.session.refer(CAROL, call.link.now)
    call.link.run(until=5.0)
    first, second = (each.request for each in asked)
    assert second.cseq.number == first.cseq.number + 1
    assert second.headers.get("Refer-To") == f"<{CAROL}>"
    assert 'username="alice"' in (second.headers.get("Proxy-Authorization") or "")
    assert call.outcome() == (202, 200)
    call.rest()


@pytest.mark.parametrize("seed", range(40))
def test_over_a_link_that_loses_a_fifth_the_result_is_told_once_or_the_call_ends(seed: int) -> None:
    link = Link(seed=seed, loss=0.2, delay_s=(0.01, 0.3))
    alice, bob = link.endpoint(ALICE), link.endpoint(BOB)
    bob.on(Invited, lambda event, now: event.session.accept(ANSWER, now))

    def accept(event: Referred, now: float) -> None:
        event.session.accept_referral(now)
        link.at(now + 1.0, lambda at: event.session.notify_referral(486, at))

    bob.on(Referred, accept)
    session = alice.call(bob, now=0.0)
    link.run(until=30.0)
    if session.state is SessionState.CONFIRMED:
        session.refer(CAROL, link.now)
    link.run(until=200.0)
    told = [(event.refer_status, event.notify_status) for event in alice.told(ReferEnded)]
    assert told in ([], [(202, 486)], [(202, None)], [(202, 100)], [(408, None)], [(408, 486)], [(408, 100)])
    assert told or alice.told(Ended) or not alice.told(Accepted)
    for each in (*alice.agent._core.sessions.values(), *bob.agent._core.sessions.values()):
        each.close(link.now)
    link.run()
    assert link.is_idle(), (alice.agent.describe(), bob.agent.describe())
