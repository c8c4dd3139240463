"""What follows from a call's record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offhook.model.call import CallStatus
from tests.support.stores import BORN, call

FINAL = {"completed", "busy", "failed", "no-answer", "canceled"}


@pytest.mark.parametrize("status", CallStatus)
def test_which_statuses_are_final(status: CallStatus) -> None:
    assert status.is_final == (status.value in FINAL)


@pytest.mark.parametrize(("seconds", "duration_s"), [(0, 0), (0.4, 0), (3.5, 4), (4.5, 4), (61, 61), (-2, 0)])
def test_duration_is_whole_seconds_from_answer_to_end(seconds: float, duration_s: int) -> None:
    ended = replace(
        call(),
        status=CallStatus.COMPLETED,
        answered_at=BORN,
        ended_at=BORN + timedelta(seconds=seconds),
    )
    assert ended.duration_s == duration_s


def test_a_call_that_runs_or_was_not_answered_has_no_duration() -> None:
    running = replace(call(), status=CallStatus.IN_PROGRESS, answered_at=BORN)
    assert running.duration_s is None
    assert replace(call(), status=CallStatus.NO_ANSWER, ended_at=BORN).duration_s is None
    assert replace(running, status=CallStatus.COMPLETED).duration_s is None
