"""Call: what the customer sees of a leg, from its arrival to its closed record.

Identity, the record derived from the leg, and the inbox in which everything that happens to the
call waits for its owner (`call/owner.py`), in order. Operations have their own files.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.call.inbox import Inbox
from offhook.call.leg import Leg, LegCause, LegState
from offhook.model import call as records
from offhook.model.call import CallStatus
from offhook.model.error_code import describe
from offhook.model.notification import Notification
from offhook.store.ports import Store, StoreBusyError

log = structlog.get_logger("offhook.call")

ERROR_HEADER: Final = "X-Twilio-Error"
"""Carries `<code> <text>` on refusals (reference/sip-interface 15)."""

@dataclass(frozen=True, slots=True)
class Request:
    """The webhook request that a notification is about."""

    method: str = ""
    url: str = ""
    variables: str = ""
    response_body: str = ""


class Call:
    """One live call. `record` is its resource as of now; every change of it goes to the store."""

    def __init__(
        self, record: records.Call, leg: Leg, inbox: Inbox, store: Store, clock: Clock, chance: Chance
    ) -> None:
        self.record = record
        self.leg = leg
        self.inbox = inbox
        self._store = store
        self._clock = clock
        self._chance = chance
        self._refused_as: CallStatus | None = None
        store.calls.post(record)

    @property
    def sid(self) -> str:
        """CallSid."""
        return self.record.sid

    @property
    def identity_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers by which a peer names this call to support (reference/sip-interface 0)."""
        return (("X-Twilio-CallSid", self.record.sid), ("X-Twilio-AccountSid", self.record.account_sid))

    # Operations that verbs ask for

    def answer(self) -> None:
        """Answer the call if it is not answered yet. Raises: NoFreePortError."""
        self.leg.answer(self.identity_headers)
        self.refresh()

    def refuse(self, sip_status: int, as_status: CallStatus, *, error_code: int | None = None) -> None:
        """Turn down an unanswered call.

        error_code: told to the peer in `X-Twilio-Error` and to the account in a notification.
        """
        self._refused_as = as_status
        headers = self.identity_headers
        if error_code is not None:
            headers = (*headers, error_header(error_code))
        self.leg.refuse(sip_status, headers=headers)
        self.refresh()

    def hang_up(self, *, cause: int = 16, text: str = "Normal call clearing") -> None:
        """End the call.

        cause: Q.850 cause of the Reason header (RFC 3326; 16 is normal clearing).
        """
        reason = ("Reason", f'Q.850;cause={cause};text="{text}"')
        self.leg.hang_up((reason, *self.identity_headers), text)
        self.refresh()

    # The record

    def refresh(self) -> None:
        """Derive the record from the leg and hand it to the store when it changed."""
        now = self._clock.utc_now()
        status = self._status()
        if status is self.record.status:
            return
        changes = replace(self.record, status=status, updated_at=now)
        if status is CallStatus.IN_PROGRESS:
            changes = replace(changes, answered_at=now, started_at=now, sip_response_code=200)
        if status.is_final:
            ended_at = max(now, changes.answered_at or now)  # the wall clock may have been set back
            sip_status = self.leg.end.sip_status if self.leg.end is not None else None
            changes = replace(changes, ended_at=ended_at, sip_response_code=sip_status)
        self.record = changes
        self._post_record()

    def _status(self) -> CallStatus:
        match self.leg.state:
            case LegState.INCOMING | LegState.DIALLING:
                return CallStatus.RINGING
            case LegState.ANSWERED:
                return CallStatus.IN_PROGRESS
            case LegState.ENDED:
                return self._final_status()

    def _final_status(self) -> CallStatus:
        if self.record.answered_at is not None:
            return CallStatus.COMPLETED
        if self._refused_as is not None:
            return self._refused_as
        cause = self.leg.end.cause if self.leg.end is not None else LegCause.BROKEN
        # An inbound call given up by either side before its answer is no-answer (reference/sip-interface 0).
        return CallStatus.FAILED if cause is LegCause.BROKEN else CallStatus.NO_ANSWER

    def _post_record(self) -> None:
        try:
            self._store.calls.post(self.record)
        except StoreBusyError:
            log.error("call.record_lost", call_sid=self.sid, status=self.record.status)

    def note(self, error_code: int, text: str, request: Request | None = None) -> None:
        """Write a notification about this call into the debugger log."""
        about = request or Request()
        level = describe(error_code).level
        log.info("call.noted", call_sid=self.sid, error_code=error_code, text=text)
        notification = Notification(
            sid=new_sid("NO", self._chance),
            account_sid=self.record.account_sid,
            call_sid=self.sid,
            error_code=error_code,
            log=level,
            message_text=text,
            message_date=self._clock.utc_now(),
            request_method=about.method,
            request_url=about.url,
            request_variables=about.variables,
            response_body=about.response_body,
        )
        try:
            self._store.notifications.post(notification)
        except StoreBusyError:
            log.error("call.notification_lost", call_sid=self.sid, error_code=error_code)

    def age(self) -> timedelta:
        """Time since the call was created."""
        return self._clock.utc_now() - self.record.created_at


def error_header(error_code: int) -> tuple[str, str]:
    """`X-Twilio-Error: <code> <text>` (reference/sip-interface 15)."""
    return (ERROR_HEADER, f"{error_code} {describe(error_code).text}")
