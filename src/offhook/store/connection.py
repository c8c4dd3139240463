"""How the nouns of this room read and write: a few reading connections and the one writer.

Called by the files of this room, one per noun. Other rooms see `ports.py` only.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, Row, Select, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from offhook.base.errors import UsageError
from offhook.store.dialect import Dialect, Violation
from offhook.store.ports import DuplicateError, StoreBusyError, UnknownRecordError
from offhook.store.settings import Settings
from offhook.store.sqlite import Sqlite
from offhook.store.tables import ACCESS_TABLES
from offhook.store.writer import Statement, Writer


class Database:
    """Reading and writing, for the nouns of this room."""

    def __init__(self, dialect: Dialect, reading: AsyncEngine, writer: Writer) -> None:
        self.dialect = dialect
        self.access_revision = 0
        """Counts the writes that change who may call or register."""
        self._reading = reading
        self._writer = writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read on, that sees all that was queued for writing before.

        Raises: StoreBusyError when no connection becomes free or the database does not answer.
        """
        await self._writer.flushed()
        try:
            async with self._reading.connect() as connection:
                yield connection
        except PoolTimeoutError as error:
            raise StoreBusyError("all connections of the database are in use") from error
        except DBAPIError as error:
            if self.dialect.is_outage(error):
                raise StoreBusyError("the database does not answer") from error
            raise

    async def flushed(self) -> None:
        """Wait until what was queued for writing before is committed. At once while the database fails."""
        await self._writer.flushed()

    async def row(self, wanted: Select[Any]) -> Row[Any] | None:
        """The one row that is wanted."""
        async with self.read() as connection:
            found: Row[Any] | None = (await connection.execute(wanted)).one_or_none()
            return found

    def post(self, statement: Statement, parameters: Mapping[str, Any]) -> None:
        """Queue a write and return. Pass the same statement object each time: neighbours are joined by it.

        Raises: StoreBusyError.
        """
        self._writer.post(statement, parameters)

    async def write(self, *statements: Statement) -> int:
        """Run statements in one transaction; how many rows the first one touched, once committed.

        Raises: DuplicateError, UnknownRecordError (a foreign key that leads nowhere, or that still leads
        here), StoreBusyError.
        """
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

    async def close(self) -> None:
        """Commit what is queued, close every connection."""
        try:
            await self._writer.close()
        finally:
            await self._reading.dispose()


def parse_url(text: str) -> URL:
    """The URL of a database that this store speaks. Raises: UsageError naming what is allowed."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UsageError("a database URL looks like sqlite:///PATH") from error
    if url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        raise UsageError("the store speaks SQLite in a file, sqlite:///PATH")
    return url


def open_database(settings: Settings) -> Database:
    """Engines and a running writer for a database whose tables exist. The loop is running."""
    dialect = Sqlite(parse_url(settings.url), settings)
    writer = Writer(
        dialect.writing_engine(),
        dialect,
        batch_size=settings.batch_size,
        queue_size=settings.queue_size,
    )
    writer.start()
    return Database(dialect, dialect.reading_engine(), writer)
