"""How the nouns of this room read and write: a few reading connections and the one writer.

Called by the files of this room, one per noun. Other rooms see `ports.py` only.
"""

from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Select, String, cast, func, make_url, select
from sqlalchemy.exc import ArgumentError, IntegrityError

from offhook.base.errors import UsageError
from offhook.store.dialect import Dialect, OutageError, Record, Violation
from offhook.store.ports import DuplicateError, StoreBusyError, UnknownRecordError
from offhook.store.postgres import Postgres
from offhook.store.prepared import KeyedRead, Statement
from offhook.store.settings import Settings
from offhook.store.sqlite import Sqlite
from offhook.store.tables import ACCESS_TABLES, kept_settings
from offhook.store.writer import Writer
from offhook.waiting.timeout import timeout

T = TypeVar("T")

ACCESS_STAMP: Final = "access_stamp"
"""Another value in `kept_settings` after each change of who may call or register, where nodes share them."""
_NEW_STAMP: Final = {"name": ACCESS_STAMP, "value": cast(func.random(), String)}
_ACCESS_STAMP: Final = KeyedRead(select(kept_settings), kept_settings.c.name)

PROBE_S: Final = 2.0
"""How long `is_answering` waits: less than who asks whether the node is ready."""

URL_FORMS: Final = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"


class Database:
    """Reading and writing, for the nouns of this room."""

    def __init__(self, dialect: Dialect, writer: Writer, node: str = "") -> None:
        """node: as in the settings."""
        self.dialect = dialect
        self.node = node
        self.access_revision = 0
        """Counts the writes that change who may call or register."""
        self._writer = writer
        self._access_stamp = ""

    async def find(self, read: KeyedRead, **key: object) -> Record | None:
        """The row of a key. Sees all that was queued for writing before.

        Raises: StoreBusyError when no connection becomes free or the database does not answer.
        """
        await self._writer.flushed()
        return await self._answer(self.dialect.find(read, key))

    async def rows(self, wanted: Select[Any]) -> Sequence[Record]:
        """All rows that are wanted. Sees, and raises, as `find`."""
        await self._writer.flushed()
        return await self._answer(self.dialect.rows(wanted))

    async def is_answering(self) -> bool:
        """Whether it answers now, asked for next to nothing and given 2 s."""
        try:
            async with timeout(PROBE_S):
                await self._answer(self.dialect.find(_ACCESS_STAMP, {"name": ACCESS_STAMP}))
        except (StoreBusyError, TimeoutError):
            return False
        return True

    async def _answer(self, asked: Awaitable[T]) -> T:
        try:
            return await asked
        except OutageError as error:
            raise StoreBusyError("the database does not answer") from error

    @property
    def is_filling(self) -> bool:
        """Whether three quarters of the writes that may wait do."""
        return self._writer.is_filling

    async def flushed(self) -> None:
        """Wait until what was queued for writing before is committed. At once while the database fails."""
        await self._writer.flushed()

    def post(self, statement: Statement, parameters: Mapping[str, Any], name: str | None = None) -> None:
        """Queue a write and return. Pass the same statement object each time: neighbours are joined by it.

        name: as for `Writer.post`. Raises: StoreBusyError.
        """
        self._writer.post(statement, parameters, name)

    async def write(self, *statements: Statement) -> int:
        """Run statements in one transaction; how many rows the first one touched, once committed.

        Raises: DuplicateError, UnknownRecordError (a foreign key that leads nowhere, or that still leads
        here), StoreBusyError.
        """
        if self.is_shared and any(statement.table in ACCESS_TABLES for statement in statements):
            statements = (*statements, self.dialect.upsert(kept_settings).values(_NEW_STAMP))
        try:
            return await self._writer.execute(*statements)
        except IntegrityError as error:
            match self.dialect.violation(error):
                case Violation.UNIQUE:
                    raise DuplicateError(str(error.orig)) from error
                case Violation.FOREIGN_KEY:
                    raise UnknownRecordError(str(error.orig)) from error
                case Violation.OTHER:
                    raise
        finally:
            if any(statement.table in ACCESS_TABLES for statement in statements):
                self.access_revision += 1

    @property
    def is_shared(self) -> bool:
        """Whether other nodes may write as well."""
        return self.dialect.is_shared

    async def refresh_access(self) -> None:
        """Notice what another node changed about who may call or register. Raises: StoreBusyError."""
        if not self.is_shared:
            return
        row = await self.find(_ACCESS_STAMP, name=ACCESS_STAMP)
        stamp = "" if row is None else str(row["value"])
        if stamp != self._access_stamp:
            self._access_stamp = stamp
            self.access_revision += 1

    async def close(self) -> None:
        """Commit what is queued, close every connection."""
        try:
            await self._writer.close()
        finally:
            await self.dialect.close()


def parse_url(text: str) -> URL:
    """The URL of a database that this store speaks. Raises: UsageError that says what is allowed."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UsageError(f"a database URL looks like {URL_FORMS}") from error
    is_sqlite = url.drivername == "sqlite" and url.database not in (None, "", ":memory:")
    is_postgres = url.drivername == "postgresql" and url.database and (url.host or "host" in url.query)
    if not is_sqlite and not is_postgres:
        raise UsageError(f"the store speaks {URL_FORMS}")
    return url


def is_there(url: str) -> bool:
    """Whether there may be a database: a file of SQLite's that is absent would be made by looking into it.

    Raises: UsageError for a URL that the store does not speak.
    """
    parsed = parse_url(url)
    return parsed.drivername != "sqlite" or Path(str(parsed.database)).is_file()


def open_dialect(settings: Settings) -> Dialect:
    """The database of the settings, whose tables exist. The loop is running."""
    url = parse_url(settings.url)
    return Sqlite(url, settings) if url.drivername == "sqlite" else Postgres(url, settings)


def open_database(settings: Settings) -> Database:
    """A running writer for the database of the settings, and all that reads it. The loop is running."""
    dialect = open_dialect(settings)
    writer = Writer(dialect, batch_size=settings.batch_size, queue_size=settings.queue_size)
    writer.start()
    return Database(dialect, writer, settings.node)
