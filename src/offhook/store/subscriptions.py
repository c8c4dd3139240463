"""Who is to be told of the end of what lives, as rows."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select

from offhook.model.callback import Subscription
from offhook.store.connection import Database
from offhook.store.keyset import of_node
from offhook.store.tables import subscriptions

_COLUMNS: Final = [field.name for field in dataclasses.fields(Subscription)]
_REMOVAL: Final = delete(subscriptions).where(subscriptions.c.sid == bindparam("over"))
_BETWEEN: Final = " "
"""Parts the events in their column."""


class SqlSubscriptions:
    """`ports.Subscriptions`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(subscriptions)

    def post(self, subscription: Subscription) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        values = {name: getattr(subscription, name) for name in _COLUMNS}
        values["events"] = _BETWEEN.join(sorted(subscription.events))
        values["node"] = self._database.node
        self._database.post(self._upsert, values)

    def post_removal(self, sid: str) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        self._database.post(_REMOVAL, {"over": sid})

    async def load(self, after_sid: str, limit: int, *, node: str | None = None) -> Sequence[Subscription]:
        """Subscriptions of a node in the order of their Sids, those after `after_sid` ("" is all).

        node: None is this one.
        """
        query = (
            select(*(subscriptions.c[name] for name in _COLUMNS))
            .where(subscriptions.c.sid > after_sid, of_node(subscriptions, self._database, node))
            .order_by(subscriptions.c.sid)
            .limit(limit)
        )
        return [
            Subscription(**{**row, "events": frozenset(row["events"].split(_BETWEEN))})
            for row in await self._database.rows(query)
        ]
