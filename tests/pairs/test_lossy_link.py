"""Hundreds of calls over links that lose, delay and reorder: none may be stuck, each ends once."""

from random import Random

import pytest

from offhook.sip.event import Accepted, Canceled, Ended, Invited, Refused
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.state import SessionState
from tests.support.sip_link import ANSWER, Endpoint, Link


def play(seed: int, loss: float) -> tuple[Link, Endpoint, Endpoint, list[InviteSession]]:
    """Ten calls, each with a callee and a caller who behave as the seed has them."""
    dice = Random(seed)
    link = Link(seed=seed, loss=loss, delay_s=(0.001, 0.4))
    alice, bob = link.endpoint("10.0.0.1"), link.endpoint("10.0.0.2")

    def invited(event: Invited, now: float) -> None:
        session = event.session
        if dice.random() < 0.8:
            session.ring(now)
        will = dice.random()

        def decide(at: float) -> None:
            if session.state is not SessionState.INCOMING:
                return
            if will < 0.6:
                session.accept(ANSWER, at)
            elif will < 0.8:
                session.reject(486, at)

        link.at(now + dice.uniform(0, 5), decide)

    def accepted(event: Accepted, now: float) -> None:
        link.at(now + dice.uniform(0, 3), event.session.close)

    calls: list[InviteSession] = []
    bob.on(Invited, invited)
    alice.on(Accepted, accepted)
    for index in range(10):
        start = index * dice.uniform(0, 2)

        def call(now: float) -> None:
            session = alice.call(bob, now)
            calls.append(session)
            link.at(now + dice.uniform(0, 8), session.close)

        link.at(start, call)
        if dice.random() < 0.5:
            link.at(
                start + dice.uniform(0, 10), lambda now: [e.session.close(now) for e in bob.told(Invited)]
            )
    # The owner's last word, for the calls that nobody wanted to end.
    link.at(100.0, lambda now: [e.session.close(now) for e in bob.told(Invited)])
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
