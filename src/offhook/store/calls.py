"""Calls, as rows."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter, eq, ge, lt
from typing import Final

from sqlalchemy import ColumnElement, case, delete, exists, literal, select, update

from offhook.model.call import Call, CallStatus
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow, of_node
from offhook.store.ports import CallFilter, Page, PageRequest
from offhook.store.prepared import KeyedRead
from offhook.store.tables import Moment, calls, notifications

_OPEN: Final = [status for status in CallStatus if not status.is_final]
_COLUMNS: Final = [field.name for field in dataclasses.fields(Call)]
_VALUES: Final = attrgetter(*_COLUMNS)
_SELECTION: Final = select(*(calls.c[name] for name in _COLUMNS))
_BY_SID: Final = KeyedRead(_SELECTION, calls.c.sid, calls.c.account_sid)


class SqlCalls:
    """`ports.Calls`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(calls)

    def post(self, call: Call) -> None:
        """Insert or replace a call in the open batch. Raises: StoreBusyError."""
        values = dict(zip(_COLUMNS, _VALUES(call), strict=True))
        values["node"] = self._database.node
        self._database.post(self._upsert, values, call.sid)

    async def fetch(self, account_sid: str, sid: str) -> Call | None:
        """One call."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def list(self, account_sid: str, wanted: CallFilter, page: PageRequest) -> Page[Call]:
        """Calls of the account."""
        query = narrow(
            _SELECTION.where(calls.c.account_sid == account_sid),
            (calls.c.to, eq, wanted.to),
            (calls.c.from_, eq, wanted.from_),
            (calls.c.parent_call_sid, eq, wanted.parent_call_sid),
            (calls.c.sip_call_id, eq, wanted.sip_call_id),
            (calls.c.status, eq, wanted.status),
            (calls.c.started_at, ge, wanted.started_from),
            (calls.c.started_at, lt, wanted.started_until),
            (calls.c.ended_at, ge, wanted.ended_from),
            (calls.c.ended_at, lt, wanted.ended_until),
        )
        return await fetch_page(self._database, _LISTING, query, page)

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete the record of a call that ended, with its notifications. False when there is none."""
        still_there = exists().where(calls.c.sid == sid)
        deleted = await self._database.write(
            delete(calls).where(
                calls.c.sid == sid, calls.c.account_sid == account_sid, calls.c.status.not_in(_OPEN)
            ),
            delete(notifications).where(
                notifications.c.call_sid == sid, notifications.c.account_sid == account_sid, ~still_there
            ),
        )
        return deleted > 0

    async def elsewhere(self, account_sid: str, sid: str) -> str | None:
        """The other node that has a call."""
        if not self._database.is_shared:
            return None
        query = select(calls.c.node).where(
            calls.c.sid == sid,
            calls.c.account_sid == account_sid,
            calls.c.status.in_(_OPEN),
            ~of_node(calls, self._database),
        )
        rows = await self._database.rows(query)
        return str(rows[0]["node"]) if rows else None

    async def left_open(self, *, node: str | None = None) -> Sequence[Call]:
        """Calls of the node that have not ended."""
        query = _SELECTION.where(calls.c.status.in_(_OPEN), of_node(calls, self._database, node))
        return [_record(row) for row in await self._database.rows(query)]

    async def close_left_open(
        self, now: datetime, lived_until: datetime | None = None, *, node: str | None = None
    ) -> int:
        """End as `failed` (or `completed` if answered) what a crash left open; returns how many.

        node: whose calls; None is this node's own.

        A call ends when it was last known to live: when it last changed, or at `lived_until`, the last sign
        of life of the node that had it, whichever is later. What it did after that nobody knows.
        """
        is_answered = calls.c.answered_at.is_not(None)
        known: ColumnElement[datetime] = calls.c.updated_at
        if lived_until is not None:
            sign = literal(lived_until, Moment)
            known = case((calls.c.updated_at < sign, sign), else_=calls.c.updated_at)
        return await self._database.write(
            update(calls)
            .where(calls.c.status.in_(_OPEN), of_node(calls, self._database, node))
            .values(
                status=case((is_answered, CallStatus.COMPLETED.value), else_=CallStatus.FAILED.value),
                ended_at=known,
                updated_at=now,
            )
        )


def _record(row: Record) -> Call:
    return Call(**row)


_LISTING: Final = Listing(calls, calls.c.created_at, _record)
