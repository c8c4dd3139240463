"""Numbers of the node's own, as rows."""

import dataclasses
from operator import eq
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow
from offhook.store.ports import NumberFilter, Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead
from offhook.store.tables import incoming_phone_numbers as numbers

_COLUMNS: Final = [field.name for field in dataclasses.fields(IncomingPhoneNumber)]
_BY_SID: Final = KeyedRead(select(numbers), numbers.c.sid, numbers.c.account_sid)
_BY_NUMBER: Final = KeyedRead(select(numbers), numbers.c.phone_number)


class SqlIncomingPhoneNumbers:
    """`ports.IncomingPhoneNumbers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, number: IncomingPhoneNumber) -> None:
        """Raises: DuplicateError when somebody has the number, UnknownRecordError without its application."""
        await self._database.write(insert(numbers).values(_values(number)))

    async def update(self, number: IncomingPhoneNumber) -> None:
        """Replace. Raises: UnknownRecordError without the number, or without its application."""
        mine = (numbers.c.sid == number.sid, numbers.c.account_sid == number.account_sid)
        if not await self._database.write(update(numbers).where(*mine).values(_values(number))):
            raise UnknownRecordError(f"no number {number.sid}")

    async def delete(self, account_sid: str, sid: str) -> bool:
        """False when there is none."""
        mine = (numbers.c.sid == sid, numbers.c.account_sid == account_sid)
        return await self._database.write(delete(numbers).where(*mine)) > 0

    async def fetch(self, account_sid: str, sid: str) -> IncomingPhoneNumber | None:
        """One number."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def find_by_number(self, phone_number: str) -> IncomingPhoneNumber | None:
        """The number in E.164, whoever owns it: the caller is not known yet."""
        row = await self._database.find(_BY_NUMBER, phone_number=phone_number)
        return None if row is None else _record(row)

    async def list(
        self, account_sid: str, wanted: NumberFilter, page: PageRequest
    ) -> Page[IncomingPhoneNumber]:
        """Numbers of the account."""
        query = narrow(
            select(numbers).where(numbers.c.account_sid == account_sid),
            (numbers.c.friendly_name, eq, wanted.friendly_name),
            (numbers.c.phone_number, _holds, wanted.phone_number),
            (numbers.c.trunk_sid, eq, wanted.trunk_sid),
        )
        return await fetch_page(self._database, _LISTING, query, page)


def _holds(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a part of it looks so, `*` being any digit."""
    pattern = part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("*", "_")
    return column.like(f"%{pattern}%", escape="\\")


def _values(number: IncomingPhoneNumber) -> dict[str, Any]:
    return {name: getattr(number, name) for name in _COLUMNS}


def _record(row: Record) -> IncomingPhoneNumber:
    return IncomingPhoneNumber(**row)


_LISTING: Final = Listing(numbers, numbers.c.created_at, _record)
