"""The media core with N legs, each with a stream in both directions, and no signalling.

usage: python -m bench.programs.media_streams STREAMS SERVER_PORT CALLER_PORT...
Prints the UDP port of each leg in one line, then streams until a line comes in; that one is answered as JSON
with what the inspectors and the engine counted. 0 streams: a core with one leg that does nothing.
"""

import asyncio
import json
import resource
import sys
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

from bench.programs.loop import run
from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.base.redact import Secret
from offhook.call.audio import LegAudio
from offhook.call.call import Call
from offhook.cli.serve import settle_collector
from offhook.media.native import NativeMediaEngine, NativeMediaPort
from offhook.media.ports import AudioCodec, MediaPlan
from offhook.media.ports.event import MediaEvent
from offhook.media.settings import Settings
from offhook.media_streams.live_stream import LiveStream, StreamTools
from offhook.media_streams.order import StreamCallback, StreamOrder
from offhook.media_streams.streams import Streams
from offhook.streaming.client import AiohttpSocketClient
from offhook.streaming.settings import Settings as StreamingSettings
from offhook.webhook.signature import sign


class Silence:
    """Stands for the ledger and the courier, of which nothing is measured; knows when all have begun."""

    now = staticmethod(SystemClock().utc_now)

    def __init__(self, count: int) -> None:
        self._left = count
        self.all_have_begun = asyncio.Event()

    def send(self, call: object, news: object) -> None:
        """One has begun, or has ended."""
        self._left -= 1
        if self._left <= 0:
            self.all_have_begun.set()


def leg(engine: NativeMediaEngine, caller_port: int, number: int) -> tuple[NativeMediaPort, Call]:
    """An answered call as far as a stream needs one."""

    def hear(event: MediaEvent) -> None:
        audio.handle_event(event)

    port = engine.open_port(hear)
    port.apply(
        MediaPlan(
            remote_host="127.0.0.1",
            remote_port=caller_port,
            codec=AudioCodec.PCMU,
            payload_type=0,
            receive=((0, AudioCodec.PCMU),),
            telephone_event=101,
        )
    )
    audio = LegAudio(port)
    answered = asyncio.Event()
    answered.set()
    call: Any = SimpleNamespace(
        sid=f"CA{number:032x}",
        record=SimpleNamespace(account_sid="AC" + "0" * 32),
        leg=SimpleNamespace(audio=audio),
        answered=answered,
        ended=asyncio.Event(),
        exhausted=None,
        note=lambda code, text, about: print(code, text, file=sys.stderr),
        happened=lambda kind, text, facts: None,
    )
    return port, cast(Call, call)


async def main() -> None:
    """Run until standard input says or ends."""
    count, server_port, *callers = map(int, sys.argv[1:])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    engine = NativeMediaEngine(Settings(ports_low=0, ports_high=0))
    client = AiohttpSocketClient(StreamingSettings(sign=sign, open_socket=None))
    silence: Any = Silence(max(count, 1))
    streams = Streams(StreamTools(client, silence, silence), SystemChance())
    order = StreamOrder(
        f"ws://127.0.0.1:{server_port}/",
        Secret("token"),
        callback=StreamCallback("http://nobody.test/", "POST"),
        is_bidirectional=True,
    )
    try:
        legs = [leg(engine, callers[number % len(callers)], number) for number in range(max(count, 1))]
        live = [streams.begin(call, order) for _, call in legs][:count]
        await silence.all_have_begun.wait()
        settle_collector()  # as a node does
        print(*(port.rtp_port for port, _ in legs), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps(await silenced(live, engine)), flush=True)
    finally:
        await streams.close()
        await client.close()
        engine.close()


async def silenced(live: list[LiveStream], engine: NativeMediaEngine) -> dict[str, float]:
    """Fill each stream with ten seconds and clear it, as its server would; what was counted in all."""
    dropped = engine.counters().frames_dropped + sum(each.inspection.frames_dropped for each in live)
    for each in live:
        if each.speaker is not None:
            each.speaker.say(bytes(80_000))
            await asyncio.sleep(0.003)
            each.speaker.clear()
    await asyncio.sleep(0.5)
    took = sorted(ms for each in live for ms in each.inspection.clear_to_silence_ms)
    return {
        "dropped": dropped,
        "underruns": sum(each.speaker.underruns for each in live if each.speaker is not None),
        "clears": len(took),
        "clear_p50_ms": median(took) if took else 0.0,
        "clear_max_ms": took[-1] if took else 0.0,
    }


if __name__ == "__main__":
    run(main)
