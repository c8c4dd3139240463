"""What an application is told of a call's progress: initiated, ringing, answered, completed.

Derived from the call at each change of it, told once each and in order. While the call lives the store
knows who is to be told of its end, so that the next node can when this one dies. Made by whoever begins the
call, fed by `call/call.py`; the courier carries it. Source: reference/twiml 12.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from offhook.base.redact import Secret
from offhook.call.courier import Courier
from offhook.model.call import Call as CallRecord
from offhook.model.callback import Subscription
from offhook.webhook.ports import CallRecording, ProgressEvent, ProgressNews

ORDER: Final = tuple(ProgressEvent)
"""In which they happen."""


@dataclass(frozen=True, slots=True)
class StatusCallback:
    """Where news of a call go, and which."""

    url: str
    """Absolute."""
    method: str = "POST"
    """GET or POST."""
    events: frozenset[ProgressEvent] = frozenset({ProgressEvent.COMPLETED})
    """Without a choice of its own an application is told the end only."""


class Progress:
    """One application's news of one call."""

    def __init__(self, callback: StatusCallback | None, auth_token: Secret, courier: Courier) -> None:
        """callback: None until somebody wants to know."""
        self._callback = callback
        self._auth_token = auth_token
        self._courier = courier
        self._passed: set[ProgressEvent] = set()
        self._sent = 0
        self._record: CallRecord | None = None
        self._remembered: Subscription | None = None

    def redirect(self, callback: StatusCallback) -> None:
        """Tell what follows there, in place of where it was told."""
        self._callback = callback
        self._remember()

    def follow(
        self,
        record: CallRecord,
        *,
        alerted_at: datetime | None = None,
        recorded: CallRecording | None = None,
    ) -> None:
        """Tell what the call has come to. alerted_at: when a callee's phone began to ring (180, 183)."""
        for event in _reached(record, is_alerted=alerted_at is not None):
            if event not in self._passed:
                self._passed.add(event)
                news = record
                if event is ProgressEvent.RINGING and alerted_at is not None:
                    news = replace(record, updated_at=alerted_at)  # ringing itself changes no record
                self._tell(event, news, recorded)
        self._record = record
        self._remember()

    def _tell(self, event: ProgressEvent, record: CallRecord, recorded: CallRecording | None) -> None:
        if self._callback is None or event not in self._callback.events:
            return
        news = ProgressNews(
            url=self._callback.url,
            method=self._callback.method,
            event=event,
            call=record,
            sequence_number=self._sent,
            auth_token=self._auth_token,
            recording=recorded if event is ProgressEvent.COMPLETED else None,
        )
        self._sent += 1
        self._courier.send(record, news)

    def _remember(self) -> None:
        """Keep what the store knows of who is told of the end: last of all, behind the news themselves."""
        if self._record is None:
            return
        subscription = self._subscription(self._record)
        if subscription == self._remembered:
            return
        self._remembered = subscription
        if subscription is None:
            self._courier.forget(self._record.sid)
        else:
            self._courier.remember(subscription)

    def _subscription(self, record: CallRecord) -> Subscription | None:
        callback = self._callback
        if callback is None or record.status.is_final or ProgressEvent.COMPLETED not in callback.events:
            return None
        return Subscription(
            sid=record.sid,
            account_sid=record.account_sid,
            created_at=record.created_at,
            url=callback.url,
            method=callback.method,
            events=frozenset(event.value for event in callback.events),
            sequence_number=self._sent,
        )


def _reached(record: CallRecord, *, is_alerted: bool) -> Iterable[ProgressEvent]:
    """The events that lie behind a call as it is."""
    if record.started_at is None:
        return  # it waits for its turn, or was canceled while it did: nothing is told (reference/twiml 12.1)
    yield ProgressEvent.INITIATED
    if is_alerted:
        yield ProgressEvent.RINGING
    if record.answered_at is not None:
        yield ProgressEvent.ANSWERED
    if record.status.is_final:
        yield ProgressEvent.COMPLETED
