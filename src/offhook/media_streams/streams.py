"""The streams of this node: begins them, ends them, and knows what they were like.

Each runs as a task of its own and ends with its call at the latest. Called by verbs and by the API; made once
by the roof. A call has one stream of Connect's and four tracks of Start's at once (reference/twiml 8.1).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from offhook.base.ids import Chance, new_sid
from offhook.call.call import Call
from offhook.media_streams.live_stream import TRACKS, LiveStream, StreamTools
from offhook.media_streams.order import StreamOrder
from offhook.model.stream import Stream, StreamStatus

log = structlog.get_logger("offhook.media_streams")

TRACKS_MAX: Final = 4
"""Of all streams of a call that `<Start>` or the API began."""
KEPT_MAX: Final = 1_000
"""Streams that have ended and whose inspection is kept."""
INVALID_TRACK: Final = 31941


class StreamRefusedError(Exception):
    """A stream may not begin. code: Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Streams:
    """Those that run, and the last that did."""

    def __init__(self, tools: StreamTools, chance: Chance) -> None:
        self._tools = tools
        self._chance = chance
        self._others: Callable[[str], int] = lambda call_sid: 0
        self._by_call: dict[str, list[LiveStream]] = {}
        self._tasks: dict[asyncio.Task[None], LiveStream] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        """By CallSid: they wait for the end of their call."""
        self._kept: deque[LiveStream] = deque(maxlen=KEPT_MAX)

    def begin(self, call: Call, order: StreamOrder) -> LiveStream:
        """Begin a stream; on a call that still rings it waits for the answer.

        Raises: StreamRefusedError for one too many, or a name that is taken.
        """
        running = self.of_call(call.sid)
        self._check(running, self.tracks_taken(call.sid), order)
        sid = new_sid("MZ", self._chance)
        record = Stream(
            sid=sid,
            account_sid=call.record.account_sid,
            call_sid=call.sid,
            name=order.name or sid,
            status=StreamStatus.IN_PROGRESS,
            updated_at=self._tools.ledger.now(),
        )
        live = LiveStream(call, order, record, self._tools)
        self._by_call.setdefault(call.sid, []).append(live)
        self._watch(call)
        task = asyncio.create_task(live.run(), name="media_streams.stream")
        self._tasks[task] = live
        task.add_done_callback(self._handle_end)
        return live

    @staticmethod
    def _check(running: Sequence[LiveStream], taken: int, order: StreamOrder) -> None:
        if order.name is not None and any(live.record.name == order.name for live in running):
            raise StreamRefusedError(INVALID_TRACK, f"a stream of this call is named {order.name} already")
        if order.is_bidirectional:
            if any(live.order.is_bidirectional for live in running):
                raise StreamRefusedError(INVALID_TRACK, "the call has a stream in both directions already")
            return
        if taken + len(TRACKS[order.track]) > TRACKS_MAX:
            raise StreamRefusedError(
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
        return tuple(live for live in self._by_call.get(call_sid, ()) if not live.is_over)

    def find(self, call_sid: str, wanted: str) -> LiveStream | None:
        """A running stream of a call, by its Sid or its name."""
        return next(
            (live for live in self.of_call(call_sid) if wanted in (live.record.sid, live.record.name)), None
        )

    def inspected(self, call_sid: str) -> Sequence[LiveStream]:
        """Every stream of a call that is still known, oldest first: those that run, and the last that did."""
        ended = [live for live in self._kept if live.record.call_sid == call_sid]
        return (*ended, *(live for live in self._by_call.get(call_sid, ()) if live not in ended))

    async def drain(self, timeout_s: float) -> None:
        """Wait until those of calls that have ended have told so."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def close(self) -> None:
        """End all, whatever they are doing."""
        tasks = (*self._tasks, *self._watches.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _watch(self, call: Call) -> None:
        if call.sid not in self._watches:
            task = asyncio.create_task(self._stop_with(call), name="media_streams.watch")
            self._watches[call.sid] = task
            task.add_done_callback(lambda _: self._watches.pop(call.sid))

    async def _stop_with(self, call: Call) -> None:
        await call.ended.wait()
        for live in self._by_call.get(call.sid, ()):
            live.stop()

    def _handle_end(self, task: "asyncio.Task[None]") -> None:
        live = self._tasks.pop(task)
        call_sid = live.record.call_sid
        self._kept.append(live)
        self._by_call[call_sid].remove(live)
        if not self._by_call[call_sid]:
            del self._by_call[call_sid]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("stream.failed", stream_sid=live.record.sid, exc_info=error)
