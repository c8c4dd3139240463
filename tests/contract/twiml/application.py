"""The web application of all rows: each has its documents under a path of its own, and a memory of requests.

The node's only Voice URL redirects every call to its row's first document, by the user that was called.
"""

import asyncio
import io
import wave
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from tests.contract.twiml.agent_server import AgentServer
from tests.contract.twiml.row import END, Row
from tests.contract.twiml.seen import WebRequest
from tests.contract.twiml.stream_server import StreamServer
from tests.support.sound import RATE_HZ, tone

FIRST: Final = "voice"


class Application:
    """Serves every row."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._news = asyncio.Event()
        self.base_url = ""
        self.requests: defaultdict[int, list[WebRequest]] = defaultdict(list)
        """By the row's index, in order."""
        self.documents: dict[tuple[int, str], str] = {}
        """Whole, by the row's index and the path; filled in before the row's call."""

    def handler(self) -> web.Application:
        """Its routes."""
        app = web.Application()
        app.router.add_route("*", "/entrance", self._enter)
        app.router.add_route("*", "/row/{index}/{path:.*}", self._serve)
        app.router.add_get("/tone/{hz}/{seconds}", self._tone)
        app.router.add_get("/silence/{seconds}", self._silence)
        app.router.add_get("/text", self._text)
        return app

    async def requested(self, index: int, count: int) -> None:
        """Wait until a row has got so many requests."""
        while len(self.requests[index]) < count:
            self._news.clear()
            await self._news.wait()

    async def _enter(self, request: web.Request) -> web.Response:
        called = str((await request.post())["To"])
        user = called.partition(":")[2].partition("@")[0].removeprefix("row-")
        index, _, companion = user.partition("-")
        first = f"{self.base_url}/row/{index}/{companion or FIRST}"
        return _twiml(f"<Response><Redirect>{first}</Redirect></Response>")

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        index, path = int(request.match_info["index"]), request.match_info["path"]
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(request, index, path)
        got = dict(request.query) | {name: str(value) for name, value in (await request.post()).items()}
        self.requests[index].append(WebRequest(asyncio.get_running_loop().time(), path, request.method, got))
        self._news.set()
        nth = sum(each.path == path for each in self.requests[index])
        found = self.documents.get((index, f"{path} {nth}")) or self.documents.get((index, path))
        return _twiml(found or f"<Response>{END}</Response>")

    async def _stream(self, request: web.Request, index: int, path: str) -> web.WebSocketResponse:
        """A stream's server; what it was told stands among the requests, under `news-` and its path."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        server: AgentServer | StreamServer
        if path == "agent":
            server = AgentServer(socket, dict(request.query))
        else:
            server = StreamServer(socket, talks=path == "talk")
        await server.serve()
        moment = asyncio.get_running_loop().time()
        self.requests[index].append(WebRequest(moment, f"news-{path}", "WS", server.told))
        self._news.set()
        return socket

    async def _tone(self, request: web.Request) -> web.Response:
        return _wav(tone(int(request.match_info["hz"])), float(request.match_info["seconds"]))

    async def _silence(self, request: web.Request) -> web.Response:
        return _wav(bytes(2 * RATE_HZ), float(request.match_info["seconds"]))

    async def _text(self, request: web.Request) -> web.Response:
        return web.Response(text="This is no audio.", content_type="text/plain")


def _twiml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")


def _wav(second: bytes, seconds: float) -> web.Response:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        wav.writeframes((second * 60)[: round(seconds * RATE_HZ) * 2])
    return web.Response(
        body=file.getvalue(), content_type="audio/wav", headers={"Cache-Control": "max-age=600"}
    )


@asynccontextmanager
async def serving(application: Application) -> AsyncIterator[None]:
    """Serve on a free port of loopback until the block ends."""
    runner = web.AppRunner(application.handler(), handle_signals=False, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        application.base_url = f"http://127.0.0.1:{port}"
        yield
    finally:
        await runner.cleanup()
