"""How the tables came to be, step by step: run at start and by `offhook db upgrade`.

Synchronous on purpose: nothing else runs before the tables are right. A new step is a file in `versions/`;
`tables.py` says where the steps must lead, and a test compares.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from offhook.store.connection import parse_url
from offhook.store.sqlite import create_file


def migrate(url: str) -> None:
    """Bring the tables of a database to what this version needs; a new database gets all of them.

    url: as in the store's settings; the folder of a SQLite file must exist.
    Raises: UsageError for a URL that the store does not speak, OSError for a missing folder,
    alembic.util.CommandError when the database was made by a newer version.
    """
    parsed = parse_url(url)
    create_file(parsed)
    engine = create_engine(parsed, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
