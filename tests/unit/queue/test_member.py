"""A member's states: every step in every state is decided, and only those of the drawing change anything."""

import itertools

import pytest

from offhook.queue.member import TRANSITIONS, MemberInput, MemberState


def test_the_table_is_total() -> None:
    assert set(TRANSITIONS) == set(itertools.product(MemberState, MemberInput))


@pytest.mark.parametrize("step", list(MemberInput))
def test_who_is_gone_stays_gone(step: MemberInput) -> None:
    assert TRANSITIONS[MemberState.GONE, step] is None


def test_everybody_can_leave_from_everywhere() -> None:
    for state in set(MemberState) - {MemberState.GONE}:
        assert TRANSITIONS[state, MemberInput.LEAVE] is MemberState.GONE


def test_only_who_was_called_can_be_put_back() -> None:
    back = {state for state in MemberState if TRANSITIONS[state, MemberInput.PUT_BACK] is not None}
    assert back == {MemberState.CALLED}
