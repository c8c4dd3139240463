"""`<Start><Stream>`: beside the document, until it is stopped or the call ends."""

import asyncio

from offhook.model.recording import RecordingTrack
from offhook.webhook.ports import EventNews
from tests.support.small_exchange import small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
NEWS = "http://app.test/news"


def test_both_tracks_are_heard_across_documents_until_the_call_ends() -> None:
    async def scenario() -> None:
        documents: dict[str, str | int] = {
            VOICE: "<Response><Start><Stream url='wss://ear.test/' track='both_tracks'/></Start>"
            "<Pause length='5'/><Redirect>/next</Redirect></Response>",
            "http://app.test/next": "<Response><Say>x</Say><Pause length='5'/></Response>",
        }
        async with small_exchange(documents) as small:
            call = await small.dial()
            await asyncio.sleep(3)
            assert small.sockets.opened == [], "the call still rings"
            await call.answered()
            socket = await small.sockets.at(0)
            assert socket.sent[1]["start"]["tracks"] == ["inbound", "outbound"]
            small.port.utter(b"\x01" * 160)
            small.port.utter(b"\x02" * 160, RecordingTrack.OUTBOUND)
            assert (await socket.next("media"))["media"]["track"] == "inbound"
            assert (await socket.next("media"))["media"]["track"] == "outbound"
            small.port.press("1")
            await call.ended()
            await socket.next("stop")
            assert "dtmf" not in socket.events()

    run(scenario())


def test_stop_ends_the_stream_of_its_name_and_no_other() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Say>hello</Say><Start>"
            "<Stream url='wss://ear.test/a' name='a' statusCallback='/news'/>"
            "<Stream url='wss://ear.test/b' name='b'/></Start><Pause length='1'/>"
            "<Stop><Stream name='a'/></Stop><Pause length='5'/></Response>"
        )
        async with small_exchange({VOICE: document, NEWS: ""}) as small:
            call = await small.call()
            one, two = await small.sockets.at(0), await small.sockets.at(1)
            await one.next("stop")
            assert "stop" not in two.events()
            await call.ended()
            await two.next("stop")
            events = [
                dict(each.parameters)["StreamEvent"]
                for each in small.bookshelf.delivered
                if isinstance(each, EventNews)
            ]
            assert events == ["stream-started", "stream-stopped"]

    run(scenario())


def test_stop_cannot_end_the_stream_of_connect() -> None:
    async def scenario() -> None:
        document = "<Response><Connect><Stream url='wss://agent.test/' name='a'/></Connect></Response>"
        async with small_exchange({VOICE: document}) as small:
            call = await small.call()
            socket = await small.sockets.at(0)
            socket.hang_up()
            await call.ended()
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_server_that_closes_ends_its_stream_and_not_the_call() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Say>hello</Say><Start><Stream url='wss://ear.test/'/></Start>"
            "<Pause length='5'/><Say>over</Say></Response>"
        )
        async with small_exchange({VOICE: document}) as small:
            call = await small.call()
            socket = await small.sockets.at(0)
            socket.write('{"event":"clear"}')
            socket.hang_up(1011, "out of memory")
            await call.ended()
            assert small.voice.texts == ["hello", "over"]
            assert small.store.notifications.codes == [31951, 31921]

    run(scenario())


def test_a_call_has_four_tracks_of_start_and_names_of_its_own() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Say>hello</Say><Start>"
            "<Stream url='wss://ear.test/1' name='a' track='both_tracks'/>"
            "<Stream url='wss://ear.test/2'/>"
            "<Stream url='wss://ear.test/no' track='both_tracks'/>"
            "<Stream url='wss://ear.test/no' name='a' track='outbound_track'/>"
            "<Stream url='wss://ear.test/3' track='outbound_track'/>"
            "<Stream url='wss://ear.test/no'/>"
            "</Start><Pause length='1'/><Stop><Stream name='a'/></Stop>"
            "<Start><Stream url='wss://ear.test/4' name='a'/></Start>"
            "<Connect><Stream url='wss://agent.test/5'/></Connect></Response>"
        )
        async with small_exchange({VOICE: document}) as small:
            await small.call()
            await small.sockets.at(4)
            urls = [socket.url.rpartition("/")[2] for socket in small.sockets.opened]
            assert urls == ["1", "2", "3", "4", "5"]
            assert small.store.notifications.codes == [31941, 31941, 31941]

    run(scenario())


