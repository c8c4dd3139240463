"""What an account does to a call of its own that is alive: end it, redirect it, change how long it may last.

    completed -> answered: BYE, `completed`; not answered yet: CANCEL or 480, `canceled`
    canceled  -> not answered yet: the same; answered: refused, it is too late
    redirect  -> the document that runs is stopped, another one begins

Called by `rest/api/calls.py`. Source: reference/rest-api 2.2, twiml 2.
"""

from dataclasses import dataclass
from typing import Final

from offhook.call.inbox import CallCommand, RunProgram, SetTimeLimit
from offhook.call.progress import StatusCallback
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus
from offhook.switchboard.live_calls import LiveCall, LiveCalls
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from offhook.waiting.timeout import timeout

SETTLE_S: Final = 2.0
"""How long is waited for the end of a call, so that who ended it reads its final record."""


@dataclass(frozen=True, slots=True)
class CallUpdate:
    """What is to change; checked already. None leaves a thing as it is."""

    status: CallStatus | None = None
    """COMPLETED or CANCELED."""
    start: GoTo | InlineDocument | None = None
    """The document that takes over."""
    fallback: GoTo | None = None
    """Asked when it fails, in place of the one there was."""
    time_limit_s: float | None = None
    """From the answer on."""
    status_callback: StatusCallback | None = None
    """Who is told how it goes, in place of those who were."""


class NotInProgressError(Exception):
    """The call is not in the state that the change needs."""


async def update_call(account_sid: str, sid: str, update: CallUpdate, calls: LiveCalls) -> CallRecord | None:
    """Change a live call and give its record as it is then; None when it is not alive here.

    Raises: NotInProgressError for a redirect of a call that nobody answered yet, and `canceled` for one
    that somebody did.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.record.status.is_final:
        return None
    if update.status is CallStatus.CANCELED and live.call.record.answered_at is not None:
        raise NotInProgressError("Call is in-progress. It can be ended with Status=completed, not canceled.")
    if update.start is not None and not _is_in_progress(live.call.record):
        raise NotInProgressError("Call is not in-progress. Cannot redirect.")
    inbox = live.call.inbox
    if update.time_limit_s is not None:
        inbox.put(SetTimeLimit(update.time_limit_s))
    if update.status_callback is not None and live.call.progress is not None:
        live.call.progress.redirect(update.status_callback)
    if update.start is not None:
        _redirect(live, update.start, update.fallback)
    if update.status is not None:
        is_answered = live.call.record.answered_at is not None
        inbox.put(CallCommand.END if is_answered else CallCommand.CANCEL)
        await _settled(live)
    return live.call.record


def _is_in_progress(record: CallRecord) -> bool:
    """Whether a document runs on it: from the answer on, on a call that came in from its arrival on."""
    return record.answered_at is not None or record.direction.is_inbound


def _redirect(live: LiveCall, start: GoTo | InlineDocument, fallback: GoTo | None) -> None:
    live.runner = live.runner.redirected(start, fallback)
    live.call.inbox.put(RunProgram(live.runner.run))


async def _settled(live: LiveCall) -> None:
    try:
        async with timeout(SETTLE_S):
            await live.call.ended.wait()
    except TimeoutError:
        return  # its owner is stuck behind something: the record tells the truth later
