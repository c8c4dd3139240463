"""What the Call resource works out of the record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from offhook.model.call import CallStatus
from offhook.rest.api.calls import (
    START_TIME,
    START_TIME_FROM,
    START_TIME_UNTIL,
    formatted,
    period,
    representation,
)
from offhook.rest.parameters import ParameterTable
from tests.support.stores import BORN, call

TABLE = ParameterTable(START_TIME, START_TIME_FROM, START_TIME_UNTIL)
JAN_2 = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("party", "shown"),
    [
        ("+13051913581", "(305) 191-3581"),
        ("+4930123456", "+4930123456"),
        ("+130519135811", "+130519135811"),
        ("sip:alice@example.com", "sip:alice@example.com"),
        ("client:alice", "client:alice"),
    ],
)
def test_display_form_of_a_party(party: str, shown: str) -> None:
    assert formatted(party) == shown


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ([], None, None),
        ([("StartTime", "2026-01-02")], JAN_2, JAN_2 + timedelta(days=1)),
        ([("StartTime", "2026-01-02T13:00:00Z")], JAN_2, JAN_2 + timedelta(days=1)),
        ([("StartTime>", "2026-01-02")], JAN_2, None),
        ([("StartTime<", "2026-01-02")], None, JAN_2),
        (
            [("StartTime>", "2026-01-01"), ("StartTime<", "2026-01-02T01:00:00Z")],
            JAN_2 - timedelta(days=1),
            JAN_2 + timedelta(hours=1),
        ),
        (
            [("StartTime", "2026-01-02"), ("StartTime>", "2026-01-02T06:00:00Z")],
            JAN_2 + timedelta(hours=6),
            JAN_2 + timedelta(days=1),
        ),
        (
            [("StartTime", "2026-01-02"), ("StartTime<", "2026-01-02T06:00:00Z")],
            JAN_2,
            JAN_2 + timedelta(hours=6),
        ),
    ],
)
def test_a_filters_three_spellings(
    fields: list[tuple[str, str]], start: datetime | None, end: datetime | None
) -> None:
    assert period(TABLE.read(fields), START_TIME, START_TIME_FROM, START_TIME_UNTIL) == (start, end)


def test_durations_and_times() -> None:
    running = representation(call()).fields
    assert (running["status"], running["duration"], running["end_time"]) == ("ringing", None, None)
    ended = replace(
        call(), status=CallStatus.COMPLETED, answered_at=BORN, ended_at=BORN + timedelta(seconds=4)
    )
    shown = representation(ended).fields
    assert (shown["duration"], shown["end_time"]) == ("4", "Fri, 02 Jan 2026 03:04:09 +0000")
