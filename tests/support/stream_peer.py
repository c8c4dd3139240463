"""A stream's server on loopback, in a thread of its own: what it was told, and what it is to say.

with running_stream_peer() as peer: …   →  peer.url, peer.next("start"), peer.say("clear")
"""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Any

import aiohttp
from aiohttp import web

LIMIT_S = 20.0


@dataclass
class StreamPeer:
    """The server of one socket after the other."""

    url: str
    told: "Queue[dict[str, Any]]" = field(default_factory=Queue)
    """Every message; `{"event": "closed"}` behind the last of a socket."""
    signatures: list[str | None] = field(default_factory=list)
    stream_sid: str = ""
    echoes: bool = False
    """Whether media is said again."""
    loop: asyncio.AbstractEventLoop | None = None
    socket: web.WebSocketResponse | None = None

    def next(self, event: str) -> dict[str, Any]:
        """The next message of a kind; those before it are passed over."""
        while True:
            try:
                message = self.told.get(timeout=LIMIT_S)
            except Empty as empty:
                raise AssertionError(f"no {event} came") from empty
            if message["event"] == event:
                return message

    def say(self, event: str, **body: object) -> None:
        """Send a message of the stream."""
        self.write(
            json.dumps({"event": event, "streamSid": self.stream_sid, **({event: body} if body else {})})
        )

    def play(self, payload: bytes) -> None:
        """Send media."""
        self.say("media", payload=base64.b64encode(payload).decode())

    def write(self, text: str) -> None:
        """Send whatever."""
        assert self.socket is not None
        self._do(self.socket.send_str(text))

    def hang_up(self) -> None:
        """Close the socket."""
        assert self.socket is not None
        self._do(self.socket.close())

    def _do(self, work: Any) -> None:
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(work, self.loop).result(LIMIT_S)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One socket."""
        self.signatures.append(request.headers.get("X-Twilio-Signature"))
        self.socket = socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                told = json.loads(message.data)
                self.stream_sid = told.get("streamSid", self.stream_sid)
                self.told.put(told)
                if self.echoes and told["event"] == "media":
                    body = {"payload": told["media"]["payload"]}
                    text = json.dumps({"event": "media", "streamSid": self.stream_sid, "media": body})
                    await socket.send_str(text)
        self.told.put({"event": "closed", "code": socket.close_code})
        return socket


@contextmanager
def running_stream_peer() -> Iterator[StreamPeer]:
    """Serve on a free port of loopback until the block ends."""
    peer, is_open, is_over = StreamPeer(""), threading.Event(), threading.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", peer.serve)
        runner = web.AppRunner(app, handle_signals=False, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        peer.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/talk"
        peer.loop = asyncio.get_running_loop()
        is_open.set()
        await asyncio.to_thread(is_over.wait)
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="stream-peer")
    thread.start()
    try:
        assert is_open.wait(LIMIT_S)
        yield peer
    finally:
        is_over.set()
        thread.join(LIMIT_S)
