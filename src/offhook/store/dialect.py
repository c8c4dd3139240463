"""What differs between databases, as the rest of the store asks for it.

One implementation per database (`sqlite.py`, `postgres.py`); everything else in this room is SQL that
all of them speak.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any, Protocol

from sqlalchemy import Insert, Select, Table
from sqlalchemy.exc import IntegrityError

from offhook.store.batch import Write
from offhook.store.prepared import KeyedRead

Record = Mapping[Any, Any]
"""A row as values by column."""


class OutageError(Exception):
    """The database as a whole is to blame (locked, full, gone), not the statement; the text says how."""


class Violation(Enum):
    """Which promise of the schema a write would have broken."""

    UNIQUE = auto()
    FOREIGN_KEY = auto()
    OTHER = auto()


class Dialect(Protocol):
    """One database of one kind, opened: a few connections that cannot write and the one that does."""

    @property
    def is_shared(self) -> bool:
        """Whether several nodes may have it open at one time."""
        ...

    async def find(self, read: KeyedRead, key: Mapping[str, Any]) -> Record | None:
        """The row of a key.

        Raises: StoreBusyError when no connection becomes free; OutageError.
        """
        ...

    async def rows(self, query: Select[Any]) -> Sequence[Record]:
        """All that a query finds. Raises: as `find`."""
        ...

    async def commit(self, batch: Sequence[Write]) -> list[int]:
        """Run a batch in one transaction, see `run_batch`. Never called while it runs.

        Raises: OutageError; SQLAlchemyError when the database refuses a statement.
        """
        ...

    async def close(self) -> None:
        """Close every connection, once nothing runs on them."""
        ...

    def upsert(self, table: Table) -> Insert:
        """An INSERT of whole rows that replaces the row of the same key."""
        ...

    def violation(self, error: IntegrityError) -> Violation:
        """What an integrity error was about."""
        ...
