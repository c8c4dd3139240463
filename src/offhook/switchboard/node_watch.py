"""What a node that died has left is closed by one of those that live, where they share a database.

Its calls end as of its last sign of life, who waits for their end is told, and its callbacks are carried.
Its recordings it closes itself when it starts again: their files are on its disk. Made by the roof.
Source: design 2.4.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.call.life_sign import LifeSign
from offhook.recording.tell_left import tell_left
from offhook.store.ports import Store, StoreBusyError
from offhook.switchboard.left_open import close_calls_left_open

log = structlog.get_logger("offhook.switchboard")

EVERY_S: Final = 2.0


class NodeWatch:
    """Watches the other nodes of the store. base_url: where the API of this one is."""

    def __init__(
        self,
        store: Store,
        sign: LifeSign,
        courier: Courier,
        ledger: Ledger,
        *,
        base_url: Callable[[], str],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._sign = sign
        self._courier = courier
        self._base_url = base_url
        self._dead: dict[str, datetime] = {}
        """Whose affairs are ours to close now, and when they last lived."""

    async def watch(self) -> None:
        """For as long as this runs. What fails again and again for one reason is logged once."""
        failure = ""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                self._dead |= await self._sign.bury()
                for node, lived_until in tuple(self._dead.items()):
                    await self._close(node, lived_until)
                    del self._dead[node]
                failure = ""
            except StoreBusyError as error:
                if failure != str(error):
                    failure = str(error)
                    log.warning("node.take_over_failed", error=failure)

    async def _close(self, node: str, lived_until: datetime) -> None:
        now = self._sign.now()
        calls = await close_calls_left_open(self._store, self._ledger, lived_until, node=node)
        await self._store.conferences.close_left_open(now, node=node)
        await (await self._courier.carry_of(node))  # what was due before the end comes before it
        told = await tell_left(self._store, self._courier, self._base_url(), node=node)
        log.warning("node.taken_over", node=node, lived_until=lived_until.isoformat(), calls=calls, told=told)
