"""A real call in the place of the one that streamdouble acts: its scenario, spoken by a phone into a node.

    streamdouble -- media, dtmf, stop --> line == RTP, RFC 4733, BYE ==> node -- messages --> tap --> agent
         ^------------------------------ what the agent says -------------------------------------'

streamdouble opens a WebSocket, as to an agent. It is taken when the call has been answered and its stream has
begun, so that both clocks begin together. What the node tells the agent is noted by streamdouble's own trace
and in full; what the agent says goes to the node and to streamdouble, which judges it.
"""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from streamdouble.trace import Trace, TraceConfig  # type: ignore[import-untyped]

from tests.support.node import Node
from tests.support.odd_phone import OddPhone

LIMIT_S: Final = 10.0
FRAME_MS: Final = 20
TICKS_A_MS: Final = 8
KEY_TICKS: Final = (160, 320, 480, 640, 640, 640)
"""A key of 80 ms; its end is said three times (RFC 4733 §2.5.1.4)."""
EVENTS: Final = 101


@dataclass
class Line:
    """One call: what the node told the agent, what the agent said, what the caller heard."""

    document: str
    """What the application answers; `{stream}` in it is where the stream goes."""
    agent_url: str
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """Messages of the node's with their moments (`time.perf_counter`)."""
    said: list[str | bytes] = field(default_factory=list)
    """Messages of the agent's."""
    heard: bytearray = field(default_factory=bytearray)
    """µ-law that the caller heard."""
    foreseen: list[tuple[float, str]] = field(default_factory=list)
    """When streamdouble would have sent a mark back, and which."""
    call_sid: str = ""
    stream_sid: str = ""
    trace: Trace = field(default_factory=lambda: Trace(TraceConfig(Path("unwritten"))))
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    """The stream has: the agent was told `start`."""
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)
    """The agent's socket has closed."""
    to_double: "asyncio.Queue[str | bytes | None]" = field(default_factory=asyncio.Queue)
    """What the agent says, None at its end."""


def events(records: list[dict[str, Any]], direction: str) -> list[str]:
    """Of a trace what the agent was told (`out`) or said (`in`); media that follow each other are one."""
    told = [str(record["event"]) for record in records if record["dir"] == direction]
    return [event for event, before in zip(told, ["", *told], strict=False) if event != before]


