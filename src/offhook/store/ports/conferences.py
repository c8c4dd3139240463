"""Conferences."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from offhook.model.conference import Conference, ConferenceStatus
from offhook.store.ports.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ConferenceFilter:
    """Which are wanted; None is any. Times are inclusive at `from`, exclusive at `until`."""

    friendly_name: str | None = None
    status: ConferenceStatus | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None


class Conferences(Protocol):
    """Records of conferences."""

    def post(self, conference: Conference) -> None:
        """Insert or replace one in the open batch. Raises: StoreBusyError."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> Conference | None:
        """One conference."""
        ...

    async def elsewhere(self, account_sid: str, sid: str) -> str | None:
        """The other node on which a conference runs; None for one of this node's, and one that is over."""
        ...

    async def list(self, account_sid: str, wanted: ConferenceFilter, page: PageRequest) -> Page[Conference]:
        """Conferences of the account."""
        ...

    async def close_left_open(self, now: datetime, *, node: str | None = None) -> int:
        """Complete what a crash left open: whoever was in them has left with it; returns how many.

        node: whose; None is this node's own.
        """
        ...
