"""Calls, and what the account is told about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from offhook.model.call import Call, CallStatus
from offhook.model.notification import Notification
from offhook.store.ports.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; None is any. Times are inclusive at `from`, exclusive at `until`."""

    to: str | None = None
    from_: str | None = None
    parent_call_sid: str | None = None
    sip_call_id: str | None = None
    status: CallStatus | None = None
    started_from: datetime | None = None
    started_until: datetime | None = None
    ended_from: datetime | None = None
    ended_until: datetime | None = None


class Calls(Protocol):
    """Call records."""

    def post(self, call: Call) -> None:
        """Insert or replace a call in the open batch.

        Raises: StoreBusyError.
        """
        ...

    async def fetch(self, account_sid: str, sid: str) -> Call | None:
        """One call."""
        ...

    async def list(self, account_sid: str, wanted: CallFilter, page: PageRequest) -> Page[Call]:
        """Calls of the account."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete the record of a call that ended, with its notifications. False when there is none."""
        ...

    async def elsewhere(self, account_sid: str, sid: str) -> str | None:
        """The other node on which a call is alive; None for one of this node's, and one that is over."""
        ...

    async def left_open(self, *, node: str | None = None) -> Sequence[Call]:
        """Calls that have not ended. node: whose, as below."""
        ...

    async def close_left_open(
        self, now: datetime, lived_until: datetime | None = None, *, node: str | None = None
    ) -> int:
        """End as `failed` (or `completed` if answered) what a crash left open; returns how many.

        node: whose calls, of those that share the store; None is this node's own.

        A call ends when it was last known to live: when it last changed, or at `lived_until`, the last sign
        of life of the node that had it, whichever is later. What it did after that nobody knows.
        """
        ...


class Notifications(Protocol):
    """The debugger log."""

    def post(self, notification: Notification) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> Notification | None:
        """One notification."""
        ...

    async def list(
        self,
        account_sid: str,
        page: PageRequest,
        *,
        call_sid: str | None = None,
        log: int | None = None,
        message_from: datetime | None = None,
        message_until: datetime | None = None,
    ) -> Page[Notification]:
        """Notifications of the account or of one call. `message_until` itself is left out."""
        ...
