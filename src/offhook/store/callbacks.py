"""Callbacks that are not delivered yet, as rows."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select

from offhook.model.callback import PendingCallback
from offhook.store.connection import Database
from offhook.store.tables import pending_callbacks

_COLUMNS: Final = [field.name for field in dataclasses.fields(PendingCallback)]
NUMBER_MAX: Final = 2**31 - 1
"""Of one node; numbers begin anew whenever nothing waits at its start."""
_REMOVAL: Final = delete(pending_callbacks).where(pending_callbacks.c.number == bindparam("done"))


class SqlCallbacks:
    """`ports.Callbacks`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(pending_callbacks)

    def post(self, callback: PendingCallback) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        values = {name: getattr(callback, name) for name in _COLUMNS}
        values["number"] += self._base(None)
        self._database.post(self._upsert, values)

    def post_removal(self, number: int, *, node: str | None = None) -> None:
        """Delete one of a node's in the open batch. Raises: StoreBusyError."""
        self._database.post(_REMOVAL, {"done": self._base(node) + number})

    async def last_number(self, *, node: str | None = None) -> int:
        """The highest number there is of a node, 0 without any. node: None is this one."""
        base, number = self._base(node), pending_callbacks.c.number
        of_node = select(number).where(number > base, number <= base + NUMBER_MAX)
        rows = await self._database.rows(of_node.order_by(number.desc()).limit(1))
        return int(rows[0]["number"]) - base if rows else 0

    async def load(
        self, after: int, until: int, limit: int, *, node: str | None = None
    ) -> Sequence[PendingCallback]:
        """Those of a node numbered above `after`, `until` at most, by their number, at most so many."""
        base, number = self._base(node), pending_callbacks.c.number
        wanted = select(pending_callbacks).where(number > base + after, number <= base + until)
        rows = await self._database.rows(wanted.order_by(number).limit(limit))
        return [PendingCallback(**{**row, "number": row["number"] - base}) for row in rows]

    def _base(self, node: str | None) -> int:
        """What the numbers of a node follow."""
        name = self._database.node if node is None else node
        return int(name or "0", 16) * (NUMBER_MAX + 1)
