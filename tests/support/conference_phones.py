"""Phones that meet in a conference: each says a tone of its own and records what it hears.

Real SIP and RTP over loopback, one driver and one media engine for all of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.media.native import NativeMediaEngine
from offhook.media.settings import Settings as MediaSettings
from offhook.phone.phone_call import PhoneCall
from offhook.sip.event import Event
from offhook.sip.invitation import Invitation
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from tests.support.sound import RATE_HZ, Samples, level, read_wav, tone

HEARD: Final = 0.03
"""Of the power of the loudest second: a torn frame spreads less, one tone of nine has a ninth."""


@dataclass
class ConferencePhone:
    """One phone in a call."""

    call: PhoneCall
    hz: int
    file: Path

    async def hang_up(self) -> Samples:
        """Leave; what it heard."""
        await self.call.hang_up()
        assert await self.call.recorded() is not None
        return read_wav(self.file)


@dataclass
class Switchboard:
    """Where phones are made."""

    driver: SipDriver
    media: NativeMediaEngine
    node_port: int
    folder: Path
    stack: AsyncExitStack

    async def dial(self, hz: int, to: str = "anyone@app.sip.localhost") -> ConferencePhone:
        """One more phone, which talks and listens once this returns."""
        call = await self.stack.enter_async_context(PhoneCall(self.driver, self.media, SystemChance()))
        await call.dial(
            Invitation(
                uri=SipUri.parse(f"sip:{to}"),
                from_uri=SipUri.parse(f"sip:{hz}@caller.test"),
                next_hop=SipUri.parse(f"sip:127.0.0.1:{self.node_port};transport=udp"),
            )
        )
        await call.answered()
        file = self.folder / f"{hz}.wav"
        call.audio.enqueue(self.media.load_clip(tone(hz), RATE_HZ), 0)
        call.record(file)
        return ConferencePhone(call, hz, file)


@asynccontextmanager
async def conference_phones(node_port: int, folder: Path) -> AsyncIterator[Switchboard]:
    """Open the line; at the end whoever still talks hangs up."""
    chance = SystemChance()
    settings = TransportSettings(listen=(("127.0.0.1", 0),))
    driver = SipDriver(UserAgent(SipSettings(product="phone"), chance), settings, SystemClock(), chance)
    media = NativeMediaEngine(MediaSettings(ports_low=0, ports_high=0, workers=1))
    await driver.listen(_nobody)
    try:
        async with AsyncExitStack() as stack:
            yield Switchboard(driver, media, node_port, folder, stack)
    finally:
        driver.close()
        await asyncio.to_thread(media.close)


def _nobody(event: Event) -> None:
    raise AssertionError(f"a phone is called: {event}")


def tones_in(samples: Samples, tones: tuple[int, ...]) -> set[int]:
    """Which of these tones are heard in the loudest second."""
    if not np.any(np.abs(samples) > 8):
        return set()
    return {hz for hz in tones if level(samples, hz) > HEARD}
