"""Is there what `default_domain` and `default_trunk` name?"""

from offhook.config.settings import NodeSettings
from offhook.doctor.finding import Finding, fine, warning
from offhook.routing.defaults import missing_domain, missing_trunk
from offhook.routing.sip_domain import DomainNames
from offhook.store.ports import Store


async def examine_defaults(settings: NodeSettings, account_sid: str, store: Store) -> list[Finding]:
    """A finding for each of them that is set. Raises: StoreBusyError."""
    found = []
    if (wanted := settings.default_domain) is not None:
        missing = await missing_domain(wanted, DomainNames(settings.domain_suffixes), store)
        remedy = f"correct OFFHOOK_DEFAULT_DOMAIN, or make it: offhook domain create {wanted}"
        if missing is None:
            found.append(fine("domain", f"default_domain {wanted} is there"))
        else:
            found.append(warning("domain", f"default_domain: {missing.told('SIP Domain')}", remedy))
    if (wanted := settings.default_trunk) is not None:
        missing = await missing_trunk(account_sid, wanted, store)
        remedy = f"correct OFFHOOK_DEFAULT_TRUNK, or make it: offhook trunk create {wanted}"
        if missing is None:
            found.append(fine("trunk", f"default_trunk {wanted} is there"))
        else:
            found.append(warning("trunk", f"default_trunk: {missing.told('BYOC trunk')}", remedy))
    return found
