"""What other nodes of the same database change, for this one to notice. Run by the roof: design 2.4."""

import asyncio
from typing import Final

from offhook.store.ports import Store, StoreBusyError
from offhook.switchboard.carrier_registrations import CarrierRegistrations

CARRIERS_EVERY_S: Final = 10.0
REFRESH_ACCESS_EVERY_S: Final = 1.0


async def refresh_carriers(carriers: CarrierRegistrations) -> None:
    """Take up the registrations that other nodes have made, changed or ended."""
    while True:
        await asyncio.sleep(CARRIERS_EVERY_S)
        try:
            await carriers.refresh()
        except StoreBusyError:
            continue  # as in refresh_access


async def refresh_access(store: Store) -> None:
    """Notice what other nodes change about who may call or register."""
    while True:
        await asyncio.sleep(REFRESH_ACCESS_EVERY_S)
        try:
            await store.refresh_access()
        except StoreBusyError:
            continue  # the writer has told the operator; what was changed is noticed the next time
