"""What changes in a recording session: the server pauses and asks, and is told of who talks and who holds."""

import asyncio

import pytest

from offhook.base.ids import SeededChance
from offhook.media.ports import AudioCodec, CryptoSuite
from offhook.sdp.crypto import CryptoAttribute
from offhook.sip.event import Modified
from offhook.sip.uri import SipUri
from offhook.siprec.connector import Connector
from offhook.siprec.connector import RecordingServer as ServerUri
from tests.support.clock import LoopClock
from tests.support.recording_server import RecordingServer, answering
from tests.support.silent_media import SilentPort
from tests.support.virtual_time import run
from tests.unit.siprec.test_sessions import NEWS, START, VOICE, offer_direction, recorded, told
from tests.unit.switchboard.test_place_call import OFFICE, office

KEY = bytes(range(30))


def is_sent(port: SilentPort) -> bool:
    """Whether what a track has is sent now."""
    return port.plan is not None and port.plan.sends


@pytest.mark.parametrize("takes_update", [True, False])
def test_the_server_pauses_and_takes_up_again(takes_update: bool) -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='60'/>", takes_update=takes_update) as (
            small,
            server,
        ):
            call = await small.call()
            session = await server.sessions.get()
            await asyncio.sleep(1)
            leg, inbound, outbound = small.media.ports
            server.offer(session, "a=inactive")
            assert isinstance(await asyncio.wait_for(server.changes.get(), 5), Modified)
            assert not is_sent(inbound)
            assert not is_sent(outbound)
            before = inbound.feeds[0].samples
            leg.utter(b"\x01" * 160)
            assert inbound.feeds[0].samples == before
            server.offer(session, "a=recvonly")
            change = await asyncio.wait_for(server.changes.get(), 5)
            assert isinstance(change, Modified)
            assert change.description.count(b"a=sendonly") == 2
            assert change.description.count(b"a=label:") == 2
            leg.utter(b"\x02" * 160)
            assert inbound.feeds[0].samples.endswith(b"\x02" * 160)
            assert is_sent(outbound)
            await call.hang_up()
            await asyncio.wait_for(server.ended.wait(), 10)
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-started", "siprec-stopped"]
            assert small.store.notifications.codes == []

    run(scenario())


def test_a_server_that_answers_inactive_waits_until_it_wants_the_sound() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='60'/>") as (small, server):
            server.answer = answering(7000, 7002, attributes="a=inactive")
            call = await small.call()
            session = await server.sessions.get()
            await asyncio.sleep(1)
            leg, inbound, _ = small.media.ports
            leg.utter(b"\x01" * 160)
            assert not is_sent(inbound)
            assert b"\x01" not in inbound.feeds[0].samples
            server.offer(session, "a=recvonly")
            await asyncio.wait_for(server.changes.get(), 5)
            assert is_sent(inbound)
            await call.hang_up()

    run(scenario())


def test_an_offer_that_cannot_be_used_is_refused_and_changes_nothing() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='60'/>") as (small, server):
            call = await small.call()
            session = await server.sessions.get()
            await asyncio.sleep(1)
            session.modify(answering(7000, 7002, codec=18)(b"").replace("srs 1 1", "srs 1 9").encode(), 0.0)
            server.driver.flush()
            change = await asyncio.wait_for(server.changes.get(), 5)
            assert not isinstance(change, Modified)
            assert change.status == 488
            assert all(is_sent(port) for port in small.media.ports[1:])
            await call.hang_up()

    run(scenario())


def test_the_server_asks_for_the_metadata_and_gets_all_of_them() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='60'/>") as (small, server):
            call = await small.call()
            session = await server.sessions.get()
            first = await server.told.get()
            accept = server.requests[0].headers.get("Accept")
            assert accept == "application/sdp, application/rs-metadata-request"
            await asyncio.sleep(1)
            server.ask_for_metadata(session)
            assert await asyncio.wait_for(server.told.get(), 5) == first
            await asyncio.sleep(1)
            server.offer(session, "a=recvonly", asks=True)
            assert await asyncio.wait_for(server.told.get(), 5) == first
            assert all("+sip.src" in (each.headers.get("Contact") or "") for each in server.requests)
            await call.hang_up()

    run(scenario())


@pytest.mark.parametrize("takes_update", [True, False])
def test_a_hold_is_told_by_what_the_caller_hears_and_says(takes_update: bool) -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='60'/>", takes_update=takes_update) as (
            small,
            server,
        ):
            call = await small.call()
            first = await asyncio.wait_for(server.told.get(), 5)
            record = small.store.calls.last
            caller, ours = record.from_, record.to
            assert first.sends == {caller: ["1"], ours: ["2"]}
            assert first.hears == {caller: ["2"], ours: ["1"]}
            offer_direction(small, call, "inactive")
            held = await asyncio.wait_for(server.told.get(), 10)
            assert (held.sends[caller], held.hears[caller]) == ([], [])
            assert held.ids == first.ids
            assert server.requests[-1].method == ("UPDATE" if takes_update else "INVITE")
            await asyncio.sleep(5)
            offer_direction(small, call, "sendrecv")
            resumed = await asyncio.wait_for(server.told.get(), 10)
            assert (resumed.sends, resumed.hears, resumed.left) == (first.sends, first.hears, frozenset())
            versions = [offer.origin.version for offer in server.offers]
            assert len(set(versions)) == 1, "our description has not changed"
            await call.hang_up()

    run(scenario())


