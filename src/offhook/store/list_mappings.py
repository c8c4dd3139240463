"""What a credential list or an IP access control list is mapped to: SIP Domains, and elastic SIP trunks.

Used by `credential_lists.py` and `ip_access_control_lists.py`, of a list that cannot be deleted.
"""

from typing import Final

from sqlalchemy import select

from offhook.store.connection import Database
from offhook.store.tables import (
    sip_domain_credential_list_mappings,
    sip_domain_ip_acl_mappings,
    sip_domains,
    trunk_credential_list_mappings,
    trunk_ip_acl_mappings,
    trunks,
)

_MAPPINGS: Final = (
    (sip_domain_credential_list_mappings, trunk_credential_list_mappings, "credential_list_sid"),
    (sip_domain_ip_acl_mappings, trunk_ip_acl_mappings, "ip_access_control_list_sid"),
)


async def mapped_to(database: Database, account_sid: str, sid: str) -> str:
    """In words, as `SIP Domain office.sip.localhost and trunk pbx.pstn.localhost`.

    sid: of a list, of either kind.
    """
    names: list[str] = []
    for of_domains, of_trunks, lists in _MAPPINGS:
        domains = (
            select(sip_domains.c.domain_name)
            .join(of_domains, of_domains.c.domain_sid == sip_domains.c.sid)
            .where(of_domains.c[lists] == sid, of_domains.c.account_sid == account_sid)
            .distinct()  # for calls and for registrations
            .order_by(sip_domains.c.domain_name)
        )
        names += [f"SIP Domain {row['domain_name']}" for row in await database.rows(domains)]
        called = (
            select(trunks.c.sid, trunks.c.friendly_name, trunks.c.domain_name)
            .join(of_trunks, of_trunks.c.trunk_sid == trunks.c.sid)
            .where(of_trunks.c[lists] == sid, of_trunks.c.account_sid == account_sid)
            .order_by(trunks.c.sid)
        )
        for row in await database.rows(called):
            names.append(f"trunk {row['domain_name'] or row['friendly_name'] or row['sid']}")
    return " and ".join(names)
