"""The driver's duties beside the user agent's: binding all or nothing, and one timer."""

import asyncio
import socket

import pytest
import structlog

from offhook.base.errors import UsageError
from offhook.base.ids import SeededChance
from offhook.call.leg_state import LegCause
from offhook.phone.phone_call import CallNotAnsweredError, PhoneCall
from offhook.sip.event import Answered, Event, FlowNeeded, Invited, RequestReceived
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.invitation import Invitation
from offhook.sip.outgoing_request import StandaloneRequest
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import LEAST_WAIT_S, SipDriver
from offhook.transport.ports import Target, TracedMessage
from offhook.transport.settings import Settings
from tests.support.clock import LoopClock
from tests.support.silent_media import SilentMedia
from tests.support.sip_wire import request
from tests.support.virtual_time import run


def nobody(event: Event) -> None:
    raise AssertionError(event)


def driver(*listen: tuple[str, int]) -> SipDriver:
    chance = SeededChance(1)
    return SipDriver(UserAgent(SipSettings(), chance), Settings(listen=listen), LoopClock(), chance)


@pytest.mark.parametrize(
    ("listen", "host"),
    [
        (("0.0.0.0",), "127.0.0.1"),
        (("127.0.0.3",), "127.0.0.3"),
        (("::",), "::1"),
        (("::", "127.0.0.3"), "127.0.0.3"),
    ],
)
def test_what_it_sends_to_itself_arrives(listen: tuple[str, ...], host: str) -> None:
    async def scenario() -> None:
        came: asyncio.Queue[Event] = asyncio.Queue()
        alone = driver(*((each, 0) for each in listen))
        with pytest.raises(UsageError):
            _ = alone.own_target
        await alone.listen(came.put_nowait)
        target = alone.own_target
        assert target == Target(Transport.UDP, Address(host, alone.addresses[-1].port))
        uri = SipUri.parse("sip:me@here.invalid")
        sent = alone.user_agent.invite(Invitation(uri=uri, from_uri=uri, next_hop=target.as_uri), alone.now())
        alone.flush()
        invited = await came.get()
        assert isinstance(invited, Invited)
        left, arrived = sent.flow, invited.session.flow
        assert (arrived.local, arrived.remote) == (left.remote, left.local)
        alone.close()

    run(scenario())


def test_a_tracer_sees_each_message_once_on_its_way_and_no_keepalive() -> None:
    async def scenario() -> None:
        ours, peer = driver(("127.0.0.1", 0)), driver(("127.0.0.1", 0))
        answered: asyncio.Queue[Event] = asyncio.Queue()
        await ours.listen(answered.put_nowait)
        await peer.listen(nobody)
        traced: list[TracedMessage] = []
        ours.trace(traced.append)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pinging:
            address = ours.addresses[0]
            pinging.sendto(b"\r\n\r\n", (address.host, address.port))
        uri = SipUri.parse(f"sip:{peer.addresses[0]}")
        ours.user_agent.request(StandaloneRequest("OPTIONS", uri, uri), ours.now())
        ours.flush()
        assert isinstance(await answered.get(), Answered)
        assert [(each.is_ours, each.data.split(b" ")[0]) for each in traced] == [
            (True, b"OPTIONS"), (False, b"SIP/2.0"),
        ]  # fmt: skip
        assert {each.flow.remote for each in traced} == {peer.addresses[0]}
        assert traced[0].at_s <= traced[1].at_s <= ours.now()
        ours.close()
        peer.close()

    run(scenario())


def test_listening_is_all_or_nothing_and_names_the_address_that_is_taken() -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            taken = other.getsockname()[1]
            both = driver(("127.0.0.2", 0), ("127.0.0.1", taken))
            with pytest.raises(OSError, match="in use") as refused:
                await both.listen(nobody)
            assert refused.value.filename == f"sip 127.0.0.1:{taken}"
            assert both.addresses == ()

    asyncio.run(scenario())


def fail(*_: object) -> None:
    raise RuntimeError("a bug")


def test_a_request_whose_receiver_fails_is_answered_500_and_keeps_its_connection() -> None:
    async def scenario() -> None:
        ours = driver(("127.0.0.1", 0))
        await ours.listen(fail)
        reader, writer = await asyncio.open_connection("127.0.0.1", ours.addresses[0].port)
        with structlog.testing.capture_logs() as logs:
            for method, events in (("MESSAGE", "RequestReceived"), ("INVITE", "Invited")):
                writer.write(request(method, via=f"SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{method}"))
                answer = b""
                while not answer.startswith(b"SIP/2.0 500 "):
                    answer = await reader.readuntil(b"\r\n\r\n")
                assert (logs[-1]["event"], logs[-1]["sip_event"]) == ("sip.event_failed", events)
                assert logs[-1]["exc_info"]
        writer.close()
        ours.close()

    asyncio.run(scenario())