def test_who_is_dialled_comes_in_the_place_of_our_number_and_leaves() -> None:
    async def scenario() -> None:
        start = START.format("").replace("<Say>hello</Say>", "")
        document = f"{start}<Dial><Client>bob</Client></Dial><Pause length='5'/>"
        shelf: dict[str, str | int] = {VOICE: f"<Response>{document}</Response>", NEWS: ""}
        async with office(40, documents=shelf, domain=OFFICE) as (small, (callee,)):
            server = RecordingServer(LoopClock(), SeededChance(9), answering(7000, 7002))
            small.connectors["main"] = Connector.to(await server.listen())
            call = await small.dial()
            leg = await callee.ringing()
            leg.answer()
            told_of = await asyncio.wait_for(server.told.get(), 10)
            while "client:bob" not in told_of.sends:
                told_of = await asyncio.wait_for(server.told.get(), 10)
            record = small.store.calls.history[0]
            assert told_of.sends == {record.from_: ["1"], "client:bob": ["2"]}
            assert leg.session.usage is not None
            said = leg.session.usage.negotiation.local or b""
            leg.session.modify(said.replace(b"a=sendrecv", b"a=sendonly"), callee.driver.now())
            callee.driver.flush()
            held = await asyncio.wait_for(server.told.get(), 10)
            assert (held.sends["client:bob"], held.hears["client:bob"]) == (["2"], [])
            leg.hang_up()
            gone = await asyncio.wait_for(server.told.get(), 10)
            assert gone.left == {"client:bob"}
            assert gone.sends == {record.from_: ["1"], record.to: ["2"]}
            await call.ended()
            await small.siprecs.drain(10)
            server.close()

    run(scenario())


def test_alaw_is_offered_beside_ulaw_and_taken() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='5'/>") as (small, server):
            server.answer = answering(7000, 7002, codec=8)
            call = await small.call()
            await server.sessions.get()
            await asyncio.sleep(1)
            assert [media.formats for media in server.offers[0].media] == [("0", "8")] * 2
            plans = [port.plan for port in small.media.ports[1:] if port.plan is not None]
            assert [plan.codec for plan in plans] == [AudioCodec.PCMA] * 2
            await call.hang_up()

    run(scenario())


def test_a_secure_server_is_offered_srtp_alone_with_a_key_for_each_stream() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='5'/>") as (small, server):
            uri = SipUri.parse(f"sip:srs@{server.driver.addresses[0]}")
            small.connectors["main"] = Connector((ServerUri(uri, is_secure=True),))
            line = CryptoAttribute(1, CryptoSuite.AES_CM_128_HMAC_SHA1_80, KEY)
            plain = answering(7000, 7002, attributes=f"a=crypto:{line}\r\na=recvonly")
            server.answer = lambda offer: plain(offer).replace("RTP/AVP", "RTP/SAVP")
            call = await small.call()
            await server.sessions.get()
            await asyncio.sleep(1)
            offered = server.offers[0]
            assert [media.protocol for media in offered.media] == ["RTP/SAVP"] * 2
            lines = [CryptoAttribute.parse(media.values("crypto")[0]) for media in offered.media]
            assert lines[0].key_and_salt != lines[1].key_and_salt
            for port, said in zip(small.media.ports[1:], lines, strict=True):
                assert port.keys is not None
                assert port.keys.local.key_and_salt == said.key_and_salt
                assert port.keys.remote.key_and_salt == KEY
            await call.hang_up()

    run(scenario())


def test_a_secure_server_that_answers_with_plain_rtp_is_left() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='3'/>") as (small, server):
            uri = SipUri.parse(f"sip:srs@{server.driver.addresses[0]}")
            small.connectors["main"] = Connector((ServerUri(uri, is_secure=True),))
            call = await small.call()
            await call.ended()
            await small.siprecs.drain(5)
            assert told(small) == ["siprec-error"]
            assert not any(is_sent(port) for port in small.media.ports[1:])

    run(scenario())


def test_what_the_server_says_beside_is_refused_and_changes_nothing() -> None:
    async def scenario() -> None:
        async with recorded(START.format("") + "<Pause length='60'/>") as (small, server):
            call = await small.call()
            session = await server.sessions.get()
            await asyncio.sleep(1)
            session.message("application/json", b"{}", 0.0)
            server.driver.flush()
            answered = await asyncio.wait_for(server.answered_messages.get(), 5)
            assert (answered.status, answered.session) == (403, session)
            await call.hang_up()
            await asyncio.wait_for(server.ended.wait(), 10)

    run(scenario())
