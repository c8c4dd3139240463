"""Settings that are kept from the first start, as rows."""

from typing import Final

from sqlalchemy import select

from offhook.store.connection import Database
from offhook.store.prepared import KeyedRead
from offhook.store.tables import kept_settings

_BY_NAME: Final = KeyedRead(select(kept_settings), kept_settings.c.name)


class SqlKeptSettings:
    """`ports.KeptSettings`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(kept_settings)

    async def fetch(self, name: str) -> str | None:
        """What is kept under the name."""
        row = await self._database.find(_BY_NAME, name=name)
        return None if row is None else str(row["value"])

    async def save(self, name: str, value: str) -> None:
        """Insert or replace."""
        await self._database.write(self._upsert.values(name=name, value=value))
