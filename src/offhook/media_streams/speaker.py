"""What a server says to the caller: media and marks in their order, up to ten minutes ahead.

    media, mark --> here (10 minutes) --> the core's feed (2 s) --> the caller
                          clear drops both, and tells every mark at once

The core's feed is kept short, so that what waits stands where it costs least; a timer tops it up. Where the
reference (twiml 9.2) is silent: ten thousand marks may wait, more are dropped as media beyond ten minutes is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from offhook.call.leg_feed import LegFeed
from offhook.media.ports import MediaBusyError
from offhook.media_streams.inspection import Inspection

RATE_HZ: Final = 8000
BUFFER_BYTES_MAX: Final = 10 * 60 * RATE_HZ
"""Ten minutes of µ-law."""
MARKS_MAX: Final = 10_000
AHEAD_MS: Final = 2_000
"""How far ahead the core is fed."""
PIECE_BYTES: Final = RATE_HZ
"""A second: of how much it is fed at once."""
TOP_UP_S: Final = 0.5
"""How often what waits is looked after."""


class Speaker:
    """The playing half of a bidirectional stream. Everything happens on the loop."""

    def __init__(self, feed: LegFeed, send_mark: Callable[[str], None], inspection: Inspection) -> None:
        """send_mark: tells the server that a mark is reached; it has the mark's name."""
        self._feed = feed
        self._send_mark = send_mark
        self._inspection = inspection
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes | str] = deque()
        """Media as bytes, marks as their names; media is never empty."""
        self._waiting_bytes = 0
        self._marks: dict[int, str] = {}
        """Marks in the feed, oldest first."""
        self._marks_waiting = 0
        self._clears: dict[int, float] = {}
        """When a clear came whose silence is yet to begin, by the mark behind it."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        feed.on_mark(self._handle_mark)

    @property
    def depth_ms(self) -> int:
        """What waits to be played."""
        return self._feed.waiting_ms + self._waiting_bytes * 1000 // RATE_HZ

    @property
    def underruns(self) -> int:
        """How often what waited ran out."""
        return self._feed.underruns

    def say(self, payload: bytes) -> bool:
        """Play behind what waits; false when that is ten minutes already, and the rest was dropped."""
        self._inspection.media_received += 1
        room = BUFFER_BYTES_MAX - self._waiting_bytes - self._feed.waiting_ms * RATE_HZ // 1000
        taken = payload[: max(0, room)]
        if taken:
            self._waiting.append(taken)
            self._waiting_bytes += len(taken)
            self._flow()
        self._inspection.received_ms += len(taken) * 1000 // RATE_HZ
        self._inspection.overflowed_ms += (len(payload) - len(taken)) * 1000 // RATE_HZ
        self._inspection.deepened(self.depth_ms)
        return len(taken) == len(payload)

    def mark(self, name: str) -> bool:
        """Tell when all before it was played, at once when nothing waits; false when too many wait."""
        self._inspection.marks_received += 1
        if not self._waiting and not self._marks and self._feed.waiting_ms == 0:
            self._tell(name)
            return True
        if self._marks_waiting + len(self._marks) >= MARKS_MAX:
            return False
        self._waiting.append(name)
        self._marks_waiting += 1
        self._flow()
        return True

    def clear(self) -> None:
        """Play nothing of what waits, and tell every mark."""
        self._inspection.clears += 1
        began, was_playing = self._loop.time(), self.depth_ms > 0
        names = [*self._marks.values(), *(each for each in self._waiting if isinstance(each, str))]
        self._forget()
        self._feed.clear()
        if was_playing and len(self._clears) < MARKS_MAX:
            with suppress(MediaBusyError):  # the core is flooded: then this one is not measured
                self._clears[self._feed.mark()] = began
        for name in names:
            self._tell(name)

    def close(self) -> None:
        """Fall silent now, for good."""
        if self._is_closed:
            return
        self._is_closed = True
        self._forget()
        self._inspection.underruns = self._feed.underruns
        self._feed.clear()
        self._feed.finish()

    def _forget(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = self._marks_waiting = 0
        self._marks.clear()

    def _tell(self, name: str) -> None:
        self._inspection.marks_sent += 1
        self._send_mark(name)

    def _handle_mark(self, mark_id: int, played: bool) -> None:
        del played  # of a clear every mark was told already
        if (name := self._marks.pop(mark_id, None)) is not None:
            self._tell(name)
        elif (began := self._clears.pop(mark_id, None)) is not None:
            self._inspection.clear_took(round((self._loop.time() - began) * 1000))

    def _flow(self) -> None:
        """Feed what there is room for; the timer looks after the rest."""
        with suppress(MediaBusyError):  # what finds no room does when the timer comes
            while self._waiting and not self._is_closed and self._feed_first(self._waiting[0]):
                pass
        if self._waiting and self._timer is None and not self._is_closed:
            self._timer = self._loop.call_later(TOP_UP_S, self._top_up)

    def _feed_first(self, first: bytes | str) -> bool:
        """Feed the first of what waits, or a part of it; false without room. Raises: MediaBusyError."""
        if isinstance(first, str):
            self._marks[self._feed.mark()] = first
            self._marks_waiting -= 1
            self._waiting.popleft()
            return True
        if self._feed.waiting_ms >= AHEAD_MS:
            return False
        piece, rest = first[:PIECE_BYTES], first[PIECE_BYTES:]
        self._feed.feed_ulaw(piece)
        self._waiting_bytes -= len(piece)
        if rest:
            self._waiting[0] = rest
        else:
            self._waiting.popleft()
        return True

    def _top_up(self) -> None:
        self._timer = None
        self._flow()
