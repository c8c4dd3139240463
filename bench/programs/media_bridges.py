"""The media core with N bridged calls, and nothing else of the product.

usage: python -m bench.programs.media_bridges CALLS
Prints "ready", then does what each line of standard input says, until it ends:
    open CALLER_PORT...  opens and joins the calls; prints the UDP port of each leg in one line, two for each
                         call. Leg i sends to caller port i modulo their number.
    counters             prints the engine's counters as JSON
    close                closes the calls; prints "closed"
"""

import asyncio
import json
import resource
import sys

from offhook.media.native import NativeMediaEngine, NativeMediaPort
from offhook.media.ports import AudioCodec, MediaEvent, MediaPlan
from offhook.media.settings import Settings


def main() -> None:
    """Run until standard input ends."""
    calls = int(sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_serve(calls))


async def _serve(calls: int) -> None:
    engine = NativeMediaEngine(Settings(ports_low=0, ports_high=0))
    ports: list[NativeMediaPort] = []
    try:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            match line.split():
                case ["open", *callers]:
                    ports = _open(engine, calls, list(map(int, callers)))
                    print(*(port.rtp_port for port in ports), flush=True)
                case ["close"]:
                    for port in ports:
                        port.close()
                    ports = []
                    print("closed", flush=True)
                case ["counters"]:
                    counters = engine.counters()
                    said = {"ticks": counters.ticks, "sends_failed": counters.sends_failed}
                    print(json.dumps(said), flush=True)
    finally:
        engine.close()


def _open(engine: NativeMediaEngine, calls: int, callers: list[int]) -> list[NativeMediaPort]:
    ports = [engine.open_port(_ignore) for _ in range(2 * calls)]
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
    for one, other in zip(ports[::2], ports[1::2], strict=True):
        one.join(other)
    return ports


def _ignore(event: MediaEvent) -> None:
    """Nobody presses keys here."""


if __name__ == "__main__":
    main()
