"""The server of many streams: says every frame again, and notes how long each was on its way to it.

usage: python -m bench.programs.stream_server
Prints its TCP port. For each line on standard input it prints as JSON what came since the line before:
frames, and the 50th and 99th percentile of their delay in microseconds, from the moment that a caller of
`rtp_callers` wrote into the packet; null where there was none.
"""

import asyncio
import binascii
import json
import struct
import sys
import time
from typing import Final

from aiohttp import WSMsgType, web

from bench.programs.loop import run
from offhook.cli.serve import settle_collector

OURS: Final = 0x5E4D0A7E
"""Before the moment in a packet, as in `drivers/rtp_callers.c`."""


class Echo:
    """All sockets."""

    def __init__(self) -> None:
        self.frames = 0
        self.delays_ns: list[int] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One stream."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            now = time.monotonic_ns()
            told = json.loads(message.data)
            if told["event"] != "media":
                continue
            payload = told["media"]["payload"]
            marker, moment = struct.unpack("<Iq", binascii.a2b_base64(payload)[:12])
            self.frames += 1
            if marker == OURS:
                self.delays_ns.append(now - moment)
            again = f'{{"event":"media","streamSid":"{told["streamSid"]}","media":{{"payload":"{payload}"}}}}'
            try:
                await socket.send_str(again)
            except ConnectionError:
                break  # it has closed meanwhile, as all do at the end
        return socket

    def report(self) -> dict[str, float | None]:
        """What came since the last report."""
        delays, self.delays_ns = sorted(self.delays_ns), []
        frames, self.frames = self.frames, 0
        at = {part: delays[len(delays) * part // 100] / 1000 if delays else None for part in (50, 99)}
        return {"frames": frames, "delay_p50_us": at[50], "delay_p99_us": at[99]}


async def main() -> None:
    """Serve until standard input ends."""
    echo, app = Echo(), web.Application()
    app.router.add_get("/", echo.serve)
    runner = web.AppRunner(app, handle_signals=False, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settle_collector()  # else it is the server's that is measured
    print(runner.addresses[0][1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(echo.report()), flush=True)
    await runner.cleanup()


if __name__ == "__main__":
    run(main)
