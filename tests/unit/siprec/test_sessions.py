"""A recording server by real SIP, its audio in virtual time: what it is told, what it hears, how it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree as ET

from offhook.base.ids import SeededChance
from offhook.model.recording import RecordingTrack
from offhook.phone.phone_call import PhoneCall
from offhook.sdp.session_description import SessionDescription
from offhook.sip.body import parts
from offhook.siprec.connector import Connector
from offhook.siprec.metadata import NAMESPACE
from offhook.webhook.ports import EventNews
from tests.support.clock import LoopClock
from tests.support.recording_server import RecordingServer, answering
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
NEWS = "http://app.test/news"
START = (
    "<Say>hello</Say><Start><Siprec connectorName='main' name='mine' statusCallback='/news'>{}</Siprec>"
    "</Start>"
)


@asynccontextmanager
async def recorded(
    document: str, *, takes_update: bool = True
) -> AsyncIterator[tuple[SmallExchange, RecordingServer]]:
    """An exchange with a recording server `main`."""
    async with small_exchange({VOICE: f"<Response>{document}</Response>", NEWS: ""}) as small:
        server = RecordingServer(
            LoopClock(), SeededChance(9), answering(7000, 7002), takes_update=takes_update
        )
        small.connectors["main"] = Connector.to(await server.listen())
        try:
            yield small, server
        finally:
            for call in small.calls:
                await call.close()
            await small.siprecs.drain(10)
            server.close()


def offer_direction(small: SmallExchange, call: PhoneCall, wanted: str) -> None:
    """Have the caller's phone offer its audio anew: `inactive` to hold, `sendrecv` to go on."""
    session = call._leg.session
    said = session.the_usage().negotiation.local or b""
    for direction in (b"a=sendrecv", b"a=inactive"):
        said = said.replace(direction, f"a={wanted}".encode())
    session.modify(said, small.caller.now())
    small.caller.flush()


def told(small: SmallExchange) -> list[str]:
    news = [each for each in small.bookshelf.delivered if isinstance(each, EventNews)]
    return [dict(each.parameters)["SiprecEvent"] for each in news]


def test_the_server_is_told_of_the_call_and_hears_both_sides() -> None:
    async def scenario() -> None:
        parameter = "<Parameter name='Case' value='42'/><Parameter name='no header' value='x'/>"
        async with recorded(START.format(parameter) + "<Pause length='60'/>") as (small, server):
            call = await small.call()
            request = (await server.sessions.get()).request
            assert request.headers.get("Require") == "siprec"
            assert (request.headers.get("Contact") or "").endswith(";+sip.src")
            assert request.headers.get("X-Case") == "42"
            assert small.store.notifications.codes == [12200]
            sdp, about = parts(request)
            assert (sdp.content_type, about.content_type) == (
                "application/sdp",
                "application/rs-metadata+xml",
            )
            offered = SessionDescription.parse(sdp.body)
            labels = [media.attribute("label") for media in offered.media]
            assert labels == ["1", "2"]
            assert all(media.attribute("sendonly") == "" for media in offered.media)
            root = ET.fromstring(about.body)  # noqa: S314 - our own
            assert [each.text for each in root.iter(f"{{{NAMESPACE}}}label")] == labels
            aors = [each.get("aor") for each in root.iter(f"{{{NAMESPACE}}}nameID")]
            assert aors == [small.store.calls.last.from_, small.store.calls.last.to]
            await asyncio.sleep(1)
            assert told(small) == ["siprec-started"]
            leg, inbound, outbound = small.media.ports
            assert inbound.plan is not None
            assert outbound.plan is not None
            assert (inbound.plan.remote_port, outbound.plan.remote_port) == (7000, 7002)
            leg.utter(b"\x01" * 160)
            leg.utter(b"\x02" * 160, RecordingTrack.OUTBOUND)
            assert inbound.feeds[0].samples.endswith(b"\x01" * 160)
            assert outbound.feeds[0].samples.endswith(b"\x02" * 160)
            await call.hang_up()
            await asyncio.wait_for(server.ended.wait(), 10)
            assert inbound.is_closed
            assert outbound.is_closed
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_stop_ends_it_and_the_call_goes_on() -> None:
    async def scenario() -> None:
        stop = "<Pause length='2'/><Stop><Siprec name='mine'/></Stop><Pause length='3'/><Say>over</Say>"
        async with recorded(START.format("") + stop) as (small, server):
            call = await small.call()
            await asyncio.wait_for(server.ended.wait(), 10)
            await call.ended()
            assert small.voice.texts == ["hello", "over"]
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_a_server_that_does_not_take_it_is_noted_and_the_call_goes_on() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='3'/><Say>over</Say>") as (small, server):
            server.refusal = 503
            call = await small.call()
            await call.ended()
            assert small.voice.texts == ["hello", "over"]
            assert told(small) == ["siprec-error"]
            assert small.store.notifications.codes == [12400]

    run(scenario())


