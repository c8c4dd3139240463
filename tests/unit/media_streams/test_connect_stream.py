"""`<Connect><Stream>` on a call, in virtual time: what the server is told, what the caller hears of it."""

import asyncio
from collections.abc import Awaitable, Callable

from offhook.phone.phone_call import PhoneCall
from offhook.streaming.ports import SocketError
from offhook.trace.ports import Happening, Kind
from offhook.webhook.ports import EventNews
from tests.support.scripted_sockets import ScriptedSocket
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
NEWS = "http://app.test/news"
NEXT = "http://app.test/next"
DOCUMENT = (
    "<Response><Connect><Stream url='wss://agent.test/talk?x=1' name='mine' statusCallback='/news'>"
    "<Parameter name='First' value='Ann'/></Stream></Connect><Say>over</Say></Response>"
)

Act = Callable[[SmallExchange, PhoneCall, ScriptedSocket], Awaitable[None]]


def on_stream(act: Act, document: str = DOCUMENT, **documents: str) -> None:
    """Run an act on a call whose stream is open."""

    async def scenario() -> None:
        more = {f"http://app.test/{name}": text for name, text in documents.items()}
        shelf: dict[str, str | int] = {VOICE: document, NEWS: "", **more}
        async with small_exchange(shelf) as small:
            call = await small.call()
            await act(small, call, await small.sockets.at(0))

    run(scenario())


def told(small: SmallExchange) -> list[str]:
    """The events of the status callback, in the order in which they came."""
    return [
        dict(news.parameters)["StreamEvent"]
        for news in small.bookshelf.delivered
        if isinstance(news, EventNews)
    ]


def test_the_server_is_told_of_the_stream_before_its_media() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        assert socket.url == "wss://agent.test/talk"
        connected, start = socket.sent[:2]
        assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        sid = start["streamSid"]
        record = small.store.calls.last
        assert start == {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": sid,
            "start": {
                "accountSid": record.account_sid,
                "streamSid": sid,
                "callSid": record.sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"First": "Ann"},
            },
        }
        small.port.utter(b"\x01" * 160)
        small.port.utter(b"\x02" * 160)
        first, second = await socket.next("media"), await socket.next("media")
        assert first == {
            "event": "media",
            "sequenceNumber": "2",
            "streamSid": sid,
            "media": {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": "AQEB" * 53 + "AQ=="},
        }
        assert (second["sequenceNumber"], second["media"]["chunk"], second["media"]["timestamp"]) == (
            "3",
            "2",
            "20",
        )
        small.port.press("5")
        assert await socket.next("dtmf") == {
            "event": "dtmf",
            "sequenceNumber": "4",
            "streamSid": sid,
            "dtmf": {"track": "inbound_track", "digit": "5"},
        }

    on_stream(act)


def test_the_next_verb_follows_when_the_server_closes() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        assert not small.voice.texts
        socket.hang_up()
        await call.ended()
        assert small.voice.texts == ["over"]
        assert socket.events() == ["connected", "start"]
        assert told(small) == ["stream-started", "stream-stopped"]

    on_stream(act)


def test_the_server_is_told_when_the_caller_hangs_up() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        await call.hang_up()
        stop = await socket.next("stop")
        assert stop["stop"] == {
            "accountSid": small.store.calls.last.account_sid,
            "callSid": small.store.calls.last.sid,
        }
        assert stop["sequenceNumber"] == "2"
        await small.streams.drain(10)
        assert socket.closed_with == 1000
        assert told(small)[-1] == "stream-stopped"

    on_stream(act)


def test_what_the_server_says_is_played_and_its_marks_come_back() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        socket.say("mark", name="first")
        assert (await socket.next("mark"))["mark"] == {"name": "first"}
        assert loop.time() - began < 0.001, "nothing was queued"
        socket.play(b"\x07" * 8000)
        socket.say("mark", name="second")
        socket.play(b"\x08" * 16_000)
        socket.say("mark", name="third")
        assert (await socket.next("mark"))["mark"] == {"name": "second"}
        assert round(loop.time() - began, 2) == 1.0
        assert (await socket.next("mark"))["mark"] == {"name": "third"}
        assert round(loop.time() - began, 2) == 3.0
        assert small.port.feeds[0].samples == b"\x07" * 8000 + b"\x08" * 16_000

    on_stream(act)


def test_clear_drops_what_waits_and_every_mark_comes_back_at_once() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        loop = asyncio.get_running_loop()
        for name in ("a", "b", "c"):
            socket.play(b"\x07" * 80_000)
            socket.say("mark", name=name)
        await asyncio.sleep(1)
        began = loop.time()
        socket.say("clear")
        assert [(await socket.next("mark"))["mark"]["name"] for _ in "abc"] == ["a", "b", "c"]
        assert loop.time() - began < 0.001
        assert small.port.feeds[0].clears == 1
        socket.play(b"\x09" * 800)
        socket.say("mark", name="d")
        assert (await socket.next("mark"))["mark"]["name"] == "d"
        (live,) = small.streams.inspected(small.store.calls.last.sid)
        assert live.inspection.clears == 1
        assert live.inspection.clear_to_silence_ms == [0]
        assert live.inspection.playout_depth_max_ms == 30_000

    on_stream(act)


def test_more_than_ten_minutes_are_dropped_and_told_once() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        for _ in range(12):
            socket.play(bytes(60 * 8000))
        await asyncio.sleep(0.1)
        (live,) = small.streams.inspected(small.store.calls.last.sid)
        assert live.inspection.overflowed_ms == 120_000
        assert small.store.notifications.codes.count(31931) == 1
        await asyncio.sleep(300)
        assert live.depth_ms == 600_000 - 300_100

    on_stream(act)


def test_a_server_that_breaks_the_connection_is_told_of_and_the_call_goes_on() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        socket.break_off()
        await call.ended()
        assert small.voice.texts == ["over"]
        assert told(small) == ["stream-started", "stream-error"]
        assert small.store.notifications.codes == [31903]

    on_stream(act)


def test_a_server_that_cannot_be_reached_ends_the_verb() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: DOCUMENT, NEWS: ""}) as small:
            small.sockets.refusal = SocketError(31902, "nothing listens")
            call = await small.call()
            await call.ended()
            assert small.voice.texts == ["over"]
            assert told(small) == ["stream-error"]
            assert small.store.notifications.codes == [31902]

    run(scenario())


