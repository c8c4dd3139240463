"""Callbacks that are not delivered yet, as rows."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select

from offhook.model.callback import PendingCallback
from offhook.store.connection import Database
from offhook.store.tables import pending_callbacks

_COLUMNS: Final = [field.name for field in dataclasses.fields(PendingCallback)]
_REMOVAL: Final = delete(pending_callbacks).where(pending_callbacks.c.number == bindparam("done"))


class SqlCallbacks:
    """`ports.Callbacks`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(pending_callbacks)

    def post(self, callback: PendingCallback) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        self._database.post(self._upsert, {name: getattr(callback, name) for name in _COLUMNS})

    def post_removal(self, number: int) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        self._database.post(_REMOVAL, {"done": number})

    async def last_number(self) -> int:
        """The highest number there is, 0 without any."""
        query = select(pending_callbacks).order_by(pending_callbacks.c.number.desc()).limit(1)
        rows = await self._database.rows(query)
        return int(rows[0]["number"]) if rows else 0

    async def load(self, after: int, until: int, limit: int) -> Sequence[PendingCallback]:
        """Those numbered above `after`, `until` at most, by their number, at most so many."""
        number = pending_callbacks.c.number
        query = select(pending_callbacks).where(number > after, number <= until).order_by(number).limit(limit)
        return [PendingCallback(**row) for row in await self._database.rows(query)]
