"""How the tables came to be, step by step: run at start and by `offhook db upgrade`.

Synchronous on purpose: nothing else runs before the tables are right. A new step is a file in `versions/`;
`tables/` says where the steps must lead, and a test compares. A new database gets the tables of `tables/` at
once, an up-to-date one nothing: Alembic, a third of a second of imports, is loaded for an older one alone.
"""

from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, inspect, text

from offhook.store import postgres, sqlite
from offhook.store.connection import parse_url
from offhook.store.tables import METADATA

T = TypeVar("T")

STAMP: Final = "alembic_version"
"""Alembic's table of one row: the number of the last step."""
MAKE_STAMP: Final = (
    f"CREATE TABLE {STAMP} (version_num VARCHAR(32) NOT NULL, "
    f"CONSTRAINT {STAMP}_pkc PRIMARY KEY (version_num))"
)
SET_STAMP: Final = f"INSERT INTO {STAMP} (version_num) VALUES (:number)"  # noqa: S608 - a constant


class UnknownTablesError(Exception):
    """The database was made by a newer version, or by somebody else."""


def migrate(url: str) -> None:
    """Bring the tables of a database to what this version needs; a new database gets all of them.

    url: as in the store's settings; the folder of a SQLite file must exist, and a database on a server.
    Raises: UsageError for a URL that the store does not speak, OSError for a missing folder or a server
    that cannot be used, UnknownTablesError.
    """
    run_alone(url, _upgrade)


def run_alone(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction of a connection of its own. Raises: as `migrate` does."""
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        return sqlite.run_alone(parsed, work)
    return postgres.run_alone(parsed, work)


class Tables(Enum):
    """How a database's tables stand beside those that this version needs."""

    ABSENT = "absent"
    OLDER = "older"
    CURRENT = "current"
    UNKNOWN = "unknown"
    """Made by a newer version, or by somebody else."""


def examine(url: str) -> Tables:
    """Look, and change nothing. Raises: as `migrate` does, but for the last."""
    return run_alone(url, _compare)


def _compare(connection: Connection) -> Tables:
    number = _number_of(connection)
    if number is None:
        return Tables.ABSENT
    if number == steps()[-1]:
        return Tables.CURRENT
    return Tables.OLDER if number in steps() else Tables.UNKNOWN


def _number_of(connection: Connection) -> str | None:
    """Of the last step that was taken; None before the first."""
    if not inspect(connection).has_table(STAMP):
        return None
    number: str | None = connection.execute(text(f"SELECT version_num FROM {STAMP}")).scalar()  # noqa: S608
    return number


@cache
def steps() -> tuple[str, ...]:
    """The numbers of the steps, by the names of their files: `v0001_first_tables.py` is 0001."""
    files = (Path(__file__).parent / "versions").glob("v[0-9]*.py")
    return tuple(sorted(file.name.removeprefix("v").partition("_")[0] for file in files))


def _upgrade(connection: Connection) -> None:
    match _compare(connection):
        case Tables.ABSENT if not inspect(connection).get_table_names():
            METADATA.create_all(connection, checkfirst=False)
            connection.execute(text(MAKE_STAMP))
            connection.execute(text(SET_STAMP), {"number": steps()[-1]})
        case Tables.ABSENT | Tables.OLDER:
            take_steps(connection)
        case Tables.UNKNOWN:
            raise UnknownTablesError(f"its tables are of step {_number_of(connection)}, unknown here")


def take_steps(connection: Connection, last: str = "head") -> None:
    """Take the steps that are missing, one after the other, up to that number."""
    from alembic import command  # noqa: PLC0415 - see the head of the file
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, last)
