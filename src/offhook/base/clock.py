"""The only place that reads a clock.

Durations and deadlines are monotonic float seconds; moments that a person or an API sees are
aware datetimes in UTC. Pure rooms take `now` as an argument and never ask.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, twice: for measuring and for writing down."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def utc_now(self) -> datetime:
        """The moment in UTC, aware, as the operating system believes it."""
        ...


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        """Seconds of CLOCK_MONOTONIC, the clock of the event loop as well."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)
