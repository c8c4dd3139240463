"""SQLite: threads, pragmas, upsert and the meaning of its error codes. The only file that knows them.

WAL lets readers read while the one writer writes. With synchronous=NORMAL a commit is safe from the death
of the process, with FULL from the death of the machine (https://sqlite.org/pragma.html#pragma_synchronous).

Three ways lead to the file:

    a row by its key   on the loop's own thread: it takes microseconds, the way to another thread a hundred
    everything else    on one of a few reading threads, a connection each
    a batch of writes  on the writing thread, as one piece of work

What is read on the loop's thread is bounded: it waits for no lock, and SQLite itself breaks it off after so
many steps. What could not be had in that way is asked again on a reading thread, where there is time.
"""

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, Insert, Select, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from offhook.store.batch import Write, run_batch
from offhook.store.dialect import OutageError, Record, Violation
from offhook.store.ports import StoreBusyError
from offhook.store.prepared import CompiledRead, KeyedRead, PreparedWrites
from offhook.store.settings import Durability, Settings
from offhook.waiting.timeout import timeout

T = TypeVar("T")

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a statement waits for the lock of another process, such as a backup."""
READ_TIMEOUT_S: Final = 10.0
"""How long a read may wait for a thread and for its rows before the store counts as busy."""
STEPS_MAX: Final = 10_000
"""Steps of SQLite's machine that a read on the loop's thread may take. A row by its key takes about 50."""
READS_IN_A_ROW: Final = 8
"""After so many of them the loop comes round, so that whoever reads on and on does not keep it."""

_OUTAGES: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
    }
)
_VIOLATIONS: Final = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Violation.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Violation.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: Violation.FOREIGN_KEY,
}


class Sqlite:
    """A database in one file. Belongs to the loop that is running when it is made."""

    def __init__(self, url: URL, settings: Settings) -> None:
        self._url = url
        self._prepared = PreparedWrites()
        self._compiled: dict[KeyedRead, CompiledRead] = {}
        full = settings.durability is Durability.FULL
        self._writing = self._engine(
            1, "journal_mode=WAL", f"synchronous={'FULL' if full else 'NORMAL'}", "foreign_keys=ON"
        )
        self._reading = self._engine(settings.readers, "query_only=ON")
        self._writing_thread = ThreadPoolExecutor(1, "store.writing")
        self._reading_threads = ThreadPoolExecutor(settings.readers, "store.reading")
        self._at_once: sqlite3.Connection | None = None
        self._reads = 0
        self._is_closed = False

    async def find(self, read: KeyedRead, key: Mapping[str, Any]) -> Record | None:
        """The row of a key, read at once where that is quick."""
        compiled = self._compiled.get(read)
        if compiled is None:
            compiled = self._compiled[read] = CompiledRead(read, self._reading.dialect)
        self._reads += 1
        if self._reads % READS_IN_A_ROW == 0:
            await asyncio.sleep(0)
        try:
            rows = self._connection().execute(compiled.sql, compiled.parameters(key)).fetchmany(2)
        except sqlite3.DatabaseError:
            # Locked, broken off after STEPS_MAX, out of order: the long way finds out, and tells what it was.
            return await self._on_reading_thread(lambda: self._find(read, key))
        return compiled.record(rows[0]) if rows else None

    async def rows(self, query: Select[Any]) -> Sequence[Record]:
        """All that a query finds, on a reading thread."""
        return await self._on_reading_thread(lambda: self._rows(query))

    async def commit(self, batch: Sequence[Write]) -> list[int]:
        """One transaction on the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writing_thread, self._commit, batch)

    async def close(self) -> None:
        """Close every connection, once nothing runs on them."""
        self._is_closed = True
        if self._at_once is not None:
            self._at_once.close()
            self._at_once = None
        for threads, engine in (
            (self._reading_threads, self._reading),
            (self._writing_thread, self._writing),
        ):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()

    # On the loop's thread

    def _connection(self) -> sqlite3.Connection:
        self._refuse_when_closed()
        if self._at_once is None:
            # Autocommit: a read ends its transaction with its last row, so that it holds up no checkpoint.
            self._at_once = sqlite3.connect(str(self._url.database), timeout=0, isolation_level=None)
            self._at_once.execute("PRAGMA query_only=ON")
            self._at_once.set_progress_handler(lambda: 1, STEPS_MAX)
        return self._at_once

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise StoreBusyError("the store is closed")

    # On the other threads

    async def _on_reading_thread(self, work: Callable[[], T]) -> T:
        self._refuse_when_closed()
        try:
            async with timeout(READ_TIMEOUT_S):
                return await asyncio.get_running_loop().run_in_executor(self._reading_threads, work)
        except TimeoutError as error:
            raise StoreBusyError("all connections of the database are in use") from error

    def _find(self, read: KeyedRead, key: Mapping[str, Any]) -> Record | None:
        with _outages(), self._reading.connect() as connection:
            return connection.execute(read.select, dict(key)).mappings().one_or_none()

    def _rows(self, query: Select[Any]) -> Sequence[Record]:
        with _outages(), self._reading.connect() as connection:
            return connection.execute(query).mappings().all()

    def _commit(self, batch: Sequence[Write]) -> list[int]:
        with _outages(), self._writing.begin() as connection:
            return run_batch(connection, batch, self._prepared)

    def _engine(self, connections: int, *pragmas: str) -> Engine:
        engine = create_engine(self._url, pool_size=connections, max_overflow=0, hide_parameters=True)
        event.listen(engine, "connect", _pragmas(f"busy_timeout={BUSY_TIMEOUT_MS}", *pragmas))
        return engine

    @property
    def is_shared(self) -> bool:
        """A file is one node's."""
        return False

    def upsert(self, table: Table) -> Insert:
        """INSERT … ON CONFLICT (key) DO UPDATE of every other column."""
        insert = sqlite.insert(table)
        keys = [column.name for column in table.primary_key]
        return insert.on_conflict_do_update(
            index_elements=keys,
            set_={column.name: column for column in insert.excluded if column.name not in keys},
        )

    def violation(self, error: IntegrityError) -> Violation:
        """By SQLite's extended result code."""
        return _VIOLATIONS.get(_error_code(error), Violation.OTHER)


def run_alone(url: URL, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction, and wait for it. Makes the file where there is none.

    Raises: OSError with the file in `filename` when it cannot be used; what `work` raises.
    """
    _create_file(url)
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _leave_transactions_alone)
    event.listen(engine, "begin", _begin_at_once)
    try:
        with _outages(), engine.begin() as connection:
            return work(connection)
    except OutageError as error:
        raise OSError(errno.EIO, f"the database cannot be used: {error}", str(url.database)) from error
    finally:
        engine.dispose()


def _leave_transactions_alone(connection: sqlite3.Connection, _record: object) -> None:
    """Of itself the driver commits each CREATE: a start that is cut off would leave half the tables."""
    connection.isolation_level = None


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _create_file(url: URL) -> None:
    """Make an empty database that only the owner can read: it holds tokens. An existing one stays."""
    os.close(os.open(Path(str(url.database)), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


@contextmanager
def _outages() -> Iterator[None]:
    """Tell what is the fault of the database as a whole: by the low byte of SQLite's extended result code."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or _error_code(error) & 0xFF in _OUTAGES:
            raise OutageError(str(error.orig)) from error
        raise


def _error_code(error: DBAPIError) -> int:
    """SQLite's extended result code, or 0 where the driver gave none."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code if isinstance(code, int) else 0


def _pragmas(*settings: str) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    return on_connect
