"""Time limits for what is awaited: `asyncio.timeout` as it is from Python 3.11.3 on.

Debian 12's 3.11.2 takes the end of a limit for a cancellation where the task has been cancelled before. What
a call still waits for when its caller has hung up was then broken off at its limit, and what should have
followed was lost: the callback of a Dial, for one. Nothing of ours uses asyncio's own; the linter sees to it.
"""

import asyncio
from types import TracebackType


class Timeout:
    """A limit on what is awaited inside: `async with timeout(2.0):`.

    In a coroutine that has no task yet (`waiting/eager`) it gives up its turn, so that it has one.
    """

    def __init__(self, when: float | None) -> None:
        """When: on the loop's clock, in seconds; None is no limit."""
        self._when = when
        self._task: asyncio.Task[object] | None = None
        self._cancelled_before = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False

    async def __aenter__(self) -> "Timeout":
        if asyncio.current_task() is None:  # begun by `waiting/eager`, which makes the task at the first wait
            await asyncio.sleep(0)
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit is set in a task")
        self._task, self._cancelled_before = task, task.cancelling()
        self.reschedule(self._when)
        return self

    def reschedule(self, when: float | None) -> None:
        """Move the limit to `when`, on the loop's clock; None lifts it."""
        if self._is_over:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if when is not None:
            self._timer = asyncio.get_running_loop().call_at(when, self._expire)

    def _expire(self) -> None:
        self._timer, self._is_over = None, True
        if self._task is not None:
            self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._is_over or self._task is None:
            return
        # Whoever cancelled the task before the limit was set, or besides it, is not what ends here.
        if self._task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise TimeoutError from error


def timeout(seconds: float | None) -> Timeout:
    """Raise TimeoutError inside after so many seconds; at once for 0 and less, never for None."""
    if seconds is None:
        return Timeout(None)
    return Timeout(asyncio.get_running_loop().time() + seconds)


def timeout_at(when: float | None) -> Timeout:
    """Raise TimeoutError inside when the loop's clock says `when`; never for None."""
    return Timeout(when)
