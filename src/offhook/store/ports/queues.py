"""Queues."""

from typing import Protocol

from offhook.model.queue import Queue
from offhook.store.ports.records import Records


class Queues(Records[Queue], Protocol):
    """Queues; DuplicateError is that the account has one of the name."""

    async def find_named(self, account_sid: str, friendly_name: str) -> Queue | None:
        """The account's queue of that name."""
        ...
