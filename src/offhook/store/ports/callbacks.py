"""News that applications have still to hear."""

from collections.abc import Sequence
from typing import Protocol

from offhook.model.callback import PendingCallback, Subscription


class Callbacks(Protocol):
    """Callbacks that are not delivered yet: written behind the courier, and read at start."""

    def post(self, callback: PendingCallback) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, number: int, *, node: str | None = None) -> None:
        """Delete one of a node's in the open batch. Raises: StoreBusyError."""
        ...

    async def last_number(self, *, node: str | None = None) -> int:
        """The highest number there is of a node, 0 without any. node: None is this one."""
        ...

    async def load(
        self, after: int, until: int, limit: int, *, node: str | None = None
    ) -> Sequence[PendingCallback]:
        """Those of a node numbered above `after`, `until` at most, by their number, at most so many."""
        ...


class Subscriptions(Protocol):
    """Who is to be told of the end of what lives: written as it lives, and read at start."""

    def post(self, subscription: Subscription) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, sid: str) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        ...

    async def load(self, after_sid: str, limit: int, *, node: str | None = None) -> Sequence[Subscription]:
        """Subscriptions of a node in the order of their Sids, those after `after_sid` ("" is all).

        node: None is this one.
        """
        ...
