"""Records that are made, changed, deleted and listed, as rows: what their nouns have in common.

The columns of the table are the fields of the record. Called by the files of this room whose noun has more to
it than this, and by `database.py` for those that have not.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Column, Select, Table, delete, insert, select, update

from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, count, fetch_page
from offhook.store.ports import InUseError, Page, PageRequest, UnknownRecordError
from offhook.store.prepared import KeyedRead

T = TypeVar("T")


class SqlRecords(Generic[T]):
    """`ports.Records`.

    kind: the dataclass of one record. noun: what it is called in an error. wanted: what is read of it; None
    is the table. derived: fields that are no columns, which whoever asks for them reads.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        kind: type[T],
        noun: str,
        *,
        wanted: Select[Any] | None = None,
        derived: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._table: Final = table
        self._kind = kind
        self._noun = noun
        names = (field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]
        self._columns = [name for name in names if name not in derived]
        self._wanted = select(table) if wanted is None else wanted
        self._by_sid = KeyedRead(self._wanted, table.c.sid, table.c.account_sid)
        self._listing: Listing[T] = Listing(table, table.c.created_at, self._record)

    async def insert(self, record: T) -> None:
        """Raises: DuplicateError, UnknownRecordError for what it refers to."""
        await self._database.write(insert(self._table).values(self._values(record)))

    async def update(self, record: T) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError for it and for what it refers to."""
        values = self._values(record)
        table = self._table
        mine = (table.c.sid == values["sid"], table.c.account_sid == values["account_sid"])
        if not await self._database.write(update(table).where(*mine).values(values)):
            raise UnknownRecordError(f"no {self._noun} {values['sid']}")

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete, with what is part of it. False when there is none. Raises: InUseError."""
        mine = (self._table.c.sid == sid, self._table.c.account_sid == account_sid)
        try:
            return await self._database.write(delete(self._table).where(*mine)) > 0
        except UnknownRecordError as error:
            raise InUseError(f"{self._noun} {sid} is referred to") from error

    async def fetch(self, account_sid: str, sid: str) -> T | None:
        """One record."""
        row = await self._database.find(self._by_sid, account_sid=account_sid, sid=sid)
        return None if row is None else self._record(row)

    async def list(self, account_sid: str, page: PageRequest) -> Page[T]:
        """A page of them, newest first."""
        query = self._wanted.where(self._table.c.account_sid == account_sid)
        return await fetch_page(self._database, self._listing, query, page)

    async def count(self, account_sid: str) -> int:
        """How many there are."""
        return await count(self._database, self._table, self._table.c.account_sid == account_sid)

    def _values(self, record: T) -> dict[str, Any]:
        return {name: getattr(record, name) for name in self._columns}

    def _record(self, row: Record) -> T:
        return self._kind(**{name: row[name] for name in self._columns})


class SqlParts(SqlRecords[T]):
    """`ports.Parts`. owner: the column of the record that each is part of."""

    def __init__(
        self, database: Database, table: Table, kind: type[T], noun: str, *, owner: Column[Any]
    ) -> None:
        super().__init__(database, table, kind, noun)
        self._owner = owner

    async def list_of(self, account_sid: str, owner_sid: str, page: PageRequest) -> Page[T]:
        """A page of one owner's, newest first."""
        query = select(self._table).where(self._owner == owner_sid, self._table.c.account_sid == account_sid)
        return await fetch_page(self._database, self._listing, query, page)

    async def all_of(self, account_sid: str, owner_sid: str) -> Sequence[T]:
        """All of one owner's, oldest first."""
        query = (
            select(self._table)
            .where(self._owner == owner_sid, self._table.c.account_sid == account_sid)
            .order_by(self._table.c.created_at, self._table.c.sid)
        )
        return [self._record(row) for row in await self._database.rows(query)]
