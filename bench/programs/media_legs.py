"""The media core with N legs that play to their callers, and nothing else of the product.

usage: python -m bench.programs.media_legs LEGS CALLER_PORT...
Prints the UDP port of each leg in one line, then plays until a line comes in; that one is answered with the
engine's counters as JSON. Leg i plays to caller port i modulo their number.
"""

import asyncio
import json
import resource
import sys
from typing import Final

from offhook.media.native import NativeMediaEngine
from offhook.media.ports import AudioCodec, MediaPlan
from offhook.media.ports.event import MediaEvent
from offhook.media.settings import Settings

CLIP_S: Final = 10
CLIPS: Final = 12
"""Queued on each leg: two minutes of audio."""


def main() -> None:
    """Run until standard input says or ends."""
    legs, *callers = map(int, sys.argv[1:])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_play(legs, callers))


async def _play(legs: int, callers: list[int]) -> None:
    engine = NativeMediaEngine(Settings(ports_low=0, ports_high=0))
    try:
        clip = engine.load_clip(_speechlike(CLIP_S), 8000)
        ports = [engine.open_port(_ignore) for _ in range(legs)]
        for index, port in enumerate(ports):
            port.apply(
                MediaPlan(
                    remote_host="127.0.0.1",
                    remote_port=callers[index % len(callers)],
                    codec=AudioCodec.PCMU,
                    payload_type=0,
                    receive=((0, AudioCodec.PCMU), (8, AudioCodec.PCMA)),
                    telephone_event=101,
                )
            )
            for _ in range(CLIPS):
                port.play(clip)
        print(*(port.rtp_port for port in ports), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        counters = engine.counters()
        print(
            json.dumps(
                {
                    "ticks": counters.ticks,
                    "ticks_skipped": counters.ticks_skipped,
                    "lateness_max_us": counters.lateness_max_us,
                    "sends_failed": counters.sends_failed,
                }
            ),
            flush=True,
        )
    finally:
        engine.close()


def _speechlike(seconds: int) -> bytes:
    """Samples that are no silence: a saw tooth of 100 Hz, 16 bit, 8000 Hz."""
    period = b"".join((step * 200 - 8000).to_bytes(2, "little", signed=True) for step in range(80))
    return period * (100 * seconds)


def _ignore(event: MediaEvent) -> None:
    """A playback that ended tells nothing here."""


if __name__ == "__main__":
    main()
