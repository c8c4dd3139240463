"""A SIP Domain with its access list, made or brought up to date: what `make run` needs to take a call.

Called by `app.py`. Safe to repeat: Domain and list are found again by their names.
"""

import ipaddress
from dataclasses import dataclass, replace
from typing import Final

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.sip_domain import SipDomain
from offhook.store.ports import DuplicateError, PageRequest, Store

ALL: Final = PageRequest(size=1000)
"""Access lists and their entries stay below this (reference/rest-api 4.3)."""

LIST_NAME: Final = "Callers of {}"
ENTRY_NAME: Final = "Let in by offhook serve"
"""By it an entry is known again that a later start need not want any more; those of others stay."""


@dataclass(frozen=True, slots=True)
class WantedDomain:
    """What the Domain shall be."""

    account_sid: str
    domain_name: str
    """Whole host name, lower case."""
    friendly_name: str
    voice_url: str
    callers: tuple[ipaddress.IPv4Network, ...]
    """Who may call; those of an earlier start may not any longer."""
    takes_registrations: bool = False
    """Whether phones may register, whom `provide_phone.py` then lets in; False leaves it as it is."""


async def provide_domain(wanted: WantedDomain, store: Store, clock: Clock, chance: Chance) -> SipDomain:
    """Make the Domain answer at the wanted URL for the wanted callers.

    Raises: DuplicateError when another account has that name.
    """
    now = clock.utc_now()
    domain = await store.sip_domains.find_by_name(wanted.domain_name)
    if domain is None:
        domain = SipDomain(
            sid=new_sid("SD", chance),
            account_sid=wanted.account_sid,
            domain_name=wanted.domain_name,
            friendly_name=wanted.friendly_name,
            voice_url=wanted.voice_url,
            sip_registration=wanted.takes_registrations,
            created_at=now,
            updated_at=now,
        )
        await store.sip_domains.insert(domain)
    elif domain.account_sid != wanted.account_sid:
        raise DuplicateError(f"SIP Domain {wanted.domain_name} belongs to another account")
    else:
        registers = domain.sip_registration or wanted.takes_registrations
        changed = replace(domain, voice_url=wanted.voice_url, sip_registration=registers)
        if changed != domain:
            domain = replace(changed, updated_at=now)
            await store.sip_domains.update(domain)
    acl_sid = await _provide_list(domain, store, clock, chance)
    await _provide_callers(wanted, acl_sid, store, clock, chance)
    return domain


async def _provide_list(domain: SipDomain, store: Store, clock: Clock, chance: Chance) -> str:
    name = LIST_NAME.format(domain.domain_name)
    mapped = await store.sip_domains.ip_acls(domain.account_sid, domain.sid, ALL)
    for acl in mapped.items:
        if acl.friendly_name == name:
            return acl.sid
    now = clock.utc_now()
    acl = IpAccessControlList(
        sid=new_sid("AL", chance),
        account_sid=domain.account_sid,
        friendly_name=name,
        created_at=now,
        updated_at=now,
    )
    await store.ip_access_control_lists.insert(acl)
    await store.sip_domains.map_ip_acl(domain.account_sid, domain.sid, acl.sid, now)
    return acl.sid


async def _provide_callers(
    wanted: WantedDomain, acl_sid: str, store: Store, clock: Clock, chance: Chance
) -> None:
    lists = store.ip_access_control_lists
    listed = await lists.addresses(wanted.account_sid, acl_sid, ALL)
    for entry in listed.items:
        if entry.friendly_name == ENTRY_NAME and entry.network not in wanted.callers:
            await lists.delete_address(wanted.account_sid, acl_sid, entry.sid)
    known = {entry.network for entry in listed.items}
    now = clock.utc_now()
    for network in wanted.callers:
        if network not in known:
            await lists.insert_address(
                IpAddress(
                    sid=new_sid("IP", chance),
                    account_sid=wanted.account_sid,
                    ip_access_control_list_sid=acl_sid,
                    friendly_name=ENTRY_NAME,
                    ip_address=str(network.network_address),
                    cidr_prefix_length=network.prefixlen,
                    created_at=now,
                    updated_at=now,
                )
            )
            known.add(network)
