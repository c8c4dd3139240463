"""Elastic SIP trunks, as rows, with what the lists mapped to them say about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, exists, insert, select

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import AccountStatus
from offhook.model.credential import Credential, CredentialList
from offhook.model.trunk import Trunk
from offhook.store.connection import Database
from offhook.store.credential_lists import CREDENTIAL_LIST_LISTING, credential_record, list_record
from offhook.store.dialect import Record
from offhook.store.ip_access_control_lists import ACL_LISTING, acl_record, address_record
from offhook.store.keyset import fetch_page
from offhook.store.ports import Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead
from offhook.store.records import SqlRecords
from offhook.store.tables import (
    accounts,
    credential_lists,
    credentials,
    ip_access_control_lists,
    ip_addresses,
    trunks,
)
from offhook.store.tables import trunk_credential_list_mappings as user_mappings
from offhook.store.tables import trunk_ip_acl_mappings as acl_mappings

_DERIVED: Final = frozenset({"has_ip_acl", "has_credential_list", "is_account_active"})


class SqlTrunks(SqlRecords[Trunk]):
    """`ports.Trunks`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, trunks, Trunk, "trunk", wanted=_wanted(), derived=_DERIVED)
        self._by_name = KeyedRead(_wanted(), trunks.c.domain_name)

    async def find_by_name(self, domain_name: str) -> Trunk | None:
        """The trunk with this name (lower case), whoever owns it: the caller is not known yet."""
        row = await self._database.find(self._by_name, domain_name=domain_name)
        return None if row is None else self._record(row)

    def _record(self, row: Record) -> Trunk:
        return Trunk(**{name: row[name] for name in self._columns} | _derived(row))

    # Access lists

    async def map_ip_acl(
        self, account_sid: str, trunk_sid: str, acl_sid: str, now: datetime
    ) -> IpAccessControlList:
        """Let the list's addresses call the trunk. Raises: UnknownRecordError, DuplicateError."""
        await self._database.write(
            insert(acl_mappings).values(
                account_sid=account_sid,
                trunk_sid=trunk_sid,
                ip_access_control_list_sid=acl_sid,
                mapped_at=now,
            )
        )
        acl = await self.mapped_ip_acl(account_sid, trunk_sid, acl_sid)
        if acl is None:
            raise UnknownRecordError(f"no access list {acl_sid}")
        return acl

    async def unmap_ip_acl(self, account_sid: str, trunk_sid: str, acl_sid: str) -> bool:
        """False when it was not mapped."""
        mapping = delete(acl_mappings).where(
            *_acls_of(account_sid, trunk_sid), acl_mappings.c.ip_access_control_list_sid == acl_sid
        )
        return await self._database.write(mapping) > 0

    async def ip_acls(self, account_sid: str, trunk_sid: str, page: PageRequest) -> Page[IpAccessControlList]:
        """The access lists mapped to a trunk."""
        return await fetch_page(self._database, ACL_LISTING, _mapped_acls(account_sid, trunk_sid), page)

    async def mapped_ip_acl(
        self, account_sid: str, trunk_sid: str, acl_sid: str
    ) -> IpAccessControlList | None:
        """One access list, if it is mapped to the trunk."""
        query = _mapped_acls(account_sid, trunk_sid).where(ip_access_control_lists.c.sid == acl_sid)
        rows = await self._database.rows(query)
        return acl_record(rows[0]) if rows else None

    async def allowed_addresses(self, trunk_sid: str) -> Sequence[IpAddress]:
        """Every entry of every access list mapped to the trunk."""
        query = (
            select(ip_addresses)
            .join(
                acl_mappings,
                acl_mappings.c.ip_access_control_list_sid == ip_addresses.c.ip_access_control_list_sid,
            )
            .where(acl_mappings.c.trunk_sid == trunk_sid)
        )
        return [address_record(row) for row in await self._database.rows(query)]

    # Credential lists

    async def map_credential_list(
        self, account_sid: str, trunk_sid: str, list_sid: str, now: datetime
    ) -> CredentialList:
        """Let the list's users call the trunk. Raises: UnknownRecordError, DuplicateError."""
        await self._database.write(
            insert(user_mappings).values(
                account_sid=account_sid, trunk_sid=trunk_sid, credential_list_sid=list_sid, mapped_at=now
            )
        )
        mapped = await self.mapped_credential_list(account_sid, trunk_sid, list_sid)
        if mapped is None:
            raise UnknownRecordError(f"no credential list {list_sid}")
        return mapped

    async def unmap_credential_list(self, account_sid: str, trunk_sid: str, list_sid: str) -> bool:
        """False when it was not mapped."""
        mapping = delete(user_mappings).where(
            *_users_of(account_sid, trunk_sid), user_mappings.c.credential_list_sid == list_sid
        )
        return await self._database.write(mapping) > 0

    async def credential_lists(
        self, account_sid: str, trunk_sid: str, page: PageRequest
    ) -> Page[CredentialList]:
        """The credential lists mapped to a trunk."""
        query = _mapped_lists(account_sid, trunk_sid)
        return await fetch_page(self._database, CREDENTIAL_LIST_LISTING, query, page)

    async def mapped_credential_list(
        self, account_sid: str, trunk_sid: str, list_sid: str
    ) -> CredentialList | None:
        """One credential list, if it is mapped to the trunk."""
        query = _mapped_lists(account_sid, trunk_sid).where(credential_lists.c.sid == list_sid)
        rows = await self._database.rows(query)
        return list_record(rows[0]) if rows else None

    async def find_credentials(self, trunk_sid: str, username: str) -> Sequence[Credential]:
        """Every user of that name (by case) in the lists mapped to the trunk, the oldest first."""
        query = (
            select(credentials)
            .join(user_mappings, user_mappings.c.credential_list_sid == credentials.c.credential_list_sid)
            .where(user_mappings.c.trunk_sid == trunk_sid, credentials.c.username == username)
            .order_by(credentials.c.created_at, credentials.c.sid)
        )
        return [credential_record(row) for row in await self._database.rows(query)]


