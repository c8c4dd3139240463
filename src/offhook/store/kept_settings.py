"""Settings that are kept from the first start, as rows."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, select

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

    async def fetch_all(self, prefix: str) -> Mapping[str, str]:
        """Everything under a name that begins so, by what follows the prefix."""
        name = kept_settings.c.name
        query = select(kept_settings).where(name.startswith(prefix, autoescape=True))
        rows = await self._database.rows(query)
        return {str(row["name"]).removeprefix(prefix): str(row["value"]) for row in rows}

    async def remove(self, name: str, value: str) -> bool:
        """Forget it if that is still its value; False when somebody else did, or changed it."""
        kept = (kept_settings.c.name == name, kept_settings.c.value == value)
        return await self._database.write(delete(kept_settings).where(*kept)) > 0

    async def save(self, name: str, value: str) -> None:
        """Insert or replace."""
        await self._database.write(self._upsert.values(name=name, value=value))
