"""Calls over IPv6: what both sides say of media names an address of IPv4, which is all that it speaks."""

import asyncio
import errno
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from offhook.base.errors import PeerError
from offhook.base.ids import SeededChance
from offhook.call.sdp_fault import warning_of
from offhook.phone.phone_call import PhoneCall
from offhook.sip.event import Accepted, Event, Modified, NotModified
from offhook.sip.flow import Address
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri
from offhook.transport import advertised
from offhook.transport.ports import TracedMessage
from tests.support.callee import Callee, open_callee
from tests.support.silent_media import SilentMedia
from tests.support.sip_link import OFFER
from tests.support.virtual_time import run

T = TypeVar("T")

LOOPBACK = ("IP4 127.0.0.1", "IP4 127.0.0.1")
AT_OFFICE, FROM_OFFICE = OFFER.replace(b"10.0.0.1", b"10.2.3.4"), ("IP4 10.2.2.2", "IP4 10.2.2.2")
AT_HOME = OFFER.replace(b"10.0.0.1", b"192.168.1.7")
ON_HOLD = AT_OFFICE.replace(b"c=IN IP4 10.2.3.4", b"c=IN IP4 0.0.0.0")


@dataclass
class Pair:
    """Two phones of IPv6, and the addresses in the descriptions that the called one has sent: o= and c=."""

    caller: Callee
    called: Callee
    said: list[tuple[str, ...]] = field(default_factory=list)
    events: "asyncio.Queue[Event]" = field(default_factory=asyncio.Queue)

    def note(self, message: TracedMessage) -> None:
        found = tuple(re.findall(r"^[oc]=.*IN (IP. \S+)\r$", message.data.decode(), re.MULTILINE))
        if message.is_ours and found:
            self.said.append(found)

    def invitation(self, offer: bytes | None = None) -> Invitation:
        uri = SipUri.parse(f"sip:dave@{self.called.address}")
        return Invitation(uri=uri, from_uri=SipUri.parse("sip:carol@[::1]"), offer=offer)


@asynccontextmanager
async def pair() -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        caller, called = [await open_callee(seed, "::1") for seed in (1, 2)]
        stack.push_async_callback(caller.close)
        stack.push_async_callback(called.close)
        made = Pair(caller, called)
        made.called.driver.trace(made.note)
        yield made


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel knows no way but the one to the office."""
    known = advertised.kernel_address_towards

    def towards(peer: Address) -> str:
        if ":" in peer.host:
            return known(peer)
        if peer.host != "10.2.3.4":
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return "10.2.2.2"

    monkeypatch.setattr(advertised, "kernel_address_towards", towards)


def test_who_calls_over_ipv6_and_who_is_called_say_an_address_of_ipv4() -> None:
    async def scenario() -> None:
        async with pair() as phones, PhoneCall(phones.caller.driver, SilentMedia(), SeededChance(3)) as call:
            phones.caller.driver.trace(phones.note)
            await call.dial(phones.invitation())
            leg = await phones.called.ringing()
            leg.answer()
            await call.answered()
            assert phones.said == [LOOPBACK, LOOPBACK]

    run(scenario())


@pytest.mark.usefixtures("office")
def test_the_answer_over_ipv6_has_our_address_towards_the_audio_of_the_peer() -> None:
    async def scenario() -> None:
        async with pair() as phones:
            driver = phones.caller.driver
            session = driver.user_agent.invite(phones.invitation(AT_OFFICE), driver.now())
            driver.attach(session, phones.events.put_nowait)
            driver.flush()
            (await phones.called.ringing()).answer()
            await _next(phones, Accepted)
            assert phones.said == [FROM_OFFICE]

            for offer in (ON_HOLD, ON_HOLD):
                session.modify(offer, driver.now())
                driver.flush()
                await _next(phones, Modified)
            assert phones.said == [FROM_OFFICE] * 3

            session.modify(AT_HOME, driver.now())
            driver.flush()
            refused = await _next(phones, NotModified)
            assert refused.status == 488

    run(scenario())


@pytest.mark.usefixtures("office")
def test_an_offer_over_ipv6_that_no_address_of_ipv4_could_answer_is_488_with_the_reason() -> None:
    async def scenario() -> None:
        async with pair() as phones:
            driver = phones.caller.driver
            session = driver.user_agent.invite(phones.invitation(AT_HOME), driver.now())
            driver.attach(session, phones.events.put_nowait)
            driver.flush()
            with pytest.raises(PeerError, match=r"no IPv4 route to 192\.168\.1\.7") as refused:
                await phones.called.ringing()
            assert refused.value.status == 488
            ((name, value),) = warning_of(refused.value)
            assert (name, value.partition(" ")[0]) == ("Warning", "301")

    run(scenario())


async def _next(phones: Pair, kind: type[T]) -> T:
    while not isinstance(event := await phones.events.get(), kind):
        pass
    return event
