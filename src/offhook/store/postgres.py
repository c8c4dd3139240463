"""PostgreSQL through asyncpg: connections, upsert, the meaning of its error codes. Only this file knows them.

The URL goes to asyncpg as it was written, so that whatever libpq's URLs can say can be said here (a folder of
sockets as `?host=/run/postgresql`, `?sslmode=verify-full`). It is never part of an error or a log line: it
holds a password.

What fails is told apart by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). A
connection that was lost is made anew by the next statement; a read that met it is asked again at once.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, CursorResult, Insert, Select, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from offhook.store.batch import Write, run_batch
from offhook.store.dialect import OutageError, Record, Violation
from offhook.store.ports import StoreBusyError
from offhook.store.prepared import KeyedRead, PreparedWrites
from offhook.store.settings import Durability, Settings
from offhook.waiting.timeout import timeout

T = TypeVar("T")

LOCK_TIMEOUT_MS: Final = 5_000
"""How long a statement waits for a lock of another client."""
ANSWER_TIMEOUT_S: Final = 10.0
"""How long a read or a batch may take in all, connecting and waiting for a connection included."""
MIGRATION_TIMEOUT_S: Final = 600.0
"""How long the steps at the start may take, those of another node that is before us included."""
MIGRATION_LOCK: Final = 0x0FF_400C
"""Key of the advisory lock under which one node at a time migrates: any number that nobody else uses."""

_OUTAGE_CLASSES: Final = frozenset({"08", "28", "3D", "53", "57", "58"})
"""Connections, authorization, no such database, resources (disk, memory, connections), operator, system."""
_OUTAGES: Final = frozenset(
    {
        "0A000",  # A prepared statement whose table another node has migrated: prepared anew next time.
        "25006",  # Read-only: we reached a standby.
        "40001",  # Could not serialize.
        "40P01",  # Deadlock.
        "55P03",  # A lock was not to be had.
    }
)
_VIOLATIONS: Final = {
    "23505": Violation.UNIQUE,
    "23503": Violation.FOREIGN_KEY,
    "23001": Violation.FOREIGN_KEY,
}


class Postgres:
    """A database on a server. Belongs to the loop that is running when it is made."""

    def __init__(self, url: URL, settings: Settings) -> None:
        full = {"synchronous_commit": "on"} if settings.durability is Durability.FULL else {}
        self._prepared = PreparedWrites()
        self._writing = _engine(url, 1, {"lock_timeout": str(LOCK_TIMEOUT_MS), **full})
        self._reading = _engine(
            url, settings.readers, {"default_transaction_read_only": "on"}
        ).execution_options(isolation_level="AUTOCOMMIT")

    async def find(self, read: KeyedRead, key: Mapping[str, Any]) -> Record | None:
        """The row of a key."""

        async def ask(connection: AsyncConnection) -> Record | None:
            result: CursorResult[Any] = await connection.execute(read.select, dict(key))
            return result.mappings().one_or_none()

        return await self._read(ask)

    async def rows(self, query: Select[Any]) -> Sequence[Record]:
        """All that a query finds."""

        async def ask(connection: AsyncConnection) -> Sequence[Record]:
            result: CursorResult[Any] = await connection.execute(query)
            return result.mappings().all()

        return await self._read(ask)

    async def commit(self, batch: Sequence[Write]) -> list[int]:
        """One transaction. Whether it was committed is not known when the connection is lost at its end."""
        async with _outages(), timeout(ANSWER_TIMEOUT_S), self._writing.begin() as connection:
            return await connection.run_sync(run_batch, batch, self._prepared)

    async def close(self) -> None:
        """Close every connection."""
        await self._reading.dispose()
        await self._writing.dispose()

    @property
    def is_shared(self) -> bool:
        """A server may have several nodes."""
        return True

    def upsert(self, table: Table) -> Insert:
        """INSERT … ON CONFLICT (key) DO UPDATE of every other column."""
        insert = postgresql.insert(table)
        keys = [column.name for column in table.primary_key]
        return insert.on_conflict_do_update(
            index_elements=keys,
            set_={column.name: column for column in insert.excluded if column.name not in keys},
        )

    def violation(self, error: IntegrityError) -> Violation:
        """By SQLSTATE."""
        return _VIOLATIONS.get(_sqlstate(error), Violation.OTHER)

    async def _read(self, ask: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        async with _outages(), timeout(ANSWER_TIMEOUT_S):
            try:
                async with self._reading.connect() as connection:
                    return await ask(connection)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            # The server was gone in between; this dropped every connection of the pool.
            async with self._reading.connect() as connection:
                return await ask(connection)


def run_alone(url: URL, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction, while no other node does, and wait for it.

    It runs in a thread with a loop of its own, since there may be one here that cannot be entered again.
    Raises: OSError with the place of the database in `filename` when it cannot be used; what `work` raises.
    """

    async def run() -> T:
        engine = _engine(url, 1, {})
        try:
            async with _outages(), timeout(MIGRATION_TIMEOUT_S), engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
                return await connection.run_sync(work)
        except OutageError as error:
            raise OSError(errno.ECONNREFUSED, f"the database cannot be used: {error}", _place(url)) from error
        finally:
            await engine.dispose()

    with ThreadPoolExecutor(1, "store.alone") as thread:
        return thread.submit(asyncio.run, run()).result()


def _engine(url: URL, connections: int, server_settings: Mapping[str, str]) -> AsyncEngine:
    dsn = url.render_as_string(hide_password=False)

    async def connect() -> Any:
        import asyncpg  # noqa: PLC0415 - an optional package, looked for where it is used

        try:
            return await asyncpg.connect(
                dsn,
                timeout=ANSWER_TIMEOUT_S,
                server_settings={"application_name": "offhook", **server_settings},
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OutageError(str(error) or type(error).__name__) from error

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=ANSWER_TIMEOUT_S,
        hide_parameters=True,
    )


@asynccontextmanager
async def _outages() -> AsyncIterator[None]:
    """Tell what is the fault of the database as a whole."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreBusyError("all connections of the database are in use") from error
    except TimeoutError as error:
        raise OutageError(f"no answer within {ANSWER_TIMEOUT_S:g} s") from error
    except DBAPIError as error:
        state = _sqlstate(error)
        if error.connection_invalidated or state in _OUTAGES or state[:2] in _OUTAGE_CLASSES:
            raise OutageError(str(error.orig)) from error
        raise


def _sqlstate(error: DBAPIError) -> str:
    """Five characters, or none where the driver gave none."""
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else ""


def _place(url: URL) -> str:
    """Where a database is, without what opens it."""
    host, port = url.host or url.query.get("host", ""), url.port or url.query.get("port", "5432")
    return f"{host}:{port}/{url.database}"
