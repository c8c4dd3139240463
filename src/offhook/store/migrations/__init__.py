"""How the tables came to be, step by step: run at start and by `offhook db upgrade`.

Synchronous on purpose: nothing else runs before the tables are right. A new step is a file in `versions/`;
`tables.py` says where the steps must lead, and a test compares.
"""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from offhook.store import postgres, sqlite
from offhook.store.connection import parse_url

T = TypeVar("T")


def migrate(url: str) -> None:
    """Bring the tables of a database to what this version needs; a new database gets all of them.

    url: as in the store's settings; the folder of a SQLite file must exist, and a database on a server.
    Raises: UsageError for a URL that the store does not speak, OSError for a missing folder or a server
    that cannot be used, alembic.util.CommandError when the database was made by a newer version.
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
    steps = ScriptDirectory.from_config(_config())
    present = MigrationContext.configure(connection).get_current_revision()
    if present is None:
        return Tables.ABSENT
    if present == steps.get_current_head():
        return Tables.CURRENT
    known = {step.revision for step in steps.walk_revisions()}
    return Tables.OLDER if present in known else Tables.UNKNOWN


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
