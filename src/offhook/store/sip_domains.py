"""SIP Domains, as rows, with what the lists mapped to them say about them."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import AccountStatus
from offhook.model.credential import Credential, CredentialList, MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.store.connection import Database
from offhook.store.credential_lists import CREDENTIAL_LIST_LISTING, credential_record, list_record
from offhook.store.dialect import Record
from offhook.store.ip_access_control_lists import ACL_LISTING, acl_record, address_record
from offhook.store.keyset import Listing, count, fetch_page
from offhook.store.ports import Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead
from offhook.store.tables import (
    accounts,
    credential_lists,
    credentials,
    ip_access_control_lists,
    ip_addresses,
    sip_domains,
)
from offhook.store.tables import sip_domain_credential_list_mappings as user_mappings
from offhook.store.tables import sip_domain_ip_acl_mappings as acl_mappings

_DERIVED: Final = frozenset(
    {
        "has_ip_acl",
        "has_credential_list",
        "is_credential_list_first",
        "has_registration_list",
        "is_account_active",
    }
)
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
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def list(self, account_sid: str, page: PageRequest) -> Page[SipDomain]:
        """Domains of the account."""
        query = _wanted().where(sip_domains.c.account_sid == account_sid)
        return await fetch_page(self._database, _LISTING, query, page)

    async def count(self, account_sid: str) -> int:
        """How many domains the account has."""
        return await count(self._database, sip_domains, sip_domains.c.account_sid == account_sid)

    async def find_by_name(self, domain_name: str) -> SipDomain | None:
        """The domain with this name (lower case), whoever owns it: the caller is not known yet."""
        row = await self._database.find(_BY_NAME, domain_name=domain_name)
        return None if row is None else _record(row)

    async def names(self, limit: int) -> Sequence[str]:
        """Names of domains of the node, oldest first, at most so many."""
        query = select(sip_domains.c.domain_name).order_by(sip_domains.c.created_at).limit(limit)
        return [row["domain_name"] for row in await self._database.rows(query)]

    # Access lists

    async def map_ip_acl(
        self, account_sid: str, domain_sid: str, acl_sid: str, now: datetime
    ) -> IpAccessControlList:
        """Let the list's addresses call the domain. Raises: UnknownRecordError, DuplicateError."""
        await self._database.write(
            insert(acl_mappings).values(
                account_sid=account_sid,
                domain_sid=domain_sid,
                ip_access_control_list_sid=acl_sid,
                mapped_at=now,
            )
        )
        acl = await self.mapped_ip_acl(account_sid, domain_sid, acl_sid)
        if acl is None:
            raise UnknownRecordError(f"no access list {acl_sid}")
        return acl

    async def unmap_ip_acl(self, account_sid: str, domain_sid: str, acl_sid: str) -> bool:
        """False when it was not mapped."""
        mapping = delete(acl_mappings).where(
            *_acls_of(account_sid, domain_sid), acl_mappings.c.ip_access_control_list_sid == acl_sid
        )
        return await self._database.write(mapping) > 0

    async def ip_acls(
        self, account_sid: str, domain_sid: str, page: PageRequest
    ) -> Page[IpAccessControlList]:
        """The access lists mapped to a domain."""
        query = _mapped_acls(account_sid, domain_sid)
        return await fetch_page(self._database, ACL_LISTING, query, page)

    async def mapped_ip_acl(
        self, account_sid: str, domain_sid: str, acl_sid: str
    ) -> IpAccessControlList | None:
        """One access list, if it is mapped to the domain."""
        query = _mapped_acls(account_sid, domain_sid).where(ip_access_control_lists.c.sid == acl_sid)
        rows = await self._database.rows(query)
        return acl_record(rows[0]) if rows else None

    async def allowed_addresses(self, domain_sid: str) -> Sequence[IpAddress]:
        """Every entry of every access list mapped to the domain."""
        query = (
            select(ip_addresses)
            .join(
                acl_mappings,
                acl_mappings.c.ip_access_control_list_sid == ip_addresses.c.ip_access_control_list_sid,
            )
            .where(acl_mappings.c.domain_sid == domain_sid)
        )
        return [address_record(row) for row in await self._database.rows(query)]

    # Credential lists

    async def map_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope, now: datetime
    ) -> CredentialList:
        """Let the list's users call, or register at, the domain.

        Raises: UnknownRecordError, DuplicateError.
        """
        await self._database.write(
            insert(user_mappings).values(
                account_sid=account_sid,
                domain_sid=domain_sid,
                credential_list_sid=list_sid,
                scope=scope,
                mapped_at=now,
            )
        )
        mapped = await self.mapped_credential_list(account_sid, domain_sid, list_sid, scope)
        if mapped is None:
            raise UnknownRecordError(f"no credential list {list_sid}")
        return mapped

    async def unmap_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope
    ) -> bool:
        """False when it was not mapped."""
        mapping = delete(user_mappings).where(
            *_users_of(account_sid, domain_sid, scope), user_mappings.c.credential_list_sid == list_sid
        )
        return await self._database.write(mapping) > 0

    async def credential_lists(
        self, account_sid: str, domain_sid: str, scope: MappingScope, page: PageRequest
    ) -> Page[CredentialList]:
        """The credential lists mapped to a domain."""
        query = _mapped_lists(account_sid, domain_sid, scope)
        return await fetch_page(self._database, CREDENTIAL_LIST_LISTING, query, page)

    async def mapped_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope
    ) -> CredentialList | None:
        """One credential list, if it is mapped to the domain."""
        query = _mapped_lists(account_sid, domain_sid, scope).where(credential_lists.c.sid == list_sid)
        rows = await self._database.rows(query)
        return list_record(rows[0]) if rows else None

    async def find_credentials(
        self, domain_sid: str, scope: MappingScope, username: str
    ) -> Sequence[Credential]:
        """Every user of that name (by case) in the lists mapped to the domain, the oldest first."""
        query = (
            select(credentials)
            .join(user_mappings, user_mappings.c.credential_list_sid == credentials.c.credential_list_sid)
            .where(
                user_mappings.c.domain_sid == domain_sid,
                user_mappings.c.scope == scope,
                credentials.c.username == username,
            )
            .order_by(credentials.c.created_at, credentials.c.sid)
        )
        return [credential_record(row) for row in await self._database.rows(query)]


