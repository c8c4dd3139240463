"""The node's one digest realm, kept from the first start: every stored password is bound to it.

Called by the roof at start. Sources: design 1.3 (`sip_realm`); reference/sip-interface 2.
"""

from dataclasses import dataclass
from typing import Final

from offhook.store.ports import Store

_KEY: Final = "sip_realm"


@dataclass(frozen=True, slots=True)
class Realm:
    """What callers are asked in the name of."""

    name: str
    refused: str | None = None
    """Another one that the settings ask for, which cannot be had while there are passwords; else None."""


async def settle_realm(wanted: str | None, default: str, store: Store) -> Realm:
    """The realm of this node.

    wanted: the setting; None takes what is kept, else `default`. Where no password is stored yet, the setting
    is free; afterwards it stays what it was, since the hashes of the passwords are good for that realm only.
    Raises: StoreBusyError.
    """
    kept = await store.kept_settings.fetch(_KEY)
    name = wanted or kept or default
    if name == kept:
        return Realm(name)
    if kept is not None and await store.credential_lists.is_any():
        return Realm(kept, refused=name)
    await store.kept_settings.save(_KEY, name)
    return Realm(name)
