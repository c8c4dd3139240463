"""What differs between databases, as the rest of the store asks for it.

One implementation per database (`sqlite.py`); everything else in this room is SQL that all of them speak.
"""

from enum import Enum, auto
from typing import Protocol

from sqlalchemy import Insert, Table
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine


class Violation(Enum):
    """Which promise of the schema a write would have broken."""

    UNIQUE = auto()
    FOREIGN_KEY = auto()
    OTHER = auto()


class Dialect(Protocol):
    """One kind of database."""

    def writing_engine(self) -> AsyncEngine:
        """An engine with the one connection that writes."""
        ...

    def reading_engine(self) -> AsyncEngine:
        """An engine with a few connections that cannot write."""
        ...

    def upsert(self, table: Table) -> Insert:
        """An INSERT of whole rows that replaces the row of the same key."""
        ...

    def violation(self, error: IntegrityError) -> Violation:
        """What an integrity error was about."""
        ...

    def is_outage(self, error: DBAPIError) -> bool:
        """Whether the database as a whole is to blame (locked, full, gone), not the statement."""
        ...
