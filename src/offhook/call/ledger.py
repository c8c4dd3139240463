"""What is written down about calls: their records and the notifications of the debugger log.

The call path never waits for the database (`store/ports`: `post`); a queue that is full loses no
call, only tells the operator. Made once by the roof, used by every `call/call.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.model.call import Call as CallRecord
from offhook.model.error_code import describe
from offhook.model.notification import Notification
from offhook.store.ports import Store, StoreBusyError

log = structlog.get_logger("offhook.call")


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """The webhook request that a notification is about."""

    method: str = ""
    url: str = ""
    variables: str = ""
    """Form-encoded."""


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
    """Writes calls and notifications into the store, with the time they are written."""

    def __init__(self, store: Store, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance

    def now(self) -> datetime:
        """The moment, for records."""
        return self._clock.utc_now()

    def new_call_sid(self) -> str:
        """A CallSid."""
        return new_sid("CA", self._chance)

    def write(self, call: CallRecord) -> None:
        """Insert or replace a call's record."""
        try:
            self._store.calls.post(call)
        except StoreBusyError as error:
            log.error("call.record_lost", call_sid=call.sid, status=call.status.value, error=str(error))

    def note(self, call: Noted, error_code: int, text: str, request: RequestSummary | None = None) -> None:
        """Write a notification about a call; its level is the code's."""
        about = request or RequestSummary()
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
        )
        try:
            self._store.notifications.post(notification)
        except StoreBusyError as error:
            log.error("call.notification_lost", call_sid=call.sid, error_code=error_code, error=str(error))
