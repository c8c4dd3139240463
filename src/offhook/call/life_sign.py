"""The node's sign of life: a moment kept in the store, by which calls that a crash cut are closed.

Written once a second while there are calls, through the one queue of writes: what the calls had come to
before it is committed before it, so a call that the store shows open was open then. Where nodes share the
store it is written without calls as well, every few seconds: whose is older than 12 s has died, and one of
the others closes what it left. Run by the roof.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from offhook.base.clock import Clock
from offhook.store.ports import KeptSettings, StoreBusyError

PREFIX: Final = "lived_until:"
"""Followed by the name of the node."""
EVERY_S: Final = 1.0
"""How far the end of a call that a crash cut may be off."""
IDLE_EVERY: Final = 5
"""A node without calls writes it every so many of these, where others watch it."""
DEAD_AFTER_S: Final = 12.0
"""Two signs that did not come, and time for a database that was busy."""


class LifeSign:
    """Written by the node that lives, read by the one after it, and by the others of its store.

    is_shared: whether there may be others.
    """

    def __init__(self, kept: KeptSettings, clock: Clock, node: str = "", *, is_shared: bool = False) -> None:
        self._kept = kept
        self._clock = clock
        self._node = node
        self._is_shared = is_shared

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._clock.utc_now()

    async def last(self) -> datetime | None:
        """When the node last gave one; None when it never had a call. Raises: StoreBusyError."""
        kept = await self._kept.fetch(PREFIX + self._node)
        return None if kept is None else datetime.fromisoformat(kept)

    async def give(self, calls: Callable[[], int]) -> None:
        """Give it for as long as this runs. calls: how many there are."""
        if self._is_shared:
            await self.write()
        idle = 0
        while True:
            await asyncio.sleep(EVERY_S)
            idle = 0 if calls() else idle + 1
            if not idle or (self._is_shared and idle % IDLE_EVERY == 0):
                await self.write()

    async def write(self) -> None:
        """Give it now. A database that does not answer misses it."""
        try:
            await self._kept.save(PREFIX + self._node, self._clock.utc_now().isoformat())
        except StoreBusyError:
            return  # the writer has told the operator; the sign of the next second takes its place

    async def bury(self) -> dict[str, datetime]:
        """The other nodes that died, and when they last lived: each is told to one of those that live, once.

        Raises: StoreBusyError.
        """
        dead: dict[str, datetime] = {}
        now = self._clock.utc_now()
        for node, kept in (await self._kept.fetch_all(PREFIX)).items():
            lived_until = datetime.fromisoformat(kept)
            is_silent = (now - lived_until).total_seconds() > DEAD_AFTER_S
            if node != self._node and is_silent and await self._kept.remove(PREFIX + node, kept):
                dead[node] = lived_until
        return dead
