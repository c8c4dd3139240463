"""The streams of this node: begins them, ends them, and knows what they were like.

Each runs as a task of its own and ends with its call at the latest. Called by verbs and by the API; made once
by the roof. A call has one stream of Connect's and four tracks of Start's at once (reference/twiml 8.1).
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from offhook.base.ids import Chance
from offhook.call.call import Call
from offhook.call.companions import CompanionRefusedError, Companions, new_record
from offhook.media_streams.live_stream import TRACKS, LiveStream, StreamTools
from offhook.media_streams.order import StreamOrder

TRACKS_MAX: Final = 4
"""Of all streams of a call that `<Start>` or the API began."""
KEPT_MAX: Final = 1_000
"""Streams that have ended and whose inspection is kept."""
INVALID_TRACK: Final = 31941


class Streams:
    """Those that run, and the last that did."""

    def __init__(self, tools: StreamTools, chance: Chance) -> None:
        self._tools = tools
        self._chance = chance
        self._others: Callable[[str], int] = lambda call_sid: 0
        self._kept: deque[LiveStream] = deque(maxlen=KEPT_MAX)
        self._live: Companions[LiveStream] = Companions("stream", self._kept.append)

    def begin(self, call: Call, order: StreamOrder) -> LiveStream:
        """Begin a stream; on a call that still rings it waits for the answer. One with a fault only says so.

        Raises: CompanionRefusedError for one too many, or a name that is taken.
        """
        if order.fault is None:
            self._live.check_name(call, order.name, INVALID_TRACK)
            self._check(self.of_call(call.sid), self.tracks_taken(call.sid), order)
        record = new_record("MZ", call, order.name, self._chance, self._tools.ledger.now())
        live = LiveStream(call, order, record, self._tools)
        self._live.begin(call, live)
        return live

    @staticmethod
    def _check(running: Sequence[LiveStream], taken: int, order: StreamOrder) -> None:
        if order.is_bidirectional:
            if any(live.order.is_bidirectional for live in running):
                raise CompanionRefusedError(INVALID_TRACK, "the call has a stream in both directions already")
            return
        if taken + len(TRACKS[order.track]) > TRACKS_MAX:
            raise CompanionRefusedError(
                INVALID_TRACK, f"{taken} tracks of the call are streamed, of {TRACKS_MAX}"
            )

    def count_also(self, others: Callable[[str], int]) -> None:
        """Count what else takes tracks of a call, by its Sid."""
        self._others = others

    def tracks_taken(self, call_sid: str) -> int:
        """How many of a call's four tracks are passed on."""
        own = (live for live in self.of_call(call_sid) if not live.order.is_bidirectional)
        return sum(len(TRACKS[live.order.track]) for live in own) + self._others(call_sid)

    def of_call(self, call_sid: str) -> Sequence[LiveStream]:
        """The streams of a call that have not ended and are not to end."""
        return self._live.of_call(call_sid)

    def find(self, call_sid: str, wanted: str) -> LiveStream | None:
        """A running stream of a call, by its Sid or its name."""
        return self._live.find(call_sid, wanted)

    def inspected(self, call_sid: str) -> Sequence[LiveStream]:
        """Every stream of a call that is still known, oldest first: those that run, and the last that did."""
        ended = [live for live in self._kept if live.record.call_sid == call_sid]
        return (*ended, *self._live.running(call_sid))

    async def drain(self, timeout_s: float) -> None:
        """Wait until those of calls that have ended have told so."""
        await self._live.drain(timeout_s)

    async def close(self) -> None:
        """End all, whatever they are doing."""
        await self._live.close()
