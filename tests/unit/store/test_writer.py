"""The one writer: batches, order, failures that stay alone, and a database that does not answer."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime

import asyncpg
import pytest
from sqlalchemy import Connection, Engine, delete, event, insert

from offhook.model.account import Account
from offhook.model.call import CallStatus
from offhook.store import batch, postgres, sqlite, writer
from offhook.store.connection import open_dialect
from offhook.store.database import SqlStore, open_store
from offhook.store.migrations import migrate
from offhook.store.ports import CallFilter, DuplicateError, PageRequest, StoreBusyError
from offhook.store.settings import Settings
from offhook.store.tables import accounts, calls
from offhook.store.writer import Writer
from tests.support.stores import (
    ACCOUNT,
    access_list,
    account,
    call,
    notification,
    numbered,
    opened,
    sip_domain,
)

INSERT = insert(calls)


@asynccontextmanager
async def bare_writer(url: str, *, batch_size: int = 256, queue_size: int = 1000) -> AsyncIterator[Writer]:
    migrate(url)
    dialect = open_dialect(Settings(url))
    bare = Writer(dialect, batch_size=batch_size, queue_size=queue_size)
    bare.start()
    try:
        yield bare
    finally:
        await bare.close()
        await dialect.close()


class Commits:
    """Counts the transactions that are committed, on whatever thread."""

    def __init__(self) -> None:
        self.count = 0
        self.happened = threading.Event()

    def note(self, _: Connection) -> None:
        self.count += 1
        self.happened.set()

    def clear(self) -> None:
        self.count = 0
        self.happened.clear()


@pytest.fixture
def commits() -> Iterator[Commits]:
    counted = Commits()
    event.listen(Engine, "commit", counted.note)
    yield counted
    event.remove(Engine, "commit", counted.note)


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another client writes and does not end."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.rollback()
        return
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE accounts, calls IN EXCLUSIVE MODE")
            yield
    finally:
        await other.close()


async def saved_at_last(store: SqlStore, one: Account) -> None:
    """Save as soon as the database answers again."""
    async with asyncio.timeout(10):
        while True:
            try:
                await store.accounts.save(one)
            except StoreBusyError:
                await store.calls.list(ACCOUNT, CallFilter(), PageRequest())
            else:
                return


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 1)
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT_MS", 1)
    monkeypatch.setattr(writer, "RETRY_FIRST_S", 0.001)


def test_what_gathers_meanwhile_is_committed_together(url: str, commits: Commits) -> None:
    async def run() -> None:
        async with bare_writer(url) as bare:
            row = {column.name: getattr(call(), column.name, "") for column in calls.c}
            commits.clear()
            for number in range(600):
                bare.post(INSERT, {**row, "sid": numbered("CA", number)})
            await bare.flushed()
            assert commits.count == 3  # 256, 256, 88

    asyncio.run(run())


@pytest.mark.parametrize("end", ["read", "write", "full batch", "close"])
def test_posts_wait_for_company_until_somebody_waits_for_them(
    url: str, monkeypatch: pytest.MonkeyPatch, commits: Commits, end: str
) -> None:
    monkeypatch.setattr(writer, "GATHER_S", 3600.0)

    async def run() -> None:
        async with bare_writer(url, batch_size=8) as bare:
            commits.clear()
            row = {column.name: getattr(call(), column.name, "") for column in calls.c}

            def post(number: int) -> None:
                bare.post(INSERT, {**row, "sid": numbered("CA", number)})

            for number in range(4):
                post(number)
                await asyncio.sleep(0)
            assert commits.count == 0
            if end == "read":
                await bare.flushed()
            elif end == "write":
                await bare.execute(insert(calls).values({**row, "sid": numbered("CA", 9)}))
            elif end == "full batch":
                for number in range(4, 8):
                    post(number)
                assert await asyncio.to_thread(commits.happened.wait, 5)
            else:
                await bare.close()
            assert commits.count == 1

    asyncio.run(run())


def test_writes_of_many_kinds_keep_their_order(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(call())
            store.notifications.post(notification(call_sid=call().sid))
            store.calls.post(replace(call(), status=CallStatus.FAILED))
            # The delete was asked for last, so it finds the call ended.
            assert await store.calls.delete(ACCOUNT, call().sid)
            assert await store.notifications.fetch(ACCOUNT, notification().sid) is None

    asyncio.run(run())


def test_a_refused_write_fails_alone(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain(1))
            for number in range(5):
                store.calls.post(call(number))
            taken = asyncio.create_task(store.sip_domains.insert(sip_domain(2)))
            fine = asyncio.create_task(store.ip_access_control_lists.insert(access_list()))
            await asyncio.sleep(0)
            store.notifications.post(notification(1))
            store.notifications.post(notification(1))  # The same Sid twice: refused, and nobody waits.
            store.calls.post(call(5))
            with pytest.raises(DuplicateError):
                await taken
            await fine
            page = await store.calls.list(ACCOUNT, CallFilter(), PageRequest())
            assert len(page.items) == 6
            assert await store.notifications.fetch(ACCOUNT, notification(1).sid) == notification(1)

    asyncio.run(run())


def test_a_value_that_cannot_be_written_fails_alone(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001 (the point of the test)
            store.calls.post(replace(call(1), created_at=naive))
            store.calls.post(call(2))
            page = await store.calls.list(ACCOUNT, CallFilter(), PageRequest())
            assert [c.sid for c in page.items] == [call(2).sid]

    asyncio.run(run())


def test_a_full_queue_refuses(url: str) -> None:
    async def run() -> None:
        async with bare_writer(url, queue_size=2) as bare:
            values = {
                "friendly_name": "x",
                "auth_token": "x",
                "status": "active",
                "created_at": account().created_at,
                "updated_at": account().created_at,
            }
            bare.post(insert(accounts), {**values, "sid": numbered("AC", 1)})
            bare.post(insert(accounts), {**values, "sid": numbered("AC", 2)})
            with pytest.raises(StoreBusyError):
                bare.post(insert(accounts), {**values, "sid": numbered("AC", 3)})
            with pytest.raises(StoreBusyError):
                await bare.execute(insert(accounts).values(**values, sid=numbered("AC", 3)))
            await bare.flushed()
            bare.post(insert(accounts), {**values, "sid": numbered("AC", 3)})

    asyncio.run(run())


def test_a_queue_that_fills_says_so_before_it_is_full(url: str) -> None:
    async def run() -> None:
        async with bare_writer(url, queue_size=4) as bare:
            values = {
                "friendly_name": "x",
                "auth_token": "x",
                "status": "active",
                "created_at": account().created_at,
                "updated_at": account().created_at,
            }
            filling = []
            for number in range(1, 5):
                filling.append(bare.is_filling)
                bare.post(insert(accounts), {**values, "sid": numbered("AC", number)})
            assert filling == [False, False, False, True]
            await bare.flushed()
            assert not bare.is_filling

    asyncio.run(run())


def test_a_closed_store_refuses_and_has_kept_everything(url: str) -> None:
    async def run() -> None:
        store = open_store(Settings(url))
        for number in range(300):
            store.calls.post(call(number))
        await store.close()
        with pytest.raises(StoreBusyError):
            store.calls.post(call(300))
        with pytest.raises(StoreBusyError):
            await store.accounts.save(account())
        async with opened(url) as again:
            page = await again.calls.list(ACCOUNT, CallFilter(), PageRequest(size=1000))
            assert len(page.items) == 300

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_tells_those_who_wait_and_keeps_what_was_posted(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(call(1))
            assert await store.calls.fetch(ACCOUNT, call(1).sid) == call(1)
            async with locked(url):
                store.calls.post(call(2))
                with pytest.raises(StoreBusyError):
                    await store.accounts.save(account())
                # Reads go on, and show what was committed.
                assert await store.calls.fetch(ACCOUNT, call(1).sid) == call(1)
                assert await store.calls.fetch(ACCOUNT, call(2).sid) is None
                with pytest.raises(StoreBusyError):
                    await store.accounts.save(account())
                store.calls.post(replace(call(2), status=CallStatus.FAILED))
            assert await store.accounts.fetch(ACCOUNT) is None
            # What was posted meanwhile follows in its order, and so does what is asked for now.
            await saved_at_last(store, account())
            found = await store.calls.fetch(ACCOUNT, call(2).sid)
            assert found is not None
            assert found.status is CallStatus.FAILED

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_hit_only_those_who_wait_is_over_with_the_lock(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            async with locked(url):
                for _ in range(2):
                    with pytest.raises(StoreBusyError):
                        await store.accounts.save(account())
            await store.accounts.save(account())
            assert await store.accounts.fetch(ACCOUNT) is not None

    asyncio.run(run())


def test_a_writer_that_dies_leaves_nobody_waiting(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        store = open_store(Settings(url))

        def broken(*_: object) -> None:
            raise LookupError("nobody thought of this")

        monkeypatch.setattr(batch, "groupby", broken)
        store.calls.post(call())
        with pytest.raises(StoreBusyError):
            await store.accounts.save(account())
        assert await store.calls.fetch(ACCOUNT, call().sid) is None
        with pytest.raises(StoreBusyError):
            store.calls.post(call())
        with pytest.raises(LookupError):
            await store.close()

    asyncio.run(run())


@pytest.mark.usefixtures("impatient")
def test_closing_a_locked_database_ends(url: str) -> None:
    async def run() -> None:
        store = open_store(Settings(url))
        async with locked(url):
            store.calls.post(call())
            await store.close()
        async with opened(url) as again:
            assert await again.calls.fetch(ACCOUNT, call().sid) is None

    asyncio.run(run())


def test_a_caller_that_gave_up_does_not_stop_the_others(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            gone = asyncio.create_task(store.accounts.save(account()))
            await asyncio.sleep(0)
            gone.cancel()
            store.calls.post(call())
            assert await store.calls.fetch(ACCOUNT, call().sid) == call()
            assert gone.cancelled()

    asyncio.run(run())


def test_a_record_that_is_posted_again_while_it_waits_is_written_once_as_it_is_last(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GATHER_S", 3600.0)

    async def run() -> None:
        async with bare_writer(url) as bare:
            row = {column.name: getattr(call(), column.name, "") for column in calls.c}
            # An INSERT: written twice, it would be refused.
            bare.post(INSERT, {**row, "to": "sip:first@x.test"}, row["sid"])
            bare.post(INSERT, {**row, "to": "sip:last@x.test"}, row["sid"])
        async with opened(url) as store:
            (kept,) = (await store.calls.list(ACCOUNT, CallFilter(), PageRequest(50))).items
            assert kept.to == "sip:last@x.test"

    asyncio.run(run())


def test_a_record_keeps_its_place_towards_what_somebody_waits_for(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GATHER_S", 3600.0)

    async def run() -> None:
        async with bare_writer(url) as bare:
            row = {column.name: getattr(call(), column.name, "") for column in calls.c}
            bare.post(INSERT, row, row["sid"])
            removing = asyncio.ensure_future(bare.execute(delete(calls)))
            await asyncio.sleep(0)
            bare.post(INSERT, row, row["sid"])
            assert await removing == 1
        async with opened(url) as store:
            assert len((await store.calls.list(ACCOUNT, CallFilter(), PageRequest(50))).items) == 1

    asyncio.run(run())
