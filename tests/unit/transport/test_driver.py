"""The driver's duties beside the user agent's: binding all or nothing, and one timer."""

import asyncio
import socket

import pytest

from offhook.base.ids import SeededChance
from offhook.call.leg_state import LegCause
from offhook.phone.phone_call import CallNotAnsweredError, PhoneCall
from offhook.sip.event import Event
from offhook.sip.invitation import Invitation
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings
from tests.support.clock import LoopClock
from tests.support.silent_media import SilentMedia
from tests.support.virtual_time import run


def nobody(event: Event) -> None:
    raise AssertionError(event)


def driver(*listen: tuple[str, int]) -> SipDriver:
    chance = SeededChance(1)
    return SipDriver(UserAgent(SipSettings(), chance), Settings(listen=listen), LoopClock(), chance)


def test_listening_is_all_or_nothing_and_names_the_address_that_is_taken() -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            taken = other.getsockname()[1]
            both = driver(("127.0.0.2", 0), ("127.0.0.1", taken))
            with pytest.raises(OSError, match="in use") as refused:
                await both.listen(nobody)
            assert refused.value.filename == f"127.0.0.1:{taken}"
            assert both.addresses == ()

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
