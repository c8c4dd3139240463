"""News that applications have still to hear."""

from collections.abc import Sequence
from typing import Protocol

from offhook.model.callback import PendingCallback, Subscription


class Callbacks(Protocol):
    """Callbacks that are not delivered yet: written behind the courier, and read at start."""

    def post(self, callback: PendingCallback) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, number: int) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        ...

    async def last_number(self) -> int:
        """The highest number there is, 0 without any."""
        ...

    async def load(self, after: int, until: int, limit: int) -> Sequence[PendingCallback]:
        """Those numbered above `after`, `until` at most, by their number, at most so many."""
        ...


class Subscriptions(Protocol):
    """Who is to be told of the end of what lives: written as it lives, and read at start."""

    def post(self, subscription: Subscription) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, sid: str) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        ...

    async def load(self, after_sid: str, limit: int) -> Sequence[Subscription]:
        """Subscriptions of the node in the order of their Sids, those after `after_sid` ("" is all)."""
        ...
