"""The life of a binding as a table."""

from itertools import product

import pytest

from offhook.registrar.binding import TRANSITIONS, BindingAction, BindingInput, BindingState


def test_the_table_is_total() -> None:
    assert set(TRANSITIONS) == set(product(BindingState, BindingInput))


@pytest.mark.parametrize("state", [BindingState.EXPIRED, BindingState.REMOVED])
@pytest.mark.parametrize("event", list(BindingInput))
def test_nothing_follows_the_end(state: BindingState, event: BindingInput) -> None:
    assert TRANSITIONS[state, event] == (state, ())


@pytest.mark.parametrize("state", list(BindingState))
@pytest.mark.parametrize("event", list(BindingInput))
def test_what_is_active_and_nothing_else_is_found(state: BindingState, event: BindingInput) -> None:
    after, actions = TRANSITIONS[state, event]
    was_active, is_active = (each is BindingState.ACTIVE for each in (state, after))
    if is_active and not was_active:
        assert BindingAction.INDEX in actions
    if was_active and not is_active:
        erased = {BindingAction.ERASE} if event is not BindingInput.END_ELSEWHERE else set()
        assert set(actions) == {BindingAction.DROP} | erased
    if not is_active:
        assert BindingAction.INDEX not in actions