def _wanted() -> Select[Any]:
    """Every column of a domain, and what follows from the lists mapped to it and from its account."""
    mapped_for_calls = (
        user_mappings.c.domain_sid == sip_domains.c.sid,
        user_mappings.c.scope == MappingScope.CALLS,
    )
    users_first = func.coalesce(
        select(func.min(acl_mappings.c.mapped_at))
        .where(acl_mappings.c.domain_sid == sip_domains.c.sid)
        .scalar_subquery()
        > select(func.min(user_mappings.c.mapped_at)).where(*mapped_for_calls).scalar_subquery(),
        False,
    )
    barred = exists().where(
        accounts.c.sid == sip_domains.c.account_sid, accounts.c.status != AccountStatus.ACTIVE
    )
    registration = exists().where(
        user_mappings.c.domain_sid == sip_domains.c.sid, user_mappings.c.scope == MappingScope.REGISTRATIONS
    )
    return select(
        sip_domains,
        exists().where(acl_mappings.c.domain_sid == sip_domains.c.sid).label("has_ip_acl"),
        exists().where(*mapped_for_calls).label("has_credential_list"),
        users_first.label("is_credential_list_first"),
        registration.label("has_registration_list"),
        (~barred).label("is_account_active"),
    )


def _acls_of(account_sid: str, domain_sid: str) -> tuple[ColumnElement[bool], ...]:
    return acl_mappings.c.domain_sid == domain_sid, acl_mappings.c.account_sid == account_sid


def _users_of(account_sid: str, domain_sid: str, scope: MappingScope) -> tuple[ColumnElement[bool], ...]:
    return (
        user_mappings.c.domain_sid == domain_sid,
        user_mappings.c.account_sid == account_sid,
        user_mappings.c.scope == scope,
    )


def _mapped_acls(account_sid: str, domain_sid: str) -> Select[Any]:
    acls = ip_access_control_lists
    return (
        select(acls)
        .join(acl_mappings, acl_mappings.c.ip_access_control_list_sid == acls.c.sid)
        .where(*_acls_of(account_sid, domain_sid))
    )


def _mapped_lists(account_sid: str, domain_sid: str, scope: MappingScope) -> Select[Any]:
    return (
        select(credential_lists)
        .join(user_mappings, user_mappings.c.credential_list_sid == credential_lists.c.sid)
        .where(*_users_of(account_sid, domain_sid, scope))
    )


def _values(domain: SipDomain) -> dict[str, Any]:
    return {name: getattr(domain, name) for name in _COLUMNS}


def _record(row: Record) -> SipDomain:
    values = dict(row)
    return SipDomain(**values | {name: bool(values[name]) for name in _DERIVED})


_BY_SID: Final = KeyedRead(_wanted(), sip_domains.c.sid, sip_domains.c.account_sid)
_BY_NAME: Final = KeyedRead(_wanted(), sip_domains.c.domain_name)
_LISTING: Final = Listing(sip_domains, sip_domains.c.created_at, _record)
