"""Streams without a call: the same WebSocket messages, by the same library, and no audio behind them.

usage: python -m bench.programs.bare_streams STREAMS SERVER_PORT CALLER_PORT...
Prints a line when all are open, then sends a frame of each every 20 ms and reads what the server says, until
standard input says or ends.
"""

import asyncio
import struct
import sys
import time
from typing import Final

import aiohttp

from bench.programs.loop import run
from bench.programs.stream_server import OURS
from bench.row import BenchError
from offhook.cli.serve import settle_collector
from offhook.stream.media_stream import MediaStream
from offhook.stream.message import MediaReceived, StreamStart, StreamTrack, read_message

FRAME_S: Final = 0.02
SID: Final = "MZ" + "0" * 32


async def talk(session: aiohttp.ClientSession, port: int, place: float) -> None:
    """One stream. place: where in the 20 ms it sends, 0 to 1."""
    stream = MediaStream(StreamStart("AC", "CA", SID, (StreamTrack.INBOUND,)))
    async with session.ws_connect(f"ws://127.0.0.1:{port}/", compress=0) as socket:
        reading = asyncio.create_task(read(socket))
        loop = asyncio.get_running_loop()
        due, timestamp_ms = loop.time() + place * FRAME_S, 0
        try:
            while True:
                await asyncio.sleep(due - loop.time())
                payload = struct.pack("<Iq", OURS, time.monotonic_ns()) + bytes(148)
                await socket.send_str(stream.media(StreamTrack.INBOUND, timestamp_ms, payload))
                due, timestamp_ms = due + FRAME_S, timestamp_ms + 20
        finally:
            reading.cancel()


async def read(socket: "aiohttp.ClientWebSocketResponse") -> None:
    """Take what the server says."""
    async for message in socket:
        if not isinstance(read_message(message.data, SID), MediaReceived):
            raise BenchError("the server says what is no media")


async def main() -> None:
    """Run until standard input says or ends."""
    count, port = int(sys.argv[1]), int(sys.argv[2])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        streams = [asyncio.create_task(talk(session, port, place / count)) for place in range(count)]
        settle_collector()  # as ours does
        print("0", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for stream in streams:
            stream.cancel()
        await asyncio.wait(streams)
    print("{}", flush=True)


if __name__ == "__main__":
    run(main)
