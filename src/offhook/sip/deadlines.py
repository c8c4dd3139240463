"""One table of deadlines for every state machine of a user agent; the driver arms one timer for it.

A machine owns a dict of its armed timers; the heap here may hold stale rows, which are dropped when
they come to the top, and all at once when it has doubled: what has ended does not stay until its time
would have come. A timer that is moved to later keeps its row, which follows when its old time comes.
So setting and clearing are cheap and nothing is searched.
"""

from enum import Enum
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import Final, Protocol

_SWEEP_LEAST: Final = 1024


class Timed(Protocol):
    """A machine with timers."""

    deadlines: dict[Enum, float]
    """Armed timers and when each is due, monotonic seconds. Changed by `Deadlines` only."""

    def handle_timer(self, timer: Enum, now: float) -> None:
        """One of the timers is due; it is no longer armed."""
        ...


class Deadlines:
    """Who must be woken when."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timed, Enum]] = []
        self._serial = 0
        self._sweep_at = _SWEEP_LEAST

    def __len__(self) -> int:
        """Rows of the heap, stale ones included."""
        return len(self._heap)

    def arm(self, machine: Timed, timer: Enum, at: float) -> None:
        """Set a timer to monotonic second `at`; one that is armed already is moved."""
        before = machine.deadlines.get(timer)
        machine.deadlines[timer] = at
        if before is not None and before <= at:
            return  # there is a row no later than `before`
        self._serial += 1
        heappush(self._heap, (at, self._serial, machine, timer))
        if len(self._heap) >= self._sweep_at:
            self._sweep()

    def disarm(self, machine: Timed, timer: Enum) -> None:
        """Clear a timer; one that is not armed stays so."""
        machine.deadlines.pop(timer, None)

    def poll_timeout(self) -> float | None:
        """The next deadline; None when nothing is armed."""
        while self._heap:
            at, _, machine, timer = self._heap[0]
            due = machine.deadlines.get(timer)
            if due == at:
                return at
            if due is None or due < at:
                heappop(self._heap)
            else:
                self._serial += 1
                heapreplace(self._heap, (due, self._serial, machine, timer))
        return None

    def handle_timeout(self, now: float) -> None:
        """Fire everything that is due, in order of deadline; what that arms for `now` fires too."""
        while (at := self.poll_timeout()) is not None and at <= now:
            _, _, machine, timer = heappop(self._heap)
            del machine.deadlines[timer]
            machine.handle_timer(timer, now)

    def _sweep(self) -> None:
        """Drop every stale row, when the heap has doubled since the last time."""
        self._heap = [row for row in self._heap if row[2].deadlines.get(row[3], -inf) >= row[0]]
        heapify(self._heap)
        self._sweep_at = max(_SWEEP_LEAST, 2 * len(self._heap))
