"""Which trunk a call to a phone number goes by: the one that was asked for, else the node's default.

Called by the switchboard when it dials, and by the API before it promises to. No I/O but the store.
Source: reference/sip-interface 8.2; `default_trunk` is ours, Twilio has the world's carriers in its place.
"""

from offhook.base.ids import is_sid
from offhook.model.byoc_trunk import ByocTrunk
from offhook.store.ports import Store


async def find_trunk(
    account_sid: str, byoc: str | None, default: str | None, store: Store
) -> ByocTrunk | None:
    """The account's trunk; None when there is none.

    byoc: the Sid that was asked for. default: the setting, a Sid or a friendly name. Raises: StoreBusyError.
    """
    wanted = byoc or default
    if wanted is None:
        return None
    if is_sid(wanted, "BY"):
        return await store.byoc_trunks.fetch(account_sid, wanted)
    return await store.byoc_trunks.find_named(account_sid, wanted)
