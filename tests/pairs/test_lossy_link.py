"""Thousands of calls over links that lose, delay and reorder: none may be stuck, each ends once.

The dice choose for each call whether it rings reliably, who offers, what is changed on the way and by
whom, whether a session timer runs, and when either side hangs up.
"""

from dataclasses import replace
from random import Random

import pytest

from offhook.sip.event import (
    Accepted,
    Acknowledged,
    Canceled,
    Ended,
    Event,
    Invited,
    Modified,
    NotModified,
    OfferReceived,
    Progressed,
    Refused,
)
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from offhook.sip.settings import Settings
from tests.support.sip_link import ANSWER, OFFER, Endpoint, Link

NO_UPDATE = tuple(each for each in Settings().allow if each != "UPDATE")


def settings(dice: Random) -> Settings:
    """One side's: with and without UPDATE, 100rel, session timers."""
    return replace(
        Settings(),
        allow=dice.choice((Settings().allow, NO_UPDATE)),
        supported=dice.choice((("100rel", "timer"), ("100rel", "timer"), ("timer",), ())),
        session_expires_s=dice.choice((None, None, 90, 300)),
        min_se_s=dice.choice((90, 120)),
    )


def answer_offers(endpoint: Endpoint, dice: Random) -> None:
    """Take most of the peer's changes, refuse some, leave a few waiting."""

    def offered(event: OfferReceived, now: float) -> None:
        will = dice.random()
        if not event.session.has_offer:
            return
        if will < 0.8:
            event.session.accept(ANSWER, now)
        elif will < 0.95:
            event.session.reject(488, now)

    endpoint.on(OfferReceived, offered)


def change(link: Link, session: InviteSession, dice: Random) -> None:
    """Ask for up to three changes, or send digits."""

    def act(now: float) -> None:
        if session.can_modify:
            session.modify(OFFER, now)
        if session.state is SessionState.CONFIRMED:
            session.info("application/dtmf", b"5", now)

    for _ in range(dice.randint(0, 3)):
        link.at(link.now + dice.uniform(0, 6), act)


def behave(link: Link, callee: Endpoint, dice: Random) -> None:
    """The callee rings or not, then answers, refuses, or does nothing."""

    def invited(event: Invited, now: float) -> None:
        session, will = event.session, dice.random()
        for _ in range(dice.randint(0, 2)):
            session.ring(now, dice.choice((180, 183)), body=dice.choice((None, ANSWER)))

        def decide(at: float) -> None:
            if session.state is not SessionState.INCOMING or session.has_offer:
                return
            if will < 0.6:
                session.accept(ANSWER, at)
                change(link, session, dice)
            elif will < 0.8:
                session.reject(486, at)

        link.at(now + dice.uniform(0, 5), decide)

    callee.on(Invited, invited)


class Caller:
    """Ten calls of one side, which may change and end them at any moment."""

    def __init__(self, link: Link, alice: Endpoint, bob: Endpoint, dice: Random) -> None:
        self.link, self.alice, self.bob, self.dice = link, alice, bob, dice
        self.calls: list[InviteSession] = []
        self.headers: tuple[tuple[tuple[str, str], ...], ...] = ((),)
        """One of these goes with each call."""
        alice.on(Accepted, self.accepted)
        alice.on(Progressed, self.progressed)

    def accepted(self, event: Accepted, now: float) -> None:
        session, dice = event.session, self.dice
        if session.state is SessionState.OFFERED:
            session.accept(ANSWER, now)
        change(self.link, session, dice)
        self.link.at(now + dice.choice((dice.uniform(0, 8), dice.uniform(0, 400))), session.close)

    def progressed(self, event: Progressed, now: float) -> None:
        usage = event.session.usages.get(event.tag)
        if usage is not None and usage.owed is not None and self.dice.random() < 0.9:
            event.session.prack(event.tag, ANSWER, now)
        change(self.link, event.session, self.dice)

    def call(self, now: float) -> None:
        dice = self.dice
        offer, headers = dice.choice((OFFER, OFFER, None)), dice.choice(self.headers)
        self.calls.append(self.alice.call(self.bob, now, offer=offer, headers=headers))
        if dice.random() < 0.5:
            self.link.at(now + dice.uniform(0, 8), self.calls[-1].close)

    def give_up(self, now: float) -> None:
        for session in self.calls:
            session.close(now)


def play(seed: int, loss: float) -> tuple[Link, Endpoint, Endpoint, list[InviteSession]]:
    """Ten calls, which either side may end at any moment."""
    dice = Random(seed)
    link = Link(seed=seed, loss=loss, delay_s=(0.001, 0.4))
    ours, theirs = settings(dice), settings(dice)
    alice, bob = link.endpoint("10.0.0.1", ours), link.endpoint("10.0.0.2", theirs)
    behave(link, bob, dice)
    caller = Caller(link, alice, bob, dice)
    if "100rel" in theirs.supported:
        caller.headers = ((), (("Require", "100rel"),))
    for each in (alice, bob):
        answer_offers(each, dice)

    def hang_up(now: float) -> None:
        for event in bob.told(Invited):
            event.session.close(now)

    for index in range(10):
        start = index * dice.uniform(0, 2)
        link.at(start, caller.call)
        if dice.random() < 0.5:
            link.at(start + dice.uniform(0, 10), hang_up)
    for do in (hang_up, caller.give_up):
        link.at(500.0, do)  # the owners' last word, for the calls that nobody wanted to end
    link.run()
    return link, alice, bob, caller.calls


def news_of(endpoint: Endpoint, session: InviteSession) -> list[Event]:
    return [event for event in endpoint.events if getattr(event, "session", None) is session]


@pytest.mark.parametrize("loss", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("block", range(10))
def test_every_call_ends_once_and_nothing_is_left(loss: float, block: int) -> None:
    for seed in range(block * 10, block * 10 + 10):
        link, alice, bob, calls = play(seed, loss)
        assert link.is_idle(), (seed, loss, link.ladder(), alice.agent.describe(), bob.agent.describe())
        assert len(calls) == 10
        for session in calls:
            told = news_of(alice, session)
            ends = [event for event in told if isinstance(event, Refused | Ended)]
            assert len(ends) == 1, (seed, loss, told)
            assert told[-1] is ends[0]
        for event in bob.told(Invited):
            told = news_of(bob, event.session)
            assert len([each for each in told if isinstance(each, Canceled | Ended)]) <= 1, (seed, told)
            if any(isinstance(each, Acknowledged) for each in told):
                assert isinstance(told[-1], Ended), (seed, told)


def test_the_dice_reach_everything() -> None:
    """What the calls above are about happens in them: else they prove nothing."""
    sent, told = set(), set()
    for seed in range(20):
        link, alice, bob, _ = play(seed, 0.05)
        sent |= {each.split()[1] for each in link.first_lines()}
        told |= {type(event) for event in (*alice.events, *bob.events)}
    assert {"PRACK", "UPDATE", "INFO", "CANCEL", "BYE", "422", "481", "488", "491"} <= sent
    assert {Modified, NotModified, OfferReceived, Progressed, Canceled, Refused, Ended} <= told
