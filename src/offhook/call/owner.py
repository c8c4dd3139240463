"""The owner of a call: one task that reads the call's inbox and runs its program beside it.

Everything that happens to a call is taken here one after another, in the order of arrival. The
program (TwiML, `verbs/runner.py`) runs as a second task which acts through the call and is
cancelled when the leg ends. Whatever goes wrong inside one call ends that call and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from offhook.call.call import Call
from offhook.call.inbox import CallCommand, CallInput
from offhook.call.leg_state import LegCause
from offhook.media.ports import MediaFailed, MediaTimedOut
from offhook.sip.event import EndCause, Ended

log = structlog.get_logger("offhook.call")

TIME_LIMIT_S: Final = 4 * 3600.0
"""Longest call (reference/sip-interface 13: 4 h, code 32015)."""

Q850_TEMPORARY_FAILURE: Final = 41
Q850_TIMER_EXPIRED: Final = 102

PROGRAM_GRACE_S: Final = 2.0
"""How long a cancelled program may take to clean up before the owner goes on without it."""


async def own(
    call: Call, program: Callable[[], Awaitable[None]], *, time_limit_s: float = TIME_LIMIT_S
) -> None:
    """Run a call to its end: its events, its program, its time limit."""
    loop = asyncio.get_running_loop()
    running = asyncio.ensure_future(_guarded(call, program))
    running.add_done_callback(lambda _: call.inbox.put(CallCommand.PROGRAM_ENDED))
    limit = loop.call_later(time_limit_s, call.inbox.put, CallCommand.TIME_IS_UP)
    try:
        while not call.leg.is_ended:
            _handle(call, await call.inbox.next(), time_limit_s)
            call.refresh()
    finally:
        limit.cancel()
        if not call.leg.is_ended:
            call.hang_up()
        running.cancel()
        await asyncio.wait([running], timeout=PROGRAM_GRACE_S)
        log.info(
            "call.ended",
            call_sid=call.sid,
            status=call.record.status.value,
            sip_status=call.record.sip_response_code,
            duration_s=call.record.duration_s,
            why=call.leg.end.text if call.leg.end is not None else "",
        )
    while not call.leg.is_finished:
        _handle(call, await call.inbox.next(), time_limit_s)


async def _guarded(call: Call, program: Callable[[], Awaitable[None]]) -> None:
    try:
        await program()
    except asyncio.CancelledError:
        raise
    except Exception:
        # A bug of ours must cost this call only: it is logged whole, told to the account, and the call ends.
        log.exception("call.program_failed", call_sid=call.sid)
        call.note(12400, "Internal failure while the document was run")


def _handle(call: Call, item: CallInput, time_limit_s: float) -> None:
    match item:
        case CallCommand.PROGRAM_ENDED | CallCommand.END:
            call.hang_up()
        case CallCommand.TIME_IS_UP:
            call.note(32015, f"The call reached its maximum duration of {time_limit_s:.0f} s and was ended")
            call.hang_up(cause=Q850_TIMER_EXPIRED, text="Maximum call duration")
        case MediaTimedOut(silent_ms=silent_ms):
            call.note(32014, f"No RTP from the caller for {silent_ms // 1000} s; the call was ended")
            call.hang_up(cause=Q850_TIMER_EXPIRED, text="No RTP received")
        case MediaFailed():
            call.note(12400, "Internal failure of the media core; the call was ended")
            call.hang_up(cause=Q850_TEMPORARY_FAILURE, text="Media failure")
        case _:
            call.leg.handle_event(item)
            if isinstance(item, Ended) and item.cause is EndCause.ACK_MISSING:
                call.note(32022, "The caller did not acknowledge our 200 OK within 32 s; the call was ended")
            if call.leg.is_ended and call.leg.end is not None and call.leg.end.cause is LegCause.BROKEN:
                log.warning("call.broken", call_sid=call.sid, why=call.leg.end.text)
