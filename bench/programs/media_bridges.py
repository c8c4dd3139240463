"""The media core with N bridged calls, and nothing else of the product.

usage: python -m bench.programs.media_bridges CALLS [SUITE SUITE]
SUITE: what each side of a call is protected with, "-" for plain RTP.
Prints "ready", then does what each line of standard input says, until it ends:
    open CALLER_PORT...  opens and joins the calls; prints the legs in one line, two for each call: its UDP
                         port, and its keys as srtp_callers takes them. Leg i sends to caller port i modulo
                         their number.
    counters             prints the engine's counters as JSON
    close                closes the calls; prints "closed"
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import Sequence

from bench.ng import KEY_BYTES, leg
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


def main() -> None:
    """Run until standard input ends."""
    calls, suites = int(sys.argv[1]), [None if suite == "-" else suite for suite in sys.argv[2:]]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_serve(calls, suites or [None, None]))


async def _serve(calls: int, suites: Sequence[str | None]) -> None:
    engine = NativeMediaEngine(Settings(ports_low=0, ports_high=0))
    ports: list[NativeMediaPort] = []
    try:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            match line.split():
                case ["open", *callers]:
                    ports, legs = _open(engine, calls, list(map(int, callers)), suites)
                    print(*legs, flush=True)
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


def _open(
    engine: NativeMediaEngine, calls: int, callers: list[int], suites: Sequence[str | None]
) -> tuple[list[NativeMediaPort], list[str]]:
    ports = [engine.open_port(_ignore) for _ in range(2 * calls)]
    legs = []
    for index, port in enumerate(ports):
        suite, ours, theirs = suites[index % 2], os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
        if suite is not None:
            crypto = CryptoSuite(suite)
            port.secure(SrtpKeys(local=SrtpKey(crypto, ours), remote=SrtpKey(crypto, theirs)))
        legs.append(leg(port.rtp_port, suite, theirs, ours))
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
    return ports, legs


def _ignore(event: MediaEvent) -> None:
    """Nobody presses keys here."""


if __name__ == "__main__":
    main()
