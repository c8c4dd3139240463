"""Calls of an account leave one after the other, at its rate."""

import pytest

from offhook.switchboard.settings import Settings
from offhook.switchboard.turns import QueueFullError, Turns


def test_without_a_rate_nobody_waits() -> None:
    turns = Turns(Settings())
    assert [turns.take("AC1", 5.0) for _ in range(1000)] == [0.0] * 1000


def test_calls_of_an_account_leave_at_its_rate_and_those_of_another_beside_them() -> None:
    turns = Turns(Settings(api_calls_per_second=2))
    assert [turns.take("AC1", 5.0) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
    assert turns.take("AC2", 5.0) == 0.0
    assert turns.take("AC1", 6.0) == 1.0
    assert turns.take("AC1", 60.0) == 0.0, "who did not call has saved nothing up"
    assert turns.take("AC1", 60.0) == 0.5


def test_a_queue_that_is_too_long_takes_no_more() -> None:
    turns = Turns(Settings(api_calls_per_second=1, api_queue_s=2.0))
    assert [turns.take("AC1", 5.0) for _ in range(3)] == [0.0, 1.0, 2.0]
    with pytest.raises(QueueFullError, match=r"need 2 s to leave, at 1 a second"):
        turns.take("AC1", 5.0)
    assert turns.take("AC1", 6.0) == 2.0, "there is room again"
