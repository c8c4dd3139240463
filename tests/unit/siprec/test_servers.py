"""Which of a connector's servers records: one that refuses, is dead, or dies is followed by the next."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.siprec.connector import Connector
from tests.support.clock import LoopClock
from tests.support.free_port import free_port
from tests.support.recording_server import RecordingServer, answering
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.siprec.test_sessions import NEWS, START, VOICE, offer_direction, told

PASSWORD = "Correct-Horse-7"
LOGIN = Credentials("recorder", Secret(PASSWORD))


@asynccontextmanager
async def two_servers(
    pause_s: int, credentials: Credentials | None = None
) -> AsyncIterator[tuple[SmallExchange, RecordingServer, RecordingServer]]:
    """An exchange whose connector `main` has two servers."""
    document = START.format("") + f"<Pause length='{pause_s}'/><Say>over</Say>"
    async with small_exchange({VOICE: f"<Response>{document}</Response>", NEWS: ""}) as small:
        first = RecordingServer(LoopClock(), SeededChance(9), answering(7000, 7002))
        second = RecordingServer(LoopClock(), SeededChance(10), answering(8000, 8002))
        uris = [await server.listen() for server in (first, second)]
        small.connectors["main"] = Connector.to(*uris, credentials=credentials)
        try:
            yield small, first, second
        finally:
            for call in small.calls:
                await call.close()
            await small.siprecs.drain(60)
            first.close()
            second.close()


def sent_to(small: SmallExchange) -> list[int]:
    """Where the two tracks go now."""
    return [port.plan.remote_port for port in small.media.ports[1:] if port.plan is not None]


def test_a_server_that_refuses_is_followed_by_the_next() -> None:
    async def scenario() -> None:
        async with two_servers(5) as (small, first, second):
            first.refusal = 486
            call = await small.call()
            await asyncio.wait_for(second.sessions.get(), 5)
            await asyncio.sleep(1)
            assert sent_to(small) == [8000, 8002]
            await call.ended()
            await asyncio.wait_for(second.ended.wait(), 5)
            await small.siprecs.drain(5)
            assert len(first.requests) == 1
            assert told(small) == ["siprec-started", "siprec-stopped"]
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_server_where_nobody_listens_is_followed_by_the_next() -> None:
    async def scenario() -> None:
        async with two_servers(5) as (small, _, second):
            uri = f"sip:srs@{second.driver.addresses[0]}"
            nowhere = f"sip:srs@127.0.0.1:{free_port()};transport=tcp"
            small.connectors["main"] = Connector.to(nowhere, uri)
            call = await small.call()
            await asyncio.wait_for(second.sessions.get(), 5)
            await call.ended()
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_when_all_refuse_each_is_named() -> None:
    async def scenario() -> None:
        async with two_servers(3) as (small, first, second):
            first.refusal, second.refusal = 503, 480
            call = await small.call()
            await call.ended()
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-error"]
            (note,) = small.store.notifications.history
            assert f"{first.driver.addresses[0]} answered 503" in note.message_text
            assert f"{second.driver.addresses[0]} answered 480" in note.message_text

    run(scenario())


def test_a_server_that_dies_while_it_records_is_followed_by_the_next() -> None:
    async def scenario() -> None:
        async with two_servers(120) as (small, first, second):
            call = await small.call()
            await first.sessions.get()
            await asyncio.sleep(1)
            assert sent_to(small) == [7000, 7002]
            before = first.told.get_nowait()
            first.close()
            offer_direction(small, call, "inactive")  # is to be told, and nobody answers
            await asyncio.wait_for(second.sessions.get(), 60)
            await asyncio.sleep(1)
            assert sent_to(small) == [8000, 8002]
            after = second.told.get_nowait()
            assert after.session_id == before.session_id
            assert after.ids == before.ids
            await call.hang_up()
            await asyncio.wait_for(second.ended.wait(), 10)
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_a_server_that_died_is_found_by_the_session_timer_where_nothing_changes() -> None:
    async def scenario() -> None:
        async with two_servers(300) as (small, first, second):
            call = await small.call()
            session = await first.sessions.get()
            assert (session.request.headers.get("Session-Expires") or "").startswith("120")
            await asyncio.sleep(1)
            first.close()
            await asyncio.wait_for(second.sessions.get(), 130)
            await call.hang_up()
            await small.siprecs.drain(60)
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_a_challenge_is_answered_with_the_connectors_credentials() -> None:
    async def scenario() -> None:
        async with two_servers(3, LOGIN) as (small, first, second):
            first.login = ("recorder", Secret(PASSWORD))
            call = await small.call()
            session = await asyncio.wait_for(first.sessions.get(), 5)
            assert 'username="recorder"' in (session.request.headers.get("Authorization") or "")
            await call.ended()
            await small.siprecs.drain(5)
            assert second.sessions.empty()
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_a_password_that_is_wrong_there_is_tried_at_the_next() -> None:
    async def scenario() -> None:
        async with two_servers(3, LOGIN) as (small, first, second):
            first.login = ("recorder", Secret("another"))
            second.login = ("recorder", Secret(PASSWORD))
            call = await small.call()
            await asyncio.wait_for(second.sessions.get(), 5)
            await call.ended()
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())