def _wanted() -> Select[Any]:
    """Every column of a trunk, and what follows from the lists mapped to it and from its account."""
    barred = exists().where(accounts.c.sid == trunks.c.account_sid, accounts.c.status != AccountStatus.ACTIVE)
    return select(
        trunks,
        exists().where(acl_mappings.c.trunk_sid == trunks.c.sid).label("has_ip_acl"),
        exists().where(user_mappings.c.trunk_sid == trunks.c.sid).label("has_credential_list"),
        (~barred).label("is_account_active"),
    )


def _derived(row: Record) -> dict[str, bool]:
    return {name: bool(row[name]) for name in _DERIVED}


def _acls_of(account_sid: str, trunk_sid: str) -> tuple[ColumnElement[bool], ...]:
    return acl_mappings.c.trunk_sid == trunk_sid, acl_mappings.c.account_sid == account_sid


def _users_of(account_sid: str, trunk_sid: str) -> tuple[ColumnElement[bool], ...]:
    return user_mappings.c.trunk_sid == trunk_sid, user_mappings.c.account_sid == account_sid


def _mapped_acls(account_sid: str, trunk_sid: str) -> Select[Any]:
    acls = ip_access_control_lists
    return (
        select(acls)
        .join(acl_mappings, acl_mappings.c.ip_access_control_list_sid == acls.c.sid)
        .where(*_acls_of(account_sid, trunk_sid))
    )


def _mapped_lists(account_sid: str, trunk_sid: str) -> Select[Any]:
    return (
        select(credential_lists)
        .join(user_mappings, user_mappings.c.credential_list_sid == credential_lists.c.sid)
        .where(*_users_of(account_sid, trunk_sid))
    )
