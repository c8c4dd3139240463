"""Applications, as rows."""

import dataclasses
from operator import eq
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from offhook.model.application import Application
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, count, fetch_page, narrow
from offhook.store.ports import Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead
from offhook.store.tables import applications

_COLUMNS: Final = [field.name for field in dataclasses.fields(Application)]
_PUBLIC: Final = KeyedRead(
    select(applications).where(applications.c.public_application_connect_enabled), applications.c.sid
)
_BY_SID: Final = KeyedRead(select(applications), applications.c.sid, applications.c.account_sid)


class SqlApplications:
    """`ports.Applications`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, application: Application) -> None:
        """A new one."""
        await self._database.write(insert(applications).values(_values(application)))

    async def update(self, application: Application) -> None:
        """Replace. Raises: UnknownRecordError."""
        mine = (
            applications.c.sid == application.sid,
            applications.c.account_sid == application.account_sid,
        )
        if not await self._database.write(update(applications).where(*mine).values(_values(application))):
            raise UnknownRecordError(f"no application {application.sid}")

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete; numbers that referred to it refer to none. False when there is none."""
        mine = (applications.c.sid == sid, applications.c.account_sid == account_sid)
        return await self._database.write(delete(applications).where(*mine)) > 0

    async def fetch(self, account_sid: str, sid: str) -> Application | None:
        """One application."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def find_public(self, sid: str) -> Application | None:
        """The application, whoever's it is, that others may call."""
        row = await self._database.find(_PUBLIC, sid=sid)
        return None if row is None else _record(row)

    async def list(
        self, account_sid: str, page: PageRequest, *, friendly_name: str | None = None
    ) -> Page[Application]:
        """Applications of the account."""
        query = narrow(
            select(applications).where(applications.c.account_sid == account_sid),
            (applications.c.friendly_name, eq, friendly_name),
        )
        return await fetch_page(self._database, _LISTING, query, page)

    async def count(self, account_sid: str) -> int:
        """How many applications the account has."""
        return await count(self._database, applications, applications.c.account_sid == account_sid)


def _values(application: Application) -> dict[str, Any]:
    return {name: getattr(application, name) for name in _COLUMNS}


def _record(row: Record) -> Application:
    return Application(**row)


_LISTING: Final = Listing(applications, applications.c.created_at, _record)
