"""Pages of a list by its order, newest first: no OFFSET, so a page costs the same wherever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Select, Table, func, or_, select, tuple_

from offhook.base.errors import UsageError
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.ports import Page, PageRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a kind of record is listed by."""

    table: Table
    """Whose Sids are meant."""
    moment: Column[Any]
    """The column of time that comes first in the order; the Sid decides between equals."""
    record: Callable[[Record], T]
    """Makes a record of a row."""


async def fetch_page(
    database: Database, listing: Listing[T], wanted: Select[Any], page: PageRequest
) -> Page[T]:
    """One page of `wanted`, newest first. The cursor is a place, so that its record may be gone."""
    sid, moment = listing.table.c.sid, listing.moment
    if not 1 <= page.size <= 1000 or (page.before is not None and page.after is not None):
        raise UsageError(f"not a page: {page}")
    order = tuple_(moment, sid)
    cursor = page.before or page.after
    if cursor is not None:
        edge = tuple_(cursor.moment, cursor.sid, types=[moment.type, sid.type])
        where: ColumnElement[bool] = order < edge if page.before is not None else order > edge
        wanted = wanted.where(where)
    ascending = page.after is not None
    direction = (moment.asc(), sid.asc()) if ascending else (moment.desc(), sid.desc())
    rows = await database.rows(wanted.order_by(*direction).limit(page.size + 1))
    has_more = len(rows) > page.size
    items = [listing.record(row) for row in rows[: page.size]]
    if ascending:
        items.reverse()
    return Page(
        items=items,
        has_older=True if ascending else has_more,
        has_newer=has_more if ascending else page.before is not None,
    )


async def count(database: Database, table: Table, *where: ColumnElement[bool]) -> int:
    """How many rows of a table meet every condition."""
    (row,) = await database.rows(select(func.count().label("rows")).select_from(table).where(*where))
    return int(row["rows"])


def of_node(table: Table, database: Database, node: str | None = None) -> ColumnElement[bool]:
    """Rows of a node; None is this one, whose are also those that were written before nodes had names."""
    if node is not None:
        return table.c.node == node
    return or_(table.c.node == database.node, table.c.node.is_(None))


def narrow(
    query: Select[Any], *conditions: tuple[Column[Any], Callable[[Any, Any], Any], object]
) -> Select[Any]:
    """Those of `query` that meet every (column, operator, value); a value of None asks for nothing."""
    given = (operator(column, value) for column, operator, value in conditions if value is not None)
    return query.where(*given)
