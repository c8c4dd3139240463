"""The real media core on the test's loop, and a receiver whose events can be waited for."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from offhook.media.native import NativeMediaEngine, NativeMediaPort
from offhook.media.ports import (
    AudioCodec,
    CryptoSuite,
    MediaPlan,
    SrtpKey,
    SrtpKeys,
)
from offhook.media.ports.event import MediaEvent
from offhook.media.settings import Settings

Event = TypeVar("Event", bound=MediaEvent)

LIMIT_S = 10.0
"""Nothing takes longer, unless it is broken."""

PAYLOAD_TYPES = {AudioCodec.PCMU: 0, AudioCodec.PCMA: 8}

SECOND = bytes(16_000)
"""A second of silence at 8000 Hz."""


@contextmanager
def running_core(workers: int = 1, media_timeout_s: float = 60.0) -> Iterator[NativeMediaEngine]:
    """An engine on free ports of the system, closed at the end."""
    settings = Settings(ports_low=0, ports_high=0, workers=workers, media_timeout_s=media_timeout_s)
    engine = NativeMediaEngine(settings)
    try:
        yield engine
    finally:
        engine.close()


class Ear:
    """Receives the events of a port. `heard` are those that nobody waited for yet."""

    def __init__(self) -> None:
        self.heard: list[MediaEvent] = []
        self._news = asyncio.Event()

    def __call__(self, event: MediaEvent) -> None:
        self.heard.append(event)
        self._news.set()

    async def next(self, kind: type[Event]) -> Event:
        """The next event of a kind; those before it are passed over."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                while self.heard:
                    event = self.heard.pop(0)
                    if isinstance(event, kind):
                        return event
                self._news.clear()
                await self._news.wait()


def plan_to(port: int, codec: AudioCodec = AudioCodec.PCMU, telephone_event: int | None = 101) -> MediaPlan:
    """Send to a port of this machine, take both laws."""
    return MediaPlan(
        remote_host="127.0.0.1",
        remote_port=port,
        codec=codec,
        payload_type=PAYLOAD_TYPES[codec],
        receive=tuple((number, name) for name, number in PAYLOAD_TYPES.items()),
        telephone_event=telephone_event,
    )


def new_keys(
    local: CryptoSuite = CryptoSuite.AES_CM_128_HMAC_SHA1_80,
    remote: CryptoSuite = CryptoSuite.AES_CM_128_HMAC_SHA1_80,
) -> SrtpKeys:
    """Keys that nobody has."""
    return SrtpKeys(SrtpKey(local, os.urandom(30)), SrtpKey(remote, os.urandom(30)))


def as_of_the_other_side(keys: SrtpKeys) -> SrtpKeys:
    """The same keys as the peer of their port has them."""
    return SrtpKeys(local=keys.remote, remote=keys.local)


def talking_pair(
    engine: NativeMediaEngine, codec: AudioCodec = AudioCodec.PCMU, keys: SrtpKeys | None = None
) -> tuple[NativeMediaPort, Ear, NativeMediaPort, Ear]:
    """Two ports that send to each other, each with its ear; keys: those of the first, for SRTP."""
    one_ear, two_ear = Ear(), Ear()
    one, two = engine.open_port(one_ear), engine.open_port(two_ear)
    if keys is not None:
        one.secure(keys)
        two.secure(as_of_the_other_side(keys))
    one.apply(plan_to(two.rtp_port, codec))
    two.apply(plan_to(one.rtp_port, codec))
    return one, one_ear, two, two_ear
