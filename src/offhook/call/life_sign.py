"""The node's sign of life: a moment kept in the store, by which calls that a crash cut are closed.

Written once a second while there are calls, through the one queue of writes: what the calls had come to
before it is committed before it, so a call that the store shows open was open then. Run by the roof.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from offhook.base.clock import Clock
from offhook.store.ports import KeptSettings, StoreBusyError

NAME: Final = "lived_until"
EVERY_S: Final = 1.0
"""How far the end of a call that a crash cut may be off."""


class LifeSign:
    """Written by the node that lives, read by the one after it."""

    def __init__(self, kept: KeptSettings, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock

    async def last(self) -> datetime | None:
        """When the node last gave one; None when it never had a call. Raises: StoreBusyError."""
        kept = await self._kept.fetch(NAME)
        return None if kept is None else datetime.fromisoformat(kept)

    async def give(self, calls: Callable[[], int]) -> None:
        """Give it for as long as this runs. calls: how many there are."""
        while True:
            await asyncio.sleep(EVERY_S)
            if calls():
                await self.write()

    async def write(self) -> None:
        """Give it now. A database that does not answer misses it."""
        try:
            await self._kept.save(NAME, self._clock.utc_now().isoformat())
        except StoreBusyError:
            return  # the writer has told the operator; the sign of the next second takes its place
