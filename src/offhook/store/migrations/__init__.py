"""How the tables came to be, step by step: run at start and by `offhook db upgrade`.

Synchronous on purpose: nothing else runs before the tables are right. A new step is a file in `versions/`;
`tables.py` says where the steps must lead, and a test compares.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
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


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