def test_an_answer_that_takes_nothing_ends_the_session() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='3'/>") as (small, server):
            server.answer = answering(0, 0)
            call = await small.call()
            await asyncio.wait_for(server.ended.wait(), 10)
            await call.ended()
            assert told(small) == ["siprec-error"]

    run(scenario())


def test_a_server_that_hangs_up_ends_the_session_and_not_the_call() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='5'/><Say>over</Say>") as (small, server):
            call = await small.call()
            session = await server.sessions.get()
            await asyncio.sleep(1)
            session.close(server.driver.now())
            server.driver.flush()
            await call.ended()
            assert small.voice.texts == ["hello", "over"]
            assert told(small) == ["siprec-started", "siprec-stopped"]

    run(scenario())


def test_connectors_are_the_operators_and_tracks_are_shared_with_streams() -> None:
    async def scenario() -> None:
        document = (
            "<Say>hello</Say><Start><Siprec connectorName='nobody'/><Siprec/>"
            "<Stream url='wss://ear.test/' track='both_tracks'/><Stream url='wss://ear.test/'/>"
            "<Siprec connectorName='main'/><Siprec connectorName='main' track='inbound_track'/>"
            "<Stream url='wss://ear.test/'/></Start><Pause length='3'/>"
        )
        async with recorded(document) as (small, server):
            server.answer = answering(7000)
            call = await small.call()
            await server.sessions.get()
            await call.ended()
            assert server.sessions.empty()
            assert len(small.sockets.opened) == 2
            assert small.store.notifications.codes == [14300, 14300, 31941, 31941]
            texts = [each.message_text for each in small.store.notifications.history]
            assert "<Siprec>: there is no connector nobody; the setting siprec_connectors has main" in texts

    run(scenario())


def test_a_session_that_may_not_begin_is_told_as_an_error_and_the_call_goes_on() -> None:
    async def scenario() -> None:
        noun = "<Siprec connectorName='{}' name='{}' track='inbound_track' statusCallback='/news'/>"
        document = (
            f"{START.format('')}<Start>{noun.format('nobody', 'a')}{noun.format('main', 'mine')}"
            "<Stream url='wss://ear.test/' track='both_tracks'/>"
            f"{noun.format('main', 'b')}</Start><Pause length='3'/><Say>over</Say>"
        )
        async with recorded(document) as (small, server):
            call = await small.call()
            await server.sessions.get()
            await call.ended()
            assert small.voice.texts == ["hello", "over"]
            assert small.store.notifications.codes == [14300, 31941, 31941]
            news = [
                dict(each.parameters) for each in small.bookshelf.delivered if isinstance(each, EventNews)
            ]
            refused = [each for each in news if each["SiprecEvent"] == "siprec-error"]
            assert [(each["SiprecName"], each["SiprecErrorCode"]) for each in refused] == [
                ("a", "14300"),
                ("mine", "31941"),
                ("b", "31941"),
            ]
            assert refused[1]["SiprecError"] == "a siprec of this call is named mine already"

    run(scenario())


def test_a_session_that_no_server_has_taken_yet_is_told_to_nobody_when_its_call_ends() -> None:
    async def scenario() -> None:
        start = "<Start><Siprec connectorName='main' statusCallback='/news'/></Start>"
        async with recorded(f"{start}<Pause length='2'/><Reject/>") as (small, _):
            call = await small.dial()
            await call.ended()
            await small.siprecs.drain(5)
            assert told(small) == []

    run(scenario())
