"""A stream's table is total, and ends exactly once."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from offhook.stream.life import TRANSITIONS, StreamEffect, StreamInput, StreamLife, StreamState

ENDS = {StreamEffect.TELL_STOPPED, StreamEffect.TELL_ERROR}


def test_every_input_in_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(product(StreamState, StreamInput))


def test_it_leaves_a_state_only_with_something_to_do() -> None:
    for (state, input_), (after, effects) in TRANSITIONS.items():
        is_silent = (state, input_) == (StreamState.CONNECTING, StreamInput.STOPPED)
        assert bool(effects) == (after is not state and not is_silent)


def test_what_is_stopped_before_it_has_started_is_told_to_nobody() -> None:
    life = StreamLife()

    assert life.handle(StreamInput.STOPPED) == ()
    assert life.state is StreamState.ENDED


@given(st.lists(st.sampled_from(list(StreamInput))))
def test_whatever_comes_it_starts_once_at_most_and_ends_once_at_most(inputs: list[StreamInput]) -> None:
    life = StreamLife()
    effects = [effect for input_ in inputs for effect in life.handle(input_)]
    assert effects.count(StreamEffect.SEND_START) <= 1
    assert effects.count(StreamEffect.TELL_STARTED) == effects.count(StreamEffect.SEND_START)
    ends = [effect for effect in effects if effect in ENDS]
    assert len(ends) <= (life.state is StreamState.ENDED)
    assert len(ends) >= effects.count(StreamEffect.TELL_STARTED) * (life.state is StreamState.ENDED)
    assert not ends or effects[-1] in ENDS
