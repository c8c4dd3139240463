"""What a hearing has to tell: events in their order, errors among them, until its owner takes them.

The queue of every hearing of ours (`hearing.py`, `deepgram_hearing.py`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from offhook.speech.ports import HearingEvent, RecognitionError

EVENTS_MAX: Final = 1_000
"""What may wait to be taken; a hearing whose owner takes nothing is closed."""


class HearingNews:
    """Filled by the hearing, taken by its owner."""

    def __init__(self, overflow: Callable[[], None]) -> None:
        """overflow: called for one event too many, which is dropped."""
        self._overflow = overflow
        self._events: deque[HearingEvent | RecognitionError] = deque()
        self._filled = asyncio.Event()
        self.is_over = False
        """Whether nothing comes behind what waits."""

    def tell(self, event: HearingEvent | RecognitionError) -> None:
        """Add one; an error is raised in its turn."""
        if len(self._events) >= EVENTS_MAX:
            self._overflow()
            return
        self._events.append(event)
        self._filled.set()

    def end(self) -> None:
        """There is no more. Twice is once."""
        self.is_over = True
        self._filled.set()

    def drop(self) -> None:
        """Forget what waits; there is no more."""
        self._events.clear()
        self.end()

    async def next(self) -> HearingEvent | None:
        """The next one, None after the last. Raises: RecognitionError."""
        while not self._events:
            if self.is_over:
                return None
            self._filled.clear()
            await self._filled.wait()
        event = self._events.popleft()
        if isinstance(event, RecognitionError):
            raise event
        return event
