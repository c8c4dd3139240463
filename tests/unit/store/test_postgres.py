"""PostgreSQL: a server that goes, comes back, hangs, is full, refuses; and what is never said."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import asyncpg
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from offhook.model.call import CallStatus
from offhook.store import connection, writer
from offhook.store import postgres as module
from offhook.store.connection import open_dialect
from offhook.store.database import SqlStore, open_store
from offhook.store.migrations import migrate
from offhook.store.ports import StoreBusyError
from offhook.store.postgres import Postgres
from offhook.store.settings import Durability, Settings
from tests.support.postgres import PASSWORD, USER, PostgresCluster
from tests.support.stores import ACCOUNT, account, call, opened

FAULT = """
CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'made by the test' USING ERRCODE = '{code}'; END $$
"""


@pytest.fixture
def own() -> Iterator[PostgresCluster]:
    """A server that the test may stop."""
    with PostgresCluster() as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_FIRST_S", 0.01)
    monkeypatch.setattr(writer, "RETRY_LONGEST_S", 0.05)


async def written_at_last(store: SqlStore, sid: str) -> None:
    """A posted call is there, in its last state, as soon as the database takes it."""
    async with asyncio.timeout(20):
        while True:
            try:
                await store.accounts.save(account())
            except StoreBusyError:
                await asyncio.to_thread(lambda: None)
            else:
                break
    found = await store.calls.fetch(ACCOUNT, sid)
    assert found is not None
    assert found.status is CallStatus.FAILED


def test_a_server_that_goes_and_comes_back(own: PostgresCluster) -> None:
    url = own.new_database()

    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            await asyncio.to_thread(own.stop, "immediate")
            store.calls.post(call())
            with pytest.raises(StoreBusyError):
                await store.accounts.save(account())
            with pytest.raises(StoreBusyError):
                await store.calls.fetch(ACCOUNT, call().sid)
            store.calls.post(replace(call(), status=CallStatus.FAILED))
            await asyncio.to_thread(own.start)
            await written_at_last(store, call().sid)

    asyncio.run(run())


def test_it_says_whether_it_answers(own: PostgresCluster) -> None:
    url = own.new_database()

    async def run() -> None:
        async with opened(url) as store:
            assert await store.is_answering()
            await asyncio.to_thread(own.stop, "immediate")
            assert not await store.is_answering()
            await asyncio.to_thread(own.start)
            assert await store.is_answering()

    asyncio.run(run())


def test_a_server_that_hangs_is_not_answering(
    postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.new_database()

    async def run() -> None:
        async with opened(url) as store:
            monkeypatch.setattr(connection, "PROBE_S", 0.2)
            other = await asyncpg.connect(url)
            async with other.transaction():
                await other.execute("LOCK TABLE kept_settings IN ACCESS EXCLUSIVE MODE")
                assert not await store.is_answering()
            await other.close()
            monkeypatch.undo()
            assert await store.is_answering()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("/offhook?host=/no/folder&port=15490", "/no/folder:15490/offhook"),
        ("/offhook?host=/no/folder", "/no/folder:5432/offhook"),
        ("127.0.0.1:1/offhook", "127.0.0.1:1/offhook"),
    ],
)
def test_what_cannot_be_reached_is_named_with_the_port_of_its_url(where: str, place: str) -> None:
    with pytest.raises(OSError, match="cannot be used") as refused:
        migrate(f"postgresql://{USER}:{PASSWORD}@{where}")
    assert refused.value.filename == place


def test_a_restart_between_two_reads_is_not_noticed(own: PostgresCluster) -> None:
    url = own.new_database()

    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            for _ in range(Settings(url).readers):
                assert await store.accounts.fetch(ACCOUNT) is not None
            await asyncio.to_thread(own.stop, "fast")
            await asyncio.to_thread(own.start)
            assert await store.accounts.fetch(ACCOUNT) is not None

    asyncio.run(run())


@pytest.mark.parametrize(
    "code",
    ["53100", "53200", "40001", "40P01", "25006", "57014", "58030"],
    ids=["disk full", "memory", "serialization", "deadlock", "standby", "canceled", "input or output"],
)
def test_a_write_that_the_server_cannot_do_now_is_kept(postgres: PostgresCluster, code: str) -> None:
    url = postgres.new_database()

    async def run() -> None:
        async with opened(url) as store:
            database = url.rpartition("/")[2]
            await postgres.execute(
                FAULT.format(code=code),
                "CREATE TRIGGER fault BEFORE INSERT ON calls FOR EACH ROW EXECUTE FUNCTION fault()",
                database=database,
            )
            store.calls.post(call())
            with pytest.raises(StoreBusyError):
                await store.accounts.save(account())
            store.calls.post(replace(call(), status=CallStatus.FAILED))
            await postgres.execute("DROP TRIGGER fault ON calls", database=database)
            await written_at_last(store, call().sid)

    asyncio.run(run())


def test_a_server_without_a_free_connection_is_busy(postgres: PostgresCluster) -> None:
    url = postgres.new_database()
    database = url.rpartition("/")[2]

    async def run() -> None:
        await postgres.execute(
            f"CREATE ROLE few LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 1",
            f"ALTER DATABASE {database} OWNER TO few",
        )
        async with opened(url.replace(USER, "few", 1)) as store:
            # The writer has the one connection; a reader gets none.
            await store.accounts.save(account())
            with pytest.raises(StoreBusyError):
                await store.accounts.fetch(ACCOUNT)
            await postgres.execute("ALTER ROLE few CONNECTION LIMIT 5")
            assert await store.accounts.fetch(ACCOUNT) is not None

    asyncio.run(run())


def test_a_server_that_hangs_is_given_up(postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.new_database()

    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            assert await store.accounts.fetch(ACCOUNT) is not None
            other = await asyncpg.connect(url)
            async with other.transaction():
                await other.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
                with monkeypatch.context() as patched:
                    patched.setattr(module, "ANSWER_TIMEOUT_S", 0.05)
                    with pytest.raises(StoreBusyError):
                        await store.accounts.fetch(ACCOUNT)
                    with pytest.raises(StoreBusyError):
                        await store.accounts.save(account())
            await other.close()
            assert await store.accounts.fetch(ACCOUNT) is not None

    asyncio.run(run())


@pytest.mark.parametrize(("durability", "commit"), [(Durability.NORMAL, "off"), (Durability.FULL, "on")])
def test_full_durability_waits_for_the_servers_disk(
    postgres: PostgresCluster, durability: Durability, commit: str
) -> None:
    """Whatever the operator chose for the database."""
    url = postgres.new_database()
    asyncio.run(postgres.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off"))

    async def run() -> None:
        dialect = open_dialect(Settings(url, durability))
        assert isinstance(dialect, Postgres)
        async with dialect._writing.connect() as connection:
            assert (await connection.execute(text("SHOW synchronous_commit"))).scalar() == commit
        await dialect.close()

    asyncio.run(run())


def test_a_reading_connection_cannot_write(postgres: PostgresCluster) -> None:
    url = postgres.new_database()
    migrate(url)

    async def run() -> None:
        dialect = open_dialect(Settings(url))
        assert isinstance(dialect, Postgres)
        async with dialect._reading.connect() as connection:
            with pytest.raises(DBAPIError, match="read-only"):
                await connection.execute(text("DELETE FROM calls"))
        await dialect.close()

    asyncio.run(run())


def test_nodes_that_start_together_migrate_one_after_another(postgres: PostgresCluster) -> None:
    url = postgres.new_database()
    with ThreadPoolExecutor(4) as nodes:
        assert list(nodes.map(migrate, [url] * 4)) == [None] * 4


def test_what_cannot_be_opened_says_why_and_no_password(postgres: PostgresCluster) -> None:
    good = postgres.new_database()
    wrong = good.replace(PASSWORD, "wrong-but-secret")
    missing = good.rpartition("/")[0] + "/nobody"
    elsewhere = "postgresql://me:wrong-but-secret@127.0.0.1:1/db"
    for url, reason in (
        (wrong, "password authentication failed"),
        (missing, "does not exist"),
        (elsewhere, "Connect call failed"),
    ):
        with pytest.raises(OSError, match=reason) as caught:
            open_store(Settings(url))
        error: BaseException | None = caught.value
        assert caught.value.filename == url.rpartition("@")[2]
        while error is not None:
            assert PASSWORD not in repr(error)
            assert "wrong-but-secret" not in repr(error)
            error = error.__cause__ or error.__context__


def test_an_outage_is_logged_without_the_password(own: PostgresCluster) -> None:
    url = own.new_database()

    async def run() -> None:
        async with opened(url) as store:
            await asyncio.to_thread(own.stop, "immediate")
            with pytest.raises(StoreBusyError):
                await store.accounts.save(account())

    with structlog.testing.capture_logs() as lines:
        asyncio.run(run())
    assert [line["event"] for line in lines] == ["store.stalled"]
    assert PASSWORD not in repr(lines)
    assert PASSWORD not in repr(Settings(url))
