"""SQLite: pragmas, upsert and the meaning of its error codes. The only file that knows them.

WAL lets readers read while the one writer writes. With synchronous=NORMAL a commit is safe from the death
of the process, with FULL from the death of the machine (https://sqlite.org/pragma.html#pragma_synchronous).
"""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Insert, Table, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from offhook.store.dialect import Violation
from offhook.store.settings import Durability, Settings

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a statement waits for the lock of another process, such as a backup."""
POOL_TIMEOUT_S: Final = 10.0
"""How long a read waits for a free connection before the store counts as busy."""

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
    }
)
_VIOLATIONS: Final = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Violation.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Violation.UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: Violation.FOREIGN_KEY,
}


class Sqlite:
    """A database in one file."""

    def __init__(self, url: URL, settings: Settings) -> None:
        self._url = url.set(drivername="sqlite+aiosqlite")
        self._settings = settings

    def writing_engine(self) -> AsyncEngine:
        """One connection, with the durability of the settings."""
        full = self._settings.durability is Durability.FULL
        return self._engine(
            1, "journal_mode=WAL", f"synchronous={'FULL' if full else 'NORMAL'}", "foreign_keys=ON"
        )

    def reading_engine(self) -> AsyncEngine:
        """Connections that SQLite itself keeps from writing."""
        return self._engine(self._settings.readers, "query_only=ON")

    def _engine(self, connections: int, *pragmas: str) -> AsyncEngine:
        engine = create_async_engine(
            self._url, pool_size=connections, max_overflow=0, pool_timeout=POOL_TIMEOUT_S
        )
        event.listen(engine.sync_engine, "connect", _pragmas(f"busy_timeout={BUSY_TIMEOUT_MS}", *pragmas))
        return engine

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

    def is_outage(self, error: DBAPIError) -> bool:
        """By SQLite's primary result code, the low byte of the extended one."""
        return error.connection_invalidated or _error_code(error) & 0xFF in _OUTAGES


def create_file(url: URL) -> None:
    """Make an empty database that only the owner can read: it holds tokens. An existing one stays.

    Raises: OSError when the folder is missing or not writable.
    """
    if url.database is None:
        raise ValueError("a SQLite URL needs the path of a file: sqlite:///PATH")
    os.close(os.open(Path(url.database), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


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
