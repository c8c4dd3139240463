"""SIP Domains and the access lists mapped to them, as rows."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, delete, exists, insert, select, update

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.sip_domain import SipDomain
from offhook.store import ip_access_control_lists as lists
from offhook.store.connection import Database
from offhook.store.keyset import Listing, fetch_page
from offhook.store.ports import Page, PageRequest, UnknownRecordError
from offhook.store.tables import ip_access_control_lists, ip_addresses, sip_domains
from offhook.store.tables import sip_domain_ip_acl_mappings as mappings

_DERIVED: Final = frozenset({"has_ip_acl", "has_credential_list"})
_COLUMNS: Final = [field.name for field in dataclasses.fields(SipDomain) if field.name not in _DERIVED]


class SqlSipDomains:
    """`ports.SipDomains`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, domain: SipDomain) -> None:
        """Raises: DuplicateError when the name is taken, by whomever."""
        await self._database.write(insert(sip_domains).values(_values(domain)))

    async def update(self, domain: SipDomain) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        mine = (sip_domains.c.sid == domain.sid, sip_domains.c.account_sid == domain.account_sid)
        if not await self._database.write(update(sip_domains).where(*mine).values(_values(domain))):
            raise UnknownRecordError(f"no SIP Domain {domain.sid}")

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its mappings. False when there is none."""
        mine = (sip_domains.c.sid == sid, sip_domains.c.account_sid == account_sid)
        return await self._database.write(delete(sip_domains).where(*mine)) > 0

    async def fetch(self, account_sid: str, sid: str) -> SipDomain | None:
        """One domain."""
        row = await self._database.row(
            _wanted().where(sip_domains.c.sid == sid, sip_domains.c.account_sid == account_sid)
        )
        return None if row is None else _record(row)

    async def list(self, account_sid: str, page: PageRequest) -> Page[SipDomain]:
        """Domains of the account."""
        return await fetch_page(
            self._database,
            _LISTING,
            _wanted().where(sip_domains.c.account_sid == account_sid),
            account_sid,
            page,
        )

    async def find_by_name(self, domain_name: str) -> SipDomain | None:
        """The domain with this name (lower case), whoever owns it: the caller is not known yet."""
        row = await self._database.row(_wanted().where(sip_domains.c.domain_name == domain_name))
        return None if row is None else _record(row)

    async def map_ip_acl(self, account_sid: str, domain_sid: str, acl_sid: str) -> IpAccessControlList:
        """Let the list's addresses call the domain. Raises: UnknownRecordError, DuplicateError."""
        await self._database.write(
            insert(mappings).values(
                account_sid=account_sid, domain_sid=domain_sid, ip_access_control_list_sid=acl_sid
            )
        )
        row = await self._database.row(
            select(ip_access_control_lists).where(ip_access_control_lists.c.sid == acl_sid)
        )
        if row is None:
            raise UnknownRecordError(f"no access list {acl_sid}")
        return lists.acl_record(row)

    async def unmap_ip_acl(self, account_sid: str, domain_sid: str, acl_sid: str) -> bool:
        """False when it was not mapped."""
        removed = await self._database.write(
            delete(mappings).where(
                mappings.c.account_sid == account_sid,
                mappings.c.domain_sid == domain_sid,
                mappings.c.ip_access_control_list_sid == acl_sid,
            )
        )
        return removed > 0

    async def ip_acls(
        self, account_sid: str, domain_sid: str, page: PageRequest
    ) -> Page[IpAccessControlList]:
        """The lists mapped to a domain."""
        acls = ip_access_control_lists
        query = (
            select(acls)
            .join(mappings, mappings.c.ip_access_control_list_sid == acls.c.sid)
            .where(mappings.c.domain_sid == domain_sid, mappings.c.account_sid == account_sid)
        )
        return await fetch_page(self._database, lists.ACL_LISTING, query, account_sid, page)

    async def allowed_addresses(self, domain_sid: str) -> Sequence[IpAddress]:
        """Every entry of every list mapped to the domain."""
        query = (
            select(ip_addresses)
            .join(
                mappings,
                mappings.c.ip_access_control_list_sid == ip_addresses.c.ip_access_control_list_sid,
            )
            .where(mappings.c.domain_sid == domain_sid)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [lists.address_record(row) for row in rows]


def _wanted() -> Select[Any]:
    """Every column of a domain, and whether an access list is mapped to it."""
    has_ip_acl = exists().where(mappings.c.domain_sid == sip_domains.c.sid).label("has_ip_acl")
    return select(sip_domains, has_ip_acl)


def _values(domain: SipDomain) -> dict[str, Any]:
    return {name: getattr(domain, name) for name in _COLUMNS}


def _record(row: Row[Any]) -> SipDomain:
    values = dict(row._mapping)
    values["has_ip_acl"] = bool(values["has_ip_acl"])
    return SipDomain(**values)


_LISTING: Final = Listing(sip_domains, sip_domains.c.created_at, _record)
