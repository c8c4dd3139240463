"""The owner of a call: one task that reads the call's inbox and runs its program beside it.

Everything that happens to a call is taken here one after another, in the order of arrival. The
program (TwiML, `verbs/runner.py`) runs as a second task which acts through the call and is
cancelled when the leg ends, or when another program takes its place. Whatever goes wrong inside one
call ends that call and nothing else.
"""

import asyncio
from typing import Final

import structlog

from offhook.call.call import Call
from offhook.call.exhausted import Exhausted
from offhook.call.inbox import CallCommand, CallInput, Program, ProgramEnded, RunProgram, SetTimeLimit
from offhook.call.leg import LegEvent
from offhook.call.leg_state import LegCause
from offhook.call.outgoing import ELSEWHERE
from offhook.media.ports.event import DigitReceived, MediaFailed, MediaTimedOut
from offhook.model.call import CallStatus
from offhook.sip.event import EndCause, Ended, Referred
from offhook.trace.ports import Kind

log = structlog.get_logger("offhook.call")

TIME_LIMIT_S: Final = 4 * 3600.0
"""Longest call (reference/sip-interface 13: 4 h, code 32015)."""

Q850_TEMPORARY_FAILURE: Final = 41
Q850_TIMER_EXPIRED: Final = 102

PROGRAM_GRACE_S: Final = 2.0
"""How long a cancelled program may take to clean up before the owner goes on without it."""


async def own(call: Call, program: Program, *, time_limit_s: float = TIME_LIMIT_S) -> None:
    """Run a call to its end: its events, its programs, its time limit.

    time_limit_s: from the answer on; before it, from now.
    """
    await _Owner(call, time_limit_s).run(program)


class _Owner:
    def __init__(self, call: Call, time_limit_s: float) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._limit_s = time_limit_s
        self._limited_since = self._loop.time()
        self._is_answered = False
        self._limit: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None

    async def run(self, program: Program) -> None:
        call = self._call
        self._start(program)
        self._arm_limit()
        try:
            while not call.leg.is_ended:
                self._handle(await call.inbox.next())
                call.refresh()
                self._watch_answer()
        finally:
            if self._limit is not None:
                self._limit.cancel()
            if not call.leg.is_ended:
                call.hang_up()
            if self._running is not None:
                self._running.cancel()
                await asyncio.wait([self._running], timeout=PROGRAM_GRACE_S)
            log.info(
                "call.ended",
                call_sid=call.sid,
                status=call.record.status.value,
                sip_status=call.record.sip_response_code,
                duration_s=call.record.duration_s,
                why=call.leg.end.text if call.leg.end is not None else "",
            )
        while not call.leg.is_finished:
            self._handle(await call.inbox.next())
        call.finished.set()
        while call.leg.is_recording:
            self._handle(await call.inbox.next())
        # Nobody reads on. A program's end that waits there would hold the task, its call and so the inbox.
        self._running = None
        call.inbox.pending()

    # The program

    def _start(self, program: Program) -> None:
        """Run a program once the one before it has cleaned up."""
        before = self._running
        if before is not None:
            before.cancel()
        running = asyncio.create_task(self._guarded(program, before))
        running.add_done_callback(lambda _: self._call.inbox.put(ProgramEnded(running)))
        self._running = running

    async def _guarded(self, program: Program, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait([before], timeout=PROGRAM_GRACE_S)
        try:
            await program()
        except asyncio.CancelledError:
            raise
        except Exception:
            # A bug of ours must cost this call only: it is logged whole, told to the account, and ends it.
            log.exception("call.program_failed", call_sid=self._call.sid)
            self._call.note(12400, "Internal failure while the document was run")

    # The time limit

    def _watch_answer(self) -> None:
        """The limit counts from the answer."""
        if not self._is_answered and self._call.record.status is CallStatus.IN_PROGRESS:
            self._is_answered = True
            self._limited_since = self._loop.time()  # the timer finds out when it fires

    def _arm_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self._loop.call_at(self._limited_since + self._limit_s, self._watch_limit)

    def _watch_limit(self) -> None:
        if self._loop.time() < self._limited_since + self._limit_s:
            self._arm_limit()
        else:
            self._call.inbox.put(CallCommand.TIME_IS_UP)

    # What happens

    def _handle(self, item: CallInput) -> None:
        call = self._call
        match item:
            case ProgramEnded(program=program):
                if program is self._running:
                    call.hang_up()
            case RunProgram(program=program):
                if not call.leg.is_ended:
                    self._start(program)
            case SetTimeLimit(limit_s=limit_s):
                self._limit_s = limit_s
                self._arm_limit()
            case CallCommand.END | CallCommand.ELSEWHERE:
                call.hang_up(reason=ELSEWHERE if item is CallCommand.ELSEWHERE else None)
            case CallCommand.CANCEL:
                call.cancel()
            case CallCommand.TIME_IS_UP:
                call.exhausted = Exhausted.TIME
                call.note(
                    32015, f"The call reached its maximum duration of {self._limit_s:.0f} s and was ended"
                )
                call.hang_up(cause=Q850_TIMER_EXPIRED, text="Maximum call duration")
            case MediaTimedOut() if not call.answered.is_set():
                pass  # early media: nobody has to speak before the answer
            case MediaTimedOut(silent_ms=silent_ms):
                call.exhausted = Exhausted.MEDIA
                call.note(32014, f"No RTP from the caller for {silent_ms // 1000} s; the call was ended")
                call.hang_up(cause=Q850_TIMER_EXPIRED, text="No RTP received")
            case MediaFailed():
                call.note(12400, "Internal failure of the media core; the call was ended")
                call.hang_up(cause=Q850_TEMPORARY_FAILURE, text="Media failure")
            case _:
                self._handle_event(item)

    def _handle_event(self, item: LegEvent) -> None:
        call = self._call
        if isinstance(item, Referred):
            call.handle_refer(item)
            return
        was_ended = call.leg.is_ended
        call.leg.handle_event(item)
        if isinstance(item, DigitReceived):
            call.happened(Kind.DIGIT, item.digit)
        if isinstance(item, Ended) and item.cause is EndCause.ACK_MISSING:
            call.note(32022, "The caller did not acknowledge our 200 OK within 32 s; the call was ended")
        end = None if was_ended or not call.leg.is_ended else call.leg.end
        if end is not None and end.cause is LegCause.BROKEN:
            log.warning("call.broken", call_sid=call.sid, why=end.text)
