"""What ends registrations by itself: their time, and what allowed them. Run by the roof."""

import asyncio
from typing import Final

from offhook.base.clock import Clock
from offhook.registrar.registrar import Registrar
from offhook.store.ports import StoreBusyError

EXPIRE_EVERY_S: Final = 5.0


async def keep_up(registrar: Registrar, clock: Clock) -> None:
    """Forget registrations that are over or not allowed any more; look-ups are right without it."""
    while True:
        await asyncio.sleep(EXPIRE_EVERY_S)
        registrar.expire(clock.monotonic())
        try:
            await registrar.review()
        except StoreBusyError:
            continue  # the writer has told the operator; what was changed is looked at the next time