class Doubles:
    """The application of the node and the endpoint of streamdouble, for calls by name."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.lines: dict[str, Line] = {}
        self._node: Node | None = None
        self._session = aiohttp.ClientSession()

    def use(self, node: Node) -> None:
        """The node that is called."""
        self._node = node

    def line(self, name: str, document: str, agent_url: str) -> tuple[Line, str]:
        """A call that comes when streamdouble opens the URL."""
        self.lines[name] = line = Line(document, agent_url)
        return line, f"{self.base_url.replace('http', 'ws', 1)}/double/{name}"

    async def close(self) -> None:
        await self._session.close()

    async def voice(self, request: web.Request) -> web.Response:
        """The webhook of the called Domain: whom the call is to is the name of its line."""
        name = str((await request.post())["To"]).removeprefix("sip:").partition("@")[0]
        url = f"{self.base_url.replace('http', 'ws', 1)}/node/{name}"
        text = self.lines[name].document.replace("{stream}", url)
        return web.Response(text=text, content_type="text/xml")

    # Between the node and the agent

    async def node(self, request: web.Request) -> web.WebSocketResponse:
        """The socket of the node's."""
        line = self.lines[request.match_info["name"]]
        ours = web.WebSocketResponse(max_msg_size=0)
        await ours.prepare(request)
        async with self._session.ws_connect(line.agent_url, max_msg_size=0) as agent:
            hearing = asyncio.create_task(self._pass_on(line, ours, agent))
            async for message in ours:
                told = json.loads(message.data)
                now = time.perf_counter()
                line.trace.note_out(told, now)
                line.told.append((now, told))
                if told["event"] == "start":
                    line.stream_sid, line.call_sid = told["streamSid"], told["start"]["callSid"]
                    line.has_begun.set()
                await agent.send_str(message.data)
            await agent.close()
            await hearing
        line.has_ended.set()
        return ours

    @staticmethod
    async def _pass_on(
        line: Line, ours: web.WebSocketResponse, agent: aiohttp.ClientWebSocketResponse
    ) -> None:
        async for message in agent:
            line.trace.note_in(message.data, time.perf_counter())
            line.said.append(message.data)
            line.to_double.put_nowait(message.data)
            with suppress(ConnectionError):  # the node has closed meanwhile
                if isinstance(message.data, str):
                    await ours.send_str(message.data)
                else:
                    await ours.send_bytes(message.data)
        line.to_double.put_nowait(None)
        await ours.close()

    # Between streamdouble and the node

    async def double(self, request: web.Request) -> web.WebSocketResponse:
        """The socket of streamdouble's."""
        name = request.match_info["name"]
        line, loop = self.lines[name], asyncio.get_running_loop()
        assert self._node is not None
        with OddPhone(self._node.sip_port) as phone:
            offer = phone.audio(f"0 {EVENTS}", f"a=rtpmap:{EVENTS} telephone-event/8000")
            uri = f"sip:{name}@app.sip.localhost"
            await asyncio.to_thread(phone.call, uri, offer)
            loop.add_reader(phone.rtp, lambda: line.heard.extend(_audio(phone)))
            try:
                async with asyncio.timeout(LIMIT_S):
                    await line.has_begun.wait()
                theirs = web.WebSocketResponse()
                await theirs.prepare(request)
                await self._act(line, phone, theirs)
            finally:
                loop.remove_reader(phone.rtp)
                assert await asyncio.to_thread(phone.ask, "BYE") == 200
        return theirs

    async def _act(self, line: Line, phone: OddPhone, theirs: web.WebSocketResponse) -> None:
        """Do as the scenario does, until either side closes."""
        start: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def say() -> None:
            stream_sid = await start
            while (said := await line.to_double.get()) is not None:
                if isinstance(said, str):
                    await theirs.send_str(said.replace(line.stream_sid, stream_sid))
                else:
                    await theirs.send_bytes(said)
            await theirs.close()

        saying, timestamp = asyncio.create_task(say()), 0
        try:
            async for message in theirs:
                told = json.loads(message.data)
                match told["event"]:
                    case "start":
                        start.set_result(told["streamSid"])
                    case "media" if told["media"]["track"] == "inbound":
                        timestamp = int(told["media"]["timestamp"]) * TICKS_A_MS
                        phone.send_rtp(0, _payload(told), timestamp)
                        timestamp += FRAME_MS * TICKS_A_MS
                    case "dtmf":
                        for place, ticks in enumerate(KEY_TICKS):
                            digit, is_end = told["dtmf"]["digit"], place >= len(KEY_TICKS) - 3
                            phone.send_event(EVENTS, digit, timestamp, ticks, end=is_end, marker=place == 0)
                    case "mark":
                        line.foreseen.append((time.perf_counter(), told["mark"]["name"]))
        finally:
            saying.cancel()
            await asyncio.wait((saying,))


@asynccontextmanager
async def serving_doubles(agents: "dict[str, Any] | None" = None) -> AsyncIterator[Doubles]:
    """Serve on a free port of loopback. agents: handlers of agents of the test's own, by name."""
    app = web.Application()
    doubles = Doubles("")
    app.add_routes(
        [
            web.post("/voice", doubles.voice),
            web.get("/node/{name}", doubles.node),
            web.get("/double/{name}", doubles.double),
            *(web.get(f"/{name}", handler) for name, handler in (agents or {}).items()),
        ]
    )
    runner = web.AppRunner(app, handle_signals=False, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        doubles.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield doubles
    finally:
        await doubles.close()
        await runner.cleanup()


def _payload(told: dict[str, Any]) -> bytes:
    return base64.b64decode(told["media"]["payload"])


def _audio(phone: OddPhone) -> bytes:
    packet = phone.hear()
    return packet.payload if packet.payload_type == 0 else b""
