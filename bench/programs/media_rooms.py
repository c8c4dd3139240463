"""The media core with N legs in rooms of one size, and nothing else of the product.

usage: python -m bench.programs.media_rooms LEGS SIZE CALLER_PORT...
Prints the UDP port of each leg in one line, then mixes until a line comes in; that one is answered with the
engine's counters as JSON. Leg i is in room i divided by SIZE and sends to caller port i modulo their number.
"""

import asyncio
import json
import resource
import sys

from offhook.media.native import NativeMediaEngine
from offhook.media.ports import AudioCodec, MediaPlan
from offhook.media.ports.event import MediaEvent
from offhook.media.ports.room import MemberPlan
from offhook.media.settings import Settings


def main() -> None:
    """Run until standard input says or ends."""
    legs, size, *callers = map(int, sys.argv[1:])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_mix(legs, size, callers))


async def _mix(legs: int, size: int, callers: list[int]) -> None:
    engine = NativeMediaEngine(Settings(ports_low=0, ports_high=0))
    try:
        rooms = [engine.open_room() for _ in range(-(-legs // size))]
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
            rooms[index // size].enter(port, MemberPlan())
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


def _ignore(event: MediaEvent) -> None:
    """Nobody presses keys here."""


if __name__ == "__main__":
    main()
