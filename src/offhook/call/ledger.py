"""What is written down about calls: their records and the notifications of the debugger log.

The call path never waits for the database (`store/ports`: `post`); a queue that is full loses no
call, only tells the operator. Made once by the roof, used by every `call/call.py`.
"""

from datetime import datetime
from typing import Protocol

import structlog

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.model.call import Call as CallRecord
from offhook.model.error_code import describe
from offhook.model.notification import Notification, RequestSummary
from offhook.store.ports import Store, StoreBusyError
from offhook.trace.ports import Facts, Kind, Tracing

log = structlog.get_logger("offhook.call")


class Noted(Protocol):
    """What can be noted about: a call, or as much of it as is still known."""

    @property
    def sid(self) -> str:
        """CallSid."""
        ...

    @property
    def account_sid(self) -> str:
        """Whose it is."""
        ...


class Ledger:
    """Writes calls and notifications into the store, with the time they are written; and into the traces."""

    def __init__(self, store: Store, clock: Clock, chance: Chance, tracing: Tracing | None = None) -> None:
        """tracing: keeps what happens on calls; None keeps nothing."""
        self._store = store
        self._clock = clock
        self._chance = chance
        self._tracing = tracing

    def now(self) -> datetime:
        """The moment, for records."""
        return self._clock.utc_now()

    def new_call_sid(self) -> str:
        """A CallSid."""
        return self.new_sid("CA")

    def new_sid(self, prefix: str) -> str:
        """A Sid of something that belongs to a call."""
        return new_sid(prefix, self._chance)

    def write(self, call: CallRecord) -> None:
        """Insert or replace a call's record."""
        if self._tracing is not None:
            self._trace(call, self._tracing)
        try:
            self._store.calls.post(call)
        except StoreBusyError as error:
            log.error("call.record_lost", call_sid=call.sid, status=call.status.value, error=str(error))

    def _trace(self, call: CallRecord, tracing: Tracing) -> None:
        tracing.open(call.sid, call.account_sid, call.parent_call_sid, call.created_at)
        if call.sip_call_id is not None:
            tracing.claim(call.sid, call.sip_call_id)
        tracing.add(call.sid, Kind.STATUS, call.status.value)
        if call.status.is_final:
            tracing.close(call.sid)

    def happened(self, call_sid: str, kind: Kind, text: str, facts: Facts = ()) -> None:
        """Put something that happened on a call into its trace."""
        if self._tracing is not None:
            self._tracing.add(call_sid, kind, text, facts)

    def note(self, call: Noted, error_code: int, text: str, request: RequestSummary | None = None) -> None:
        """Write a notification about a call; its level is the code's."""
        about = request or RequestSummary()
        self.happened(call.sid, Kind.NOTE, text, (("code", error_code),))
        log.info("call.noted", call_sid=call.sid, error_code=error_code, text=text)
        notification = Notification(
            sid=new_sid("NO", self._chance),
            account_sid=call.account_sid,
            call_sid=call.sid,
            error_code=error_code,
            log=describe(error_code).level,
            message_text=text,
            message_date=self.now(),
            request_method=about.method,
            request_url=about.url,
            request_variables=about.variables,
            response_headers=about.response_headers,
            response_body=about.response_body,
        )
        try:
            self._store.notifications.post(notification)
        except StoreBusyError as error:
            log.error("call.notification_lost", call_sid=call.sid, error_code=error_code, error=str(error))