def test_a_stream_that_may_not_begin_is_told_as_an_error_and_takes_nothing() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Say>hello</Say><Start>"
            "<Stream url='wss://ear.test/1' name='a' track='both_tracks'/>"
            "<Stream url='wss://ear.test/no' name='a' statusCallback='/news'/>"
            "<Stream url='wss://ear.test/2' name='b'/>"
            "<Stream url='wss://ear.test/no' track='both_tracks' statusCallback='/news'/>"
            "<Stream url='wss://ear.test/3'/>"
            "</Start><Pause length='1'/>"
            "<Connect><Stream url='wss://agent.test/no' name='b' statusCallback='/news'/></Connect>"
            "<Stop><Stream name='a'/></Stop><Say>over</Say></Response>"
        )
        async with small_exchange({VOICE: document, NEWS: ""}) as small:
            call = await small.call()
            one = await small.sockets.at(0)
            await one.next("stop")
            await call.ended()
            assert [socket.url.rpartition("/")[2] for socket in small.sockets.opened] == ["1", "2", "3"]
            assert small.voice.texts == ["hello", "over"]
            assert small.store.notifications.codes == [31941, 31941, 31941]
            told = [
                dict(each.parameters) for each in small.bookshelf.delivered if isinstance(each, EventNews)
            ]
            assert [(each["StreamEvent"], each["StreamError"]) for each in told] == [
                ("stream-error", "a stream of this call is named a already"),
                ("stream-error", "3 tracks of the call are streamed, of 4"),
                ("stream-error", "a stream of this call is named b already"),
            ]
            assert all(each["StreamSid"].startswith("MZ") for each in told)
            assert [each["StreamName"] for each in told][::2] == ["a", "b"]

    run(scenario())


def test_a_url_that_can_be_none_is_named_in_its_error_and_leaves_its_name_to_others() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Say>hello</Say><Start>"
            "<Stream url='https://ear.test/' name='a' statusCallback='/news'/>"
            "<Stream url='wss://ear.test/1' name='a'/></Start><Pause length='1'/></Response>"
        )
        async with small_exchange({VOICE: document, NEWS: ""}) as small:
            call = await small.call()
            await call.ended()
            assert [socket.url for socket in small.sockets.opened] == ["wss://ear.test/1"]
            assert small.store.notifications.codes == [31922]
            (told,) = [
                dict(each.parameters) for each in small.bookshelf.delivered if isinstance(each, EventNews)
            ]
            assert told["StreamError"] == "the URL must begin with wss://, or be relative"

    run(scenario())


def test_a_stream_whose_call_ends_before_its_socket_is_open_is_told_to_nobody() -> None:
    async def scenario() -> None:
        start = "<Start><Stream url='wss://ear.test/' statusCallback='/news'/></Start>"
        document = f"<Response><Say>x</Say>{start}</Response>"
        async with small_exchange({VOICE: document, NEWS: ""}) as small:
            small.sockets.opens_after_s = 1.0
            call = await small.call()
            await call.ended()
            await small.streams.drain(5)
            assert small.bookshelf.delivered == []
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_call_that_ends_unanswered_is_never_streamed() -> None:
    async def scenario() -> None:
        document = (
            "<Response><Start><Stream url='wss://ear.test/' statusCallback='/news'/></Start>"
            "<Pause length='3'/><Reject/></Response>"
        )
        async with small_exchange({VOICE: document, NEWS: ""}) as small:
            call = await small.dial()
            await call.ended()
            await small.streams.drain(5)
            assert small.sockets.opened == []
            assert [each for each in small.bookshelf.delivered if isinstance(each, EventNews)] == []

    run(scenario())
