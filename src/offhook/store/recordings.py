"""Recordings, as rows. Their audio is in files (`blobs.py`)."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from operator import eq, ge, lt
from typing import Final

from sqlalchemy import delete, or_, select, update

from offhook.model.recording import Recording, RecordingStatus
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow, of_node
from offhook.store.ports import KEPT_DELETED, Page, PageRequest, RecordingFilter
from offhook.store.prepared import KeyedRead
from offhook.store.tables import recordings

_OPEN: Final = [status for status in RecordingStatus if not status.is_final]
_COLUMNS: Final = [field.name for field in dataclasses.fields(Recording)]
_SELECTION: Final = select(*(recordings.c[name] for name in _COLUMNS))
_BY_SID: Final = KeyedRead(_SELECTION, recordings.c.sid, recordings.c.account_sid)


class SqlRecordings:
    """`ports.Recordings`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(recordings)

    def post(self, recording: Recording) -> None:
        """Insert or replace a recording in the open batch. Raises: StoreBusyError."""
        values = {name: getattr(recording, name) for name in _COLUMNS}
        self._database.post(self._upsert, values | {"node": self._database.node})

    async def fetch(self, account_sid: str, sid: str) -> Recording | None:
        """One recording, deleted or not."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def list(self, account_sid: str, wanted: RecordingFilter, page: PageRequest) -> Page[Recording]:
        """Recordings of the account."""
        query = narrow(
            _SELECTION.where(recordings.c.account_sid == account_sid),
            (recordings.c.call_sid, eq, wanted.call_sid),
            (recordings.c.conference_sid, eq, wanted.conference_sid),
            (recordings.c.created_at, ge, wanted.created_from),
            (recordings.c.created_at, lt, wanted.created_until),
        )
        there = recordings.c.status != RecordingStatus.DELETED
        if wanted.deleted_since is not None:
            query = query.where(or_(there, recordings.c.updated_at >= wanted.deleted_since))
        else:
            query = query.where(there)
        return await fetch_page(self._database, _LISTING, query, page)

    async def mark_deleted(self, account_sid: str, sid: str, now: datetime) -> bool:
        """Keep of a finished recording that it was; those that were deleted too long ago go for good.

        False when there is none, or when it is still being made.
        """
        marked = await self._database.write(
            update(recordings)
            .where(
                recordings.c.sid == sid,
                recordings.c.account_sid == account_sid,
                recordings.c.status.not_in([*_OPEN, RecordingStatus.DELETED]),
            )
            .values(status=RecordingStatus.DELETED, updated_at=now),
            delete(recordings).where(
                recordings.c.status == RecordingStatus.DELETED, recordings.c.updated_at < now - KEPT_DELETED
            ),
        )
        return marked > 0

    async def left_open(self, limit: int) -> Sequence[Recording]:
        """Recordings of the node that are still being made, the oldest first, at most so many."""
        query = (
            _SELECTION.where(recordings.c.status.in_(_OPEN), of_node(recordings, self._database))
            .order_by(recordings.c.created_at, recordings.c.sid)
            .limit(limit)
        )
        return [_record(row) for row in await self._database.rows(query)]


def _record(row: Record) -> Recording:
    return Recording(**row)


_LISTING: Final = Listing(recordings, recordings.c.created_at, _record)