def test_a_message_that_fails_in_the_core_is_logged_and_the_next_on_its_connection_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        ours = driver(("127.0.0.1", 0))
        came: asyncio.Queue[Event] = asyncio.Queue()
        await ours.listen(came.put_nowait)
        _, writer = await asyncio.open_connection("127.0.0.1", ours.addresses[0].port)
        hear = ours.user_agent.handle_datagram

        def hear_but_one(data: bytes, flow: Flow, now: float) -> None:
            if b"Broken" in data:
                fail()
            hear(data, flow, now)

        monkeypatch.setattr(ours.user_agent, "handle_datagram", hear_but_one)
        with structlog.testing.capture_logs() as logs:
            for each in ("Broken", "Whole"):
                via = f"SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{each}"
                writer.write(request("MESSAGE", via=via))
            event = await came.get()
        assert isinstance(event, RequestReceived)
        assert "Whole" in str(event.incoming.request.via)
        (failed,) = (each for each in logs if each["event"] == "sip.message_failed")
        assert (failed["transport"], bool(failed["exc_info"])) == ("TCP", True)
        writer.close()
        ours.close()

    asyncio.run(scenario())


async def dial(uri: str) -> LegCause:
    phone = driver(("127.0.0.1", 0))
    await phone.listen(nobody)
    try:
        async with PhoneCall(phone, SilentMedia(), SeededChance(2)) as call:
            await call.dial(Invitation(uri=SipUri.parse(uri), from_uri=SipUri.parse("sip:a@127.0.0.1")))
            with pytest.raises(CallNotAnsweredError) as refused:
                await call.answered()
            assert phone.user_agent.poll_event() is None
            end = refused.value.end
            assert end.sip_status in (408, 503)
            return end.cause
    finally:
        phone.close()


def test_a_peer_that_never_answers_is_given_up_after_timer_b() -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            began = asyncio.get_running_loop().time()
            cause = await dial(f"sip:x@127.0.0.1:{silent.getsockname()[1]}")
            assert cause is LegCause.REFUSED_THERE
            assert 32.0 <= asyncio.get_running_loop().time() - began < 33.0

    run(scenario())


def test_what_cannot_be_sent_is_told_once_for_each_far_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        ours = driver(("127.0.0.1", 0))
        await ours.listen(nobody)
        lost: list[Address] = []
        monkeypatch.setattr(ours.user_agent, "handle_flow_lost", lambda flow, _: lost.append(flow.remote))
        (here,) = ours.addresses
        there = Address("255.255.255.255", 5060)  # to broadcast is not allowed
        uri = SipUri.parse("sip:us@here.invalid")
        for number in range(10):
            standalone = StandaloneRequest("OPTIONS", uri, uri, call_id=str(number))
            ours.user_agent.request(standalone, ours.now())
        while (event := ours.user_agent.poll_event()) is not None:
            assert isinstance(event, FlowNeeded)
            ours.user_agent.handle_flow(event.request_id, Flow(Transport.UDP, here, there, here), ours.now())
        ours.flush()
        assert lost == [there]
        ours.close()

    run(scenario())


def test_deadlines_that_lie_close_are_met_together_and_no_traffic_puts_them_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        node = driver(("127.0.0.1", 0))
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.bind(("127.0.0.1", 0))
        via = f"SIP/2.0/UDP 127.0.0.1:{peer.getsockname()[1]};branch=z9hG4bK"
        woken: list[float] = []

        def answer(event: Event) -> None:
            assert isinstance(event, RequestReceived)
            node.user_agent.respond(event.incoming, 200, node.now())

        def handle_timeout(now: float) -> None:
            woken.append(now)
            UserAgent.handle_timeout(node.user_agent, now)

        monkeypatch.setattr(node.user_agent, "handle_timeout", handle_timeout)
        await node.listen(answer)
        try:
            flow = Flow(Transport.UDP, node.addresses[0], Address(*peer.getsockname()), node.addresses[0])
            for number in range(100):
                register = request("REGISTER", via=f"{via}{number}", call_id=f"{number}@127.0.0.1")
                node.handle_message(register, flow)
                await asyncio.sleep(0.001)
            assert len(node.user_agent.describe()) == 100
            await asyncio.sleep(31.8)
            while not node.user_agent.is_idle:
                node.handle_message(request("OPTIONS", via=f"{via}other"), flow)
                await asyncio.sleep(0.005)
            assert node.now() < 1000 + 0.1 + 32 + 2 * LEAST_WAIT_S
            assert len(woken) < 20
        finally:
            node.close()
            peer.close()

    run(scenario())
