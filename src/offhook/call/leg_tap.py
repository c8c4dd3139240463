"""What a leg says and hears, frame by frame, for whoever listens: a stream, a recogniser, a detector.

Opened by `call/audio.py`; the frames are `media/ports/event.py`'s. Frames that nobody takes wait here, five
seconds of both tracks; then the oldest are dropped and counted, so that a listener that stalls finds what
is said now.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from offhook.media.ports.event import TapHeard

FRAMES_MAX: Final = 500
"""Frames that wait: 5 s of two tracks, 10 s of one."""


class LegTap:
    """The frames of one tap, in order, until it is closed. One task at a time takes them."""

    def __init__(self) -> None:
        self.dropped = 0
        """Frames that waited for too long, and were lost."""
        self._frames: deque[TapHeard] = deque()
        self._arrived = asyncio.Event()
        self._is_closed = False
        self._receiver: Callable[[TapHeard], None] | None = None

    def hand_to(self, receiver: Callable[[TapHeard], None]) -> None:
        """Have each frame handed on when it comes; none waits here from now on."""
        self._receiver = receiver
        for frame in self.take():
            receiver(frame)

    def put(self, frame: TapHeard) -> None:
        """Take one frame; the oldest is dropped when too many wait."""
        if self._receiver is not None:
            self._receiver(frame)
            return
        if len(self._frames) == FRAMES_MAX:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
        self._arrived.set()

    def close(self) -> None:
        """There is no more: who waits is told. Twice is once."""
        self._is_closed = True
        self._arrived.set()

    async def next(self) -> TapHeard | None:
        """The next frame; None when the tap is closed and all were taken."""
        while not self._frames:
            if self._is_closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    def take(self) -> list[TapHeard]:
        """All frames that wait now."""
        frames = list(self._frames)
        self._frames.clear()
        return frames

    def __aiter__(self) -> "LegTap":
        return self

    async def __anext__(self) -> TapHeard:
        if (frame := await self.next()) is None:
            raise StopAsyncIteration
        return frame
