"""Pages of a list by its order, newest first: no OFFSET, so a page costs the same wherever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Row, Select, Table, select, tuple_

from offhook.base.errors import UsageError
from offhook.store.connection import Database
from offhook.store.ports import Page, PageRequest, UnknownRecordError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a kind of record is listed by."""

    table: Table
    """Where the cursor of a page is looked up."""
    moment: Column[Any]
    """The column of time that comes first in the order; the Sid decides between equals."""
    record: Callable[[Row[Any]], T]
    """Makes a record of a row."""


async def fetch_page(
    database: Database, listing: Listing[T], wanted: Select[Any], account_sid: str, page: PageRequest
) -> Page[T]:
    """One page of `wanted`, newest first.

    Raises: UnknownRecordError for a cursor that names nothing in the account.
    """
    table, moment = listing.table, listing.moment
    if not 1 <= page.size <= 1000 or (page.before is not None and page.after is not None):
        raise UsageError(f"not a page: {page}")
    order = tuple_(moment, table.c.sid)
    async with database.read() as connection:
        cursor_sid = page.before or page.after
        if cursor_sid is not None:
            cursor = (
                await connection.execute(
                    select(moment).where(table.c.sid == cursor_sid, table.c.account_sid == account_sid)
                )
            ).one_or_none()
            if cursor is None:
                raise UnknownRecordError(f"no record {cursor_sid} to go on from")
            edge = tuple_(cursor[0], cursor_sid, types=[moment.type, table.c.sid.type])
            where: ColumnElement[bool] = order < edge if page.before is not None else order > edge
            wanted = wanted.where(where)
        ascending = page.after is not None
        direction = (moment.asc(), table.c.sid.asc()) if ascending else (moment.desc(), table.c.sid.desc())
        rows = (await connection.execute(wanted.order_by(*direction).limit(page.size + 1))).all()
    has_more = len(rows) > page.size
    items = [listing.record(row) for row in rows[: page.size]]
    if ascending:
        items.reverse()
    return Page(
        items=items,
        has_older=True if ascending else has_more,
        has_newer=has_more if ascending else page.before is not None,
    )


def narrow(
    query: Select[Any], *conditions: tuple[Column[Any], Callable[[Any, Any], Any], object]
) -> Select[Any]:
    """Those of `query` that meet every (column, operator, value); a value of None asks for nothing."""
    given = (operator(column, value) for column, operator, value in conditions if value is not None)
    return query.where(*given)
