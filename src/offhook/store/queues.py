"""Queues, as rows."""

from typing import Final

from sqlalchemy import select

from offhook.model.queue import Queue
from offhook.store.connection import Database
from offhook.store.prepared import KeyedRead
from offhook.store.records import SqlRecords
from offhook.store.tables import queues

_BY_NAME: Final = KeyedRead(select(queues), queues.c.account_sid, queues.c.friendly_name)


class SqlQueues(SqlRecords[Queue]):
    """`ports.Queues`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, queues, Queue, "queue")

    async def find_named(self, account_sid: str, friendly_name: str) -> Queue | None:
        """The account's queue of that name."""
        row = await self._database.find(_BY_NAME, account_sid=account_sid, friendly_name=friendly_name)
        return None if row is None else self._record(row)
