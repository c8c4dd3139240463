"""What SQLite is told on each connection, and which way a read takes."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Select, literal_column, select, text
from sqlalchemy.exc import OperationalError

from offhook.store import sqlite
from offhook.store.batch import Write
from offhook.store.connection import parse_url
from offhook.store.migrations import migrate
from offhook.store.ports import StoreBusyError
from offhook.store.prepared import CompiledRead, KeyedRead
from offhook.store.settings import Durability, Settings
from offhook.store.sqlite import Sqlite
from offhook.store.tables import kept_settings, notifications
from tests.support.stores import ACCOUNT, notification, numbered, opened

BY_NAME = KeyedRead(select(kept_settings), kept_settings.c.name)
KEPT = kept_settings.insert().values(name="realm", value="sip.localhost")


@asynccontextmanager
async def dialect(folder: Path, durability: Durability = Durability.NORMAL) -> AsyncIterator[Sqlite]:
    url = f"sqlite:///{folder / 'offhook.db'}"
    migrate(url)
    made = Sqlite(parse_url(url), Settings(url, durability))
    try:
        yield made
    finally:
        await made.close()


def ask(engine: Engine, *pragmas: str) -> list[object]:
    with engine.connect() as connection:
        return [connection.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]


@pytest.mark.parametrize(("durability", "synchronous"), [(Durability.NORMAL, 1), (Durability.FULL, 2)])
def test_the_writer_is_as_durable_as_asked(tmp_path: Path, durability: Durability, synchronous: int) -> None:
    async def run() -> None:
        async with dialect(tmp_path, durability) as made:
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            assert ask(made._writing, *pragmas) == ["wal", synchronous, 1, 5000]

    asyncio.run(run())


def test_a_reading_connection_cannot_write(tmp_path: Path) -> None:
    async def run() -> None:
        async with dialect(tmp_path) as made:
            with made._reading.connect() as connection, pytest.raises(OperationalError, match="readonly"):
                connection.execute(text("DELETE FROM calls"))
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                made._connection().execute("DELETE FROM calls")

    asyncio.run(run())


class Taken:
    """The threads on which the long way of reading a key was taken."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.happened = threading.Event()


def long_ways(made: Sqlite, monkeypatch: pytest.MonkeyPatch) -> Taken:
    """Note them from now on."""
    taken = Taken()
    long_way = made._find

    def noted(read: KeyedRead, key: Any) -> Any:
        taken.threads.append(threading.current_thread().name)
        taken.happened.set()
        return long_way(read, key)

    monkeypatch.setattr(made, "_find", noted)
    return taken


def test_a_row_by_its_key_is_read_on_the_loops_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with dialect(tmp_path) as made:
            taken = long_ways(made, monkeypatch)
            assert await made.find(BY_NAME, {"name": "realm"}) is None
            await made.commit([Write((KEPT,), {})])
            assert await made.find(BY_NAME, {"name": "realm"}) == {"name": "realm", "value": "sip.localhost"}
            assert taken.threads == []

    asyncio.run(run())


def test_whoever_reads_on_and_on_lets_others_run(tmp_path: Path) -> None:
    async def run() -> None:
        async with dialect(tmp_path) as made:
            ran = asyncio.Event()
            asyncio.get_running_loop().call_soon(ran.set)
            for _ in range(sqlite.READS_IN_A_ROW):
                await made.find(BY_NAME, {"name": "realm"})
            assert ran.is_set()

    asyncio.run(run())


def test_a_read_that_takes_too_many_steps_goes_to_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: Select[Any] = select(literal_column("value")).select_from(
        text(
            "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 100000)"
            " SELECT max(value) AS value FROM n)"
        )
    )

    async def run() -> None:
        async with dialect(tmp_path) as made:
            taken = long_ways(made, monkeypatch)
            slow = KeyedRead(numbers)
            compiled = CompiledRead(slow, made._reading.dialect)
            with pytest.raises(sqlite3.OperationalError, match="interrupted"):
                made._connection().execute(compiled.sql).fetchall()
            found = await made.find(slow, {})
            assert found == {"value": 100_000}
            assert [name.startswith("store.reading") for name in taken.threads] == [True]

    asyncio.run(run())


def test_a_lock_is_waited_for_on_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that changes the way of journalling locks readers out for a moment."""

    async def run() -> None:
        async with dialect(tmp_path) as made:
            await made.commit([Write((KEPT,), {})])
            await made.close()
            with closing(sqlite3.connect(tmp_path / "offhook.db", check_same_thread=False)) as other:
                other.execute("PRAGMA journal_mode=DELETE")
                other.execute("BEGIN EXCLUSIVE")
                again = Sqlite(made._url, Settings(str(made._url)))
                taken = long_ways(again, monkeypatch)
                asked = asyncio.create_task(again.find(BY_NAME, {"name": "realm"}))
                assert await asyncio.to_thread(taken.happened.wait, 5)
                assert not asked.done()
                other.rollback()
                assert await asked == {"name": "realm", "value": "sip.localhost"}
                await again.close()

    asyncio.run(run())


def test_reads_that_wait_for_a_thread_too_long_are_told_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "READ_TIMEOUT_S", 0.01)

    async def run() -> None:
        async with dialect(tmp_path) as made:
            release = threading.Event()
            for _ in range(Settings("").readers):
                made._reading_threads.submit(release.wait)
            with pytest.raises(StoreBusyError):
                await made.rows(select(kept_settings))
            release.set()

    asyncio.run(run())


def test_a_closed_store_is_not_read(tmp_path: Path) -> None:
    async def run() -> None:
        async with dialect(tmp_path) as made:
            await made.close()
            with pytest.raises(StoreBusyError):
                await made.find(BY_NAME, {"name": "realm"})
            with pytest.raises(StoreBusyError):
                await made.rows(select(kept_settings))

    asyncio.run(run())


def test_both_ways_give_the_same_record(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path / 'offhook.db'}") as store:
            store.notifications.post(notification())
            (by_query,) = await store._database.rows(select(notifications))
            key = {"account_sid": ACCOUNT, "sid": numbered("NO", 1)}
            read = KeyedRead(select(notifications), notifications.c.sid, notifications.c.account_sid)
            assert await store._database.find(read, **key) == by_query

    asyncio.run(run())
