"""Hundreds of calls over links that lose, delay and reorder: none may be stuck, each ends once."""

from random import Random

import pytest

from offhook.sip.event import Accepted, Canceled, Ended, Invited, Refused
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from tests.support.sip_link import ANSWER, Endpoint, Link


def behave(link: Link, callee: Endpoint, dice: Random) -> None:
    """The callee rings or not, then answers, refuses, or does nothing."""

    def invited(event: Invited, now: float) -> None:
        session, will = event.session, dice.random()
        if dice.random() < 0.8:
            session.ring(now)

        def decide(at: float) -> None:
            if session.state is SessionState.INCOMING and will < 0.6:
                session.accept(ANSWER, at)
            elif session.state is SessionState.INCOMING and will < 0.8:
                session.reject(486, at)

        link.at(now + dice.uniform(0, 5), decide)

    callee.on(Invited, invited)


def play(seed: int, loss: float) -> tuple[Link, Endpoint, Endpoint, list[InviteSession]]:
    """Ten calls, which either side may end at any moment."""
    dice = Random(seed)
    link = Link(seed=seed, loss=loss, delay_s=(0.001, 0.4))
    alice, bob = link.endpoint("10.0.0.1"), link.endpoint("10.0.0.2")
    calls: list[InviteSession] = []
    behave(link, bob, dice)
    alice.on(Accepted, lambda event, now: link.at(now + dice.uniform(0, 3), event.session.close))

    def call(now: float) -> None:
        calls.append(alice.call(bob, now))
        link.at(now + dice.uniform(0, 8), calls[-1].close)

    def hang_up(now: float) -> None:
        for event in bob.told(Invited):
            event.session.close(now)

    for index in range(10):
        start = index * dice.uniform(0, 2)
        link.at(start, call)
        if dice.random() < 0.5:
            link.at(start + dice.uniform(0, 10), hang_up)
    link.at(100.0, hang_up)  # the owner's last word, for the calls that nobody wanted to end
    link.run()
    return link, alice, bob, calls


@pytest.mark.parametrize("loss", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("block", range(10))
def test_every_call_ends_once_and_nothing_is_left(loss: float, block: int) -> None:
    for seed in range(block * 10, block * 10 + 10):
        link, alice, bob, calls = play(seed, loss)
        assert link.is_idle(), (seed, loss, link.ladder(), alice.agent.describe(), bob.agent.describe())
        assert len(calls) == 10
        for session in calls:
            told = [event for event in alice.events if event.session is session]  # type: ignore[union-attr]
            ends = [event for event in told if isinstance(event, Refused | Ended)]
            assert len(ends) == 1, (seed, loss, told)
            assert told[-1] is ends[0]
        for event in bob.told(Invited):
            told = [each for each in bob.events if each.session is event.session]  # type: ignore[union-attr]
            assert len([each for each in told if isinstance(each, Canceled | Ended)]) <= 1, (seed, told)
