"""Credential lists and their users, as rows."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from offhook.base.redact import Secret
from offhook.model.credential import Credential, CredentialList
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, count, fetch_page
from offhook.store.list_mappings import mapped_to
from offhook.store.ports import InUseError, Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead
from offhook.store.tables import credential_lists, credentials

_LIST_COLUMNS: Final = [field.name for field in dataclasses.fields(CredentialList)]
_CREDENTIAL_COLUMNS: Final = [field.name for field in dataclasses.fields(Credential)]
_SECRETS: Final = ("ha1_md5", "ha1_sha256")
_BY_SID: Final = KeyedRead(select(credential_lists), credential_lists.c.sid, credential_lists.c.account_sid)
_CREDENTIAL_BY_SID: Final = KeyedRead(
    select(credentials), credentials.c.sid, credentials.c.account_sid, credentials.c.credential_list_sid
)


class SqlCredentialLists:
    """`ports.CredentialLists`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, credential_list: CredentialList) -> None:
        """Raises: DuplicateError when the account has one of that name."""
        await self._database.write(insert(credential_lists).values(_list_values(credential_list)))

    async def update(self, credential_list: CredentialList) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        mine = _list(credential_list.account_sid, credential_list.sid)
        change = update(credential_lists).where(*mine).values(_list_values(credential_list))
        if not await self._database.write(change):
            raise UnknownRecordError(f"no credential list {credential_list.sid}")

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its users. Raises: InUseError, which names what it is mapped to."""
        try:
            return await self._database.write(delete(credential_lists).where(*_list(account_sid, sid))) > 0
        except UnknownRecordError as error:
            raise InUseError(await mapped_to(self._database, account_sid, sid)) from error

    async def fetch(self, account_sid: str, sid: str) -> CredentialList | None:
        """One list."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else list_record(row)

    async def list(self, account_sid: str, page: PageRequest) -> Page[CredentialList]:
        """Lists of the account."""
        query = select(credential_lists).where(credential_lists.c.account_sid == account_sid)
        return await fetch_page(self._database, CREDENTIAL_LIST_LISTING, query, page)

    async def count(self, account_sid: str) -> int:
        """How many lists the account has."""
        return await count(self._database, credential_lists, credential_lists.c.account_sid == account_sid)

    async def insert_credential(self, credential: Credential) -> None:
        """Raises: DuplicateError when the list has that user, UnknownRecordError without the list."""
        await self._database.write(insert(credentials).values(_credential_values(credential)))

    async def update_credential(self, credential: Credential) -> None:
        """Replace. Raises: UnknownRecordError."""
        mine = _credential(credential.account_sid, credential.credential_list_sid, credential.sid)
        change = update(credentials).where(*mine).values(_credential_values(credential))
        if not await self._database.write(change):
            raise UnknownRecordError(f"no credential {credential.sid}")

    async def delete_credential(self, account_sid: str, list_sid: str, sid: str) -> bool:
        """False when there is none."""
        mine = _credential(account_sid, list_sid, sid)
        return await self._database.write(delete(credentials).where(*mine)) > 0

    async def fetch_credential(self, account_sid: str, list_sid: str, sid: str) -> Credential | None:
        """One user."""
        row = await self._database.find(
            _CREDENTIAL_BY_SID, account_sid=account_sid, credential_list_sid=list_sid, sid=sid
        )
        return None if row is None else credential_record(row)

    async def credentials(self, account_sid: str, list_sid: str, page: PageRequest) -> Page[Credential]:
        """Users of a list."""
        query = select(credentials).where(*_users_of(account_sid, list_sid))
        return await fetch_page(self._database, _CREDENTIAL_LISTING, query, page)

    async def count_credentials(self, account_sid: str, list_sid: str) -> int:
        """How many users a list has."""
        return await count(self._database, credentials, *_users_of(account_sid, list_sid))

    async def with_user(self, account_sid: str, username: str) -> Sequence[CredentialList]:
        """The lists of the account that have a user of that name (by case), the oldest first."""
        query = (
            select(credential_lists)
            .join(credentials, credentials.c.credential_list_sid == credential_lists.c.sid)
            .where(credentials.c.account_sid == account_sid, credentials.c.username == username)
            .order_by(credential_lists.c.created_at, credential_lists.c.sid)
        )
        return [list_record(row) for row in await self._database.rows(query)]

    async def is_any(self) -> bool:
        """Whether any account has a user, so that the node's realm is bound."""
        return bool(await self._database.rows(select(credentials.c.sid).limit(1)))


def list_record(row: Record) -> CredentialList:
    """The credential list in a row of its table."""
    return CredentialList(**row)


def credential_record(row: Record) -> Credential:
    """The user in a row of its table."""
    values = dict(row)
    return Credential(**values | {name: Secret(values[name]) for name in _SECRETS})


def _list(account_sid: str, sid: str) -> tuple[ColumnElement[bool], ...]:
    return credential_lists.c.sid == sid, credential_lists.c.account_sid == account_sid


def _users_of(account_sid: str, list_sid: str) -> tuple[ColumnElement[bool], ...]:
    return credentials.c.account_sid == account_sid, credentials.c.credential_list_sid == list_sid


def _credential(account_sid: str, list_sid: str, sid: str) -> tuple[ColumnElement[bool], ...]:
    return credentials.c.sid == sid, *_users_of(account_sid, list_sid)


def _list_values(credential_list: CredentialList) -> dict[str, Any]:
    return {name: getattr(credential_list, name) for name in _LIST_COLUMNS}


def _credential_values(credential: Credential) -> dict[str, Any]:
    values = {name: getattr(credential, name) for name in _CREDENTIAL_COLUMNS}
    return values | {name: values[name].reveal() for name in _SECRETS}


CREDENTIAL_LIST_LISTING: Final = Listing(credential_lists, credential_lists.c.created_at, list_record)
"""How credential lists are listed, those of a domain included."""
_CREDENTIAL_LISTING: Final = Listing(credentials, credentials.c.created_at, credential_record)
