"""Conferences, as rows."""

import dataclasses
from datetime import datetime
from operator import eq, ge, lt
from typing import Final

from sqlalchemy import select, update

from offhook.model.conference import Conference, ConferenceEnding, ConferenceStatus
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow, of_node
from offhook.store.ports import ConferenceFilter, Page, PageRequest
from offhook.store.prepared import KeyedRead
from offhook.store.tables import conferences

_COLUMNS: Final = [field.name for field in dataclasses.fields(Conference)]
_SELECTION: Final = select(*(conferences.c[name] for name in _COLUMNS))
_BY_SID: Final = KeyedRead(_SELECTION, conferences.c.sid, conferences.c.account_sid)


class SqlConferences:
    """`ports.Conferences`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(conferences)

    def post(self, conference: Conference) -> None:
        """Insert or replace one in the open batch. Raises: StoreBusyError."""
        values = {name: getattr(conference, name) for name in _COLUMNS}
        self._database.post(self._upsert, values | {"node": self._database.node})

    async def fetch(self, account_sid: str, sid: str) -> Conference | None:
        """One conference."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def elsewhere(self, account_sid: str, sid: str) -> str | None:
        """The other node that has a conference."""
        if not self._database.is_shared:
            return None
        query = select(conferences.c.node).where(
            conferences.c.sid == sid,
            conferences.c.account_sid == account_sid,
            conferences.c.status != ConferenceStatus.COMPLETED,
            ~of_node(conferences, self._database),
        )
        rows = await self._database.rows(query)
        return str(rows[0]["node"]) if rows else None

    async def list(self, account_sid: str, wanted: ConferenceFilter, page: PageRequest) -> Page[Conference]:
        """Conferences of the account."""
        query = narrow(
            _SELECTION.where(conferences.c.account_sid == account_sid),
            (conferences.c.friendly_name, eq, wanted.friendly_name),
            (conferences.c.status, eq, wanted.status),
            (conferences.c.created_at, ge, wanted.created_from),
            (conferences.c.created_at, lt, wanted.created_until),
            (conferences.c.updated_at, ge, wanted.updated_from),
            (conferences.c.updated_at, lt, wanted.updated_until),
        )
        return await fetch_page(self._database, _LISTING, query, page)

    async def close_left_open(self, now: datetime, *, node: str | None = None) -> int:
        """Complete what a crash left open; returns how many. node: whose; None is this node's own."""
        return await self._database.write(
            update(conferences)
            .where(
                conferences.c.status != ConferenceStatus.COMPLETED, of_node(conferences, self._database, node)
            )
            .values(
                status=ConferenceStatus.COMPLETED,
                reason_ended=ConferenceEnding.LAST_LEFT,
                updated_at=now,
            )
        )


def _record(row: Record) -> Conference:
    return Conference(**row)


_LISTING: Final = Listing(conferences, conferences.c.created_at, _record)
