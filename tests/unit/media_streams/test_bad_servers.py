"""Servers that stall, flood, leave in the middle or never open: each costs its own call, and no other."""

import asyncio

import pytest

from offhook.media_streams.live_stream import MESSAGES_MAX
from offhook.media_streams.speaker import MARKS_MAX
from tests.support.scripted_sockets import ScriptedSocket
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.media_streams.test_connect_stream import NEWS, VOICE, on_stream, told

STREAM = (
    "<Response><Connect><Stream url='wss://agent.test/' statusCallback='/news'/></Connect>"
    "<Say>over</Say></Response>"
)


def test_a_flood_is_read_no_faster_than_a_thousand_messages_a_second() -> None:
    async def act(small: SmallExchange, call: object, socket: ScriptedSocket) -> None:
        for _ in range(5 * MESSAGES_MAX):
            socket.say("clear")
        (live,) = small.streams.inspected(small.store.calls.last.sid)
        await asyncio.sleep(0.5)
        assert live.inspection.clears == MESSAGES_MAX
        await asyncio.sleep(10)
        assert live.inspection.clears == 5 * MESSAGES_MAX
        small.port.utter(bytes(160))
        await socket.next("media")

    on_stream(act)


def test_marks_without_end_are_bounded_and_told_once() -> None:
    async def act(small: SmallExchange, call: object, socket: ScriptedSocket) -> None:
        socket.play(bytes(8000 * 60))
        for number in range(MARKS_MAX + 500):
            socket.say("mark", name=str(number))
        await asyncio.sleep(MARKS_MAX / MESSAGES_MAX + 5)
        (live,) = small.streams.inspected(small.store.calls.last.sid)
        assert live.inspection.marks_received == MARKS_MAX + 500
        assert small.store.notifications.codes == [31931]
        socket.say("clear")
        await asyncio.sleep(2)
        assert live.inspection.marks_sent == MARKS_MAX

    on_stream(act)


@pytest.mark.parametrize("patience_s", [0.0, 1.0])
def test_who_hangs_up_while_the_socket_is_opened_leaves_nothing_open(patience_s: float) -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: STREAM, NEWS: ""}) as small:
            small.sockets.opens_after_s = 5.0
            call = await small.call()
            await asyncio.sleep(patience_s)
            await call.hang_up()
            await small.streams.drain(1)
            assert small.sockets.opened == []
            assert told(small) == [], "it has not started"

    run(scenario())


def test_a_server_that_leaves_right_after_the_handshake_ends_the_verb() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: STREAM, NEWS: ""}) as small:
            call = await small.call()
            socket = await small.sockets.at(0)
            socket.hang_up(None)
            await call.ended()
            assert small.voice.texts == ["over"]
            assert told(small) == ["stream-started", "stream-stopped"]
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_server_that_breaks_before_start_is_an_error() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: STREAM, NEWS: ""}) as small:
            small.sockets.breaks_at_once = True
            call = await small.call()
            await call.ended()
            assert small.voice.texts == ["over"]
            assert told(small)[-1] == "stream-error"
            assert small.store.notifications.codes == [31903]

    run(scenario())


def test_one_bad_server_leaves_the_other_streams_of_the_call_alone() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Say>hello</Say><Start><Stream url='wss://good.test/'/><Stream url='wss://bad.test/'/>"
            "</Start><Pause length='60'/></Response>"
        )
        async with small_exchange({VOICE: document}) as small:
            await small.call()
            good, bad = await small.sockets.at(0), await small.sockets.at(1)
            bad.is_read.clear()
            for _ in range(100):
                small.port.utter(bytes(160))
            await asyncio.sleep(0.1)
            assert good.events().count("media") == 100
            await asyncio.sleep(20)
            assert bad.closed_with is not None
            small.port.utter(b"\x05" * 160)
            await good.next("media")
            assert good.closed_with is None

    run(scenario())


def test_a_server_that_closes_while_a_frame_is_sent_has_closed_in_order() -> None:
    async def act(small: SmallExchange, call: object, socket: ScriptedSocket) -> None:
        socket.is_broken = True  # what is sent now finds the socket closing
        small.port.utter(bytes(160))
        await asyncio.sleep(0.1)
        socket.hang_up(1000)
        await asyncio.sleep(1)
        assert told(small) == ["stream-started", "stream-stopped"]
        assert small.store.notifications.codes == []

    on_stream(act)
