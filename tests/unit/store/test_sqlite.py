"""What SQLite is told on each connection."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from offhook.store.connection import parse_url
from offhook.store.migrations import migrate
from offhook.store.settings import Durability, Settings
from offhook.store.sqlite import Sqlite


async def ask(engine: AsyncEngine, *pragmas: str) -> list[object]:
    try:
        async with engine.connect() as connection:
            return [(await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in pragmas]
    finally:
        await engine.dispose()


@pytest.mark.parametrize(("durability", "synchronous"), [(Durability.NORMAL, 1), (Durability.FULL, 2)])
def test_the_writer_is_as_durable_as_asked(tmp_path: Path, durability: Durability, synchronous: int) -> None:
    url = f"sqlite:///{tmp_path / 'offhook.db'}"
    migrate(url)
    dialect = Sqlite(parse_url(url), Settings(url, durability))
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    assert asyncio.run(ask(dialect.writing_engine(), *pragmas)) == ["wal", synchronous, 1, 5000]


def test_a_reading_connection_cannot_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'offhook.db'}"
    migrate(url)

    async def run() -> None:
        engine = Sqlite(parse_url(url), Settings(url)).reading_engine()
        try:
            async with engine.connect() as connection:
                with pytest.raises(OperationalError, match="readonly"):
                    await connection.execute(text("DELETE FROM calls"))
        finally:
            await engine.dispose()

    asyncio.run(run())
