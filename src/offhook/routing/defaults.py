"""Whether there is what `default_domain` and `default_trunk` name: where not, calls fail that look right.

Asked by the roof at start, which says so, and by the doctor. No I/O but the store.
"""

from typing import Final

from offhook.base.frozen import frozen
from offhook.base.nearest import nearest
from offhook.routing.sip_domain import DomainNames
from offhook.routing.trunk import find_trunk
from offhook.store.ports import PageRequest, Store

KNOWN_MAX: Final = 1_000
"""Names that are compared."""


@frozen
class Missing:
    """A setting that names nothing."""

    wanted: str
    """As it was written."""
    near: tuple[str, ...]
    """Names like it that are there."""

    def told(self, what: str) -> str:
        """In a sentence. what: it is, such as "SIP Domain"."""
        meant = f"; there is {' and '.join(self.near)}" if self.near else ""
        return f"there is no {what} {self.wanted} yet{meant}"


async def missing_domain(wanted: str, names: DomainNames, store: Store) -> Missing | None:
    """None where the SIP Domain is there. Raises: StoreBusyError."""
    for spelling in names.spellings(names.full_name(wanted)):
        if await store.sip_domains.find_by_name(spelling) is not None:
            return None
    # Suffixes are alike: names alone are compared.
    known = {each.partition(".")[0]: each for each in await store.sip_domains.names(KNOWN_MAX)}
    return Missing(wanted, tuple(known[each] for each in nearest(wanted.partition(".")[0], known)))


async def missing_trunk(account_sid: str, wanted: str, store: Store) -> Missing | None:
    """None where the account has the BYOC trunk. Raises: StoreBusyError."""
    if await find_trunk(account_sid, None, wanted, store) is not None:
        return None
    page = await store.byoc_trunks.list(account_sid, PageRequest(size=KNOWN_MAX))
    return Missing(wanted, nearest(wanted, {trunk.friendly_name for trunk in page.items}))
