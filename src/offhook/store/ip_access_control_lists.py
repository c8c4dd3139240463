"""IP access control lists and their entries, as rows."""

import dataclasses
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, count, fetch_page
from offhook.store.list_mappings import mapped_to
from offhook.store.ports import InUseError, Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead
from offhook.store.tables import ip_access_control_lists as acls
from offhook.store.tables import ip_addresses

_ACL_COLUMNS: Final = [field.name for field in dataclasses.fields(IpAccessControlList)]
_ADDRESS_COLUMNS: Final = [field.name for field in dataclasses.fields(IpAddress)]
_BY_SID: Final = KeyedRead(select(acls), acls.c.sid, acls.c.account_sid)
_ADDRESS_BY_SID: Final = KeyedRead(
    select(ip_addresses),
    ip_addresses.c.sid,
    ip_addresses.c.account_sid,
    ip_addresses.c.ip_access_control_list_sid,
)


class SqlIpAccessControlLists:
    """`ports.IpAccessControlLists`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, acl: IpAccessControlList) -> None:
        """Raises: DuplicateError when the account has one of that name."""
        await self._database.write(insert(acls).values(_acl_values(acl)))

    async def update(self, acl: IpAccessControlList) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        mine = (acls.c.sid == acl.sid, acls.c.account_sid == acl.account_sid)
        if not await self._database.write(update(acls).where(*mine).values(_acl_values(acl))):
            raise UnknownRecordError(f"no access list {acl.sid}")

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its entries. Raises: InUseError, which names what it is mapped to."""
        mine = (acls.c.sid == sid, acls.c.account_sid == account_sid)
        try:
            return await self._database.write(delete(acls).where(*mine)) > 0
        except UnknownRecordError as error:
            raise InUseError(await mapped_to(self._database, account_sid, sid)) from error

    async def fetch(self, account_sid: str, sid: str) -> IpAccessControlList | None:
        """One list."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else acl_record(row)

    async def list(self, account_sid: str, page: PageRequest) -> Page[IpAccessControlList]:
        """Lists of the account."""
        query = select(acls).where(acls.c.account_sid == account_sid)
        return await fetch_page(self._database, ACL_LISTING, query, page)

    async def insert_address(self, address: IpAddress) -> None:
        """Raises: DuplicateError when the list has that block, UnknownRecordError without the list."""
        await self._database.write(insert(ip_addresses).values(_address_values(address)))

    async def update_address(self, address: IpAddress) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        mine = (
            ip_addresses.c.sid == address.sid,
            ip_addresses.c.account_sid == address.account_sid,
            ip_addresses.c.ip_access_control_list_sid == address.ip_access_control_list_sid,
        )
        if not await self._database.write(update(ip_addresses).where(*mine).values(_address_values(address))):
            raise UnknownRecordError(f"no address {address.sid}")

    async def delete_address(self, account_sid: str, acl_sid: str, sid: str) -> bool:
        """False when there is none."""
        removed = await self._database.write(
            delete(ip_addresses).where(
                ip_addresses.c.sid == sid,
                ip_addresses.c.account_sid == account_sid,
                ip_addresses.c.ip_access_control_list_sid == acl_sid,
            )
        )
        return removed > 0

    async def fetch_address(self, account_sid: str, acl_sid: str, sid: str) -> IpAddress | None:
        """One entry."""
        row = await self._database.find(
            _ADDRESS_BY_SID, account_sid=account_sid, ip_access_control_list_sid=acl_sid, sid=sid
        )
        return None if row is None else address_record(row)

    async def addresses(self, account_sid: str, acl_sid: str, page: PageRequest) -> Page[IpAddress]:
        """Entries of a list."""
        query = select(ip_addresses).where(
            ip_addresses.c.account_sid == account_sid,
            ip_addresses.c.ip_access_control_list_sid == acl_sid,
        )
        return await fetch_page(self._database, _ADDRESS_LISTING, query, page)

    async def count(self, account_sid: str) -> int:
        """How many lists the account has."""
        return await count(self._database, acls, acls.c.account_sid == account_sid)

    async def count_addresses(self, account_sid: str, acl_sid: str) -> int:
        """How many entries a list has."""
        return await count(
            self._database,
            ip_addresses,
            ip_addresses.c.account_sid == account_sid,
            ip_addresses.c.ip_access_control_list_sid == acl_sid,
        )


def acl_record(row: Record) -> IpAccessControlList:
    """The access list in a row of its table."""
    return IpAccessControlList(**row)


def address_record(row: Record) -> IpAddress:
    """The entry in a row of its table."""
    return IpAddress(**{name: row[name] for name in _ADDRESS_COLUMNS})


def _acl_values(acl: IpAccessControlList) -> dict[str, Any]:
    return {name: getattr(acl, name) for name in _ACL_COLUMNS}


def _address_values(address: IpAddress) -> dict[str, Any]:
    return {name: getattr(address, name) for name in _ADDRESS_COLUMNS} | {"network": str(address.network)}


ACL_LISTING: Final = Listing(acls, acls.c.created_at, acl_record)
"""How access lists are listed, those of a domain included."""
_ADDRESS_LISTING: Final = Listing(ip_addresses, ip_addresses.c.created_at, address_record)