def test_messages_that_are_none_are_ignored_counted_and_told_once() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        for text in (
            "nonsense",
            "[]",
            '{"event":"dance"}',
            '{"event":"clear","streamSid":"MZ0"}',
            '{"event":"media","streamSid":"' + socket.stream_sid + '","media":{"payload":"?"}}',
            '{"event":"media","streamSid":"' + socket.stream_sid + '"}',
            "[" * 100_000,
        ):
            socket.write(text)
        socket.write_binary()
        socket.write_binary()
        socket.say("mark", name="alive")
        await socket.next("mark")
        (live,) = small.streams.inspected(small.store.calls.last.sid)
        assert {fault.value: count for fault, count in live.inspection.faults.items()} == {
            "not-json": 3,
            "unknown-event": 1,
            "wrong-stream-sid": 1,
            "not-base64": 1,
            "missing-field": 1,
            "binary": 2,
        }
        assert small.store.notifications.codes == [31951, 31950]

    on_stream(act)


def test_a_server_that_does_not_read_loses_the_oldest_frames_then_the_stream() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        socket.is_read.clear()
        for _ in range(400):
            small.port.utter(bytes(160))
        await asyncio.sleep(6)
        assert small.store.notifications.codes == [31930]
        await call.ended()
        assert small.voice.texts == ["over"]
        assert told(small) == ["stream-started", "stream-error"]
        (live,) = small.streams.inspected(small.store.calls.last.sid)
        assert live.inspection.frames_dropped == 200

    on_stream(act)


def test_it_is_pinged_every_twenty_seconds() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        await asyncio.sleep(61)
        assert socket.pings == 3

    on_stream(act)


def test_the_action_is_asked_when_it_is_over() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        socket.hang_up()
        await call.ended()
        assert small.voice.texts == ["next"]

    document = "<Response><Connect action='/next'><Stream url='wss://agent.test/talk'/></Connect><Say>no</Say></Response>"
    on_stream(act, document, next="<Response><Say>next</Say></Response>")


def test_31953_a_caller_whose_rtp_stops_ends_the_stream_with_the_call() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        small.port.fall_silent(60_000)
        await call.ended()
        await small.streams.drain(10)
        assert small.store.notifications.codes == [32014, 31953]
        assert socket.sent[-1]["event"] == "stop"
        assert told(small) == ["stream-started", "stream-stopped"]

    on_stream(act)


def test_the_trace_of_the_call_has_what_the_stream_was_like() -> None:
    async def act(small: SmallExchange, call: PhoneCall, socket: ScriptedSocket) -> None:
        small.port.utter(bytes(160))
        socket.play(bytes(16_000))
        socket.say("clear")
        await socket.next("media")
        await asyncio.sleep(1)
        socket.hang_up()
        await call.ended()
        trace = small.traces.trace(small.store.calls.last.sid)
        assert trace is not None
        started, stopped = [
            each for each in trace.entries if isinstance(each, Happening) and each.kind is Kind.STREAM
        ]
        assert (started.text, stopped.text) == (f"{socket.stream_sid} begins", f"{socket.stream_sid} ends")
        assert dict(started.facts) == {"url": "wss://agent.test/talk"}
        facts = dict(stopped.facts)
        assert (facts["frames_sent"], facts["clears"], facts["clear_to_silence_max_ms"]) == (1, 1, 0)
        assert facts["playout_depth_max_ms"] == 2000

    on_stream(act)
