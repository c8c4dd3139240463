"""ConversationRelay on a real node with agents that go wrong at each stage: each fails its call, no other.

Every call is placed at once; the agent is told by the path of its URL what to do. The engine that speaks for
all of them is killed under them: whatever it was asked, its successor says.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import aiohttp
import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.support.node import OFFHOOK, Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sound import places, read_wav, spoken

pytestmark = pytest.mark.peer

LIMIT_S = 60
AUTH_TOKEN = "auth-token-of-the-tests"
GOODBYE = "That is all there was."
SENTENCES = "The first sentence of all.", "The engine is back again."
"""What is said around the death of the engine."""


class Agent:
    """The application: documents, the agent's socket, and what the action was told."""

    def __init__(self) -> None:
        self.port = 0
        self.told: dict[str, dict[str, str]] = {}
        """What the action was told, by the agent's path."""
        self.closed: dict[str, int | None] = {}
        """The code of the node's close."""
        self.signed: set[str] = set()
        self.errors: dict[str, list[str]] = {}
        self.spoke: Queue[str] = Queue()
        """A word for each time that the path `engine` begins to say something."""
        self.goes_on = threading.Event()
        """Set, `engine` says something else."""

    def routes(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/voice", self._voice)
        app.router.add_post("/after/{path}", self._after)
        app.router.add_get("/talk/{path}", self._talk)
        return app

    async def _voice(self, request: web.Request) -> web.Response:
        path = re.findall(r"sip:(\w+)@", str((await request.post())["To"]))[0]
        relay = f'<ConversationRelay url="ws://127.0.0.1:{self.port}/talk/{path}?call=7"/>'
        document = f'<Response><Connect action="/after/{path}">{relay}</Connect></Response>'
        return web.Response(text=document, content_type="text/xml")

    async def _after(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.told[request.match_info["path"]] = form
        return web.Response(text=f"<Response><Say>{GOODBYE}</Say></Response>", content_type="text/xml")

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        url = f"ws://127.0.0.1:{self.port}{request.path_qs}"
        if RequestValidator(AUTH_TOKEN).validate(url, {}, request.headers["X-Twilio-Signature"]):
            self.signed.add(path)
        if path == "refuses":
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert json.loads((await socket.receive()).data)["type"] == "setup"
        await getattr(self, f"_{path}")(request, socket)
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT and json.loads(frame.data)["type"] == "error":
                self.errors.setdefault(path, []).append(json.loads(frame.data)["description"])
        self.closed[path] = socket.close_code
        return socket

    async def _closes(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        await socket.close(code=1011, message=b"out of order")

    async def _vanishes(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "text", "token": "I am going to va", "last": False})
        assert request.transport is not None
        request.transport.abort()

    async def _babbles(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        for message in ("{", "[]", '{"type":"text","token":null}', '{"type":"media"}', "\0" * 70_000) * 2:
            await socket.send_str(message)

    async def _floods(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        for _ in range(1_200):
            await socket.send_json({"type": "text", "token": "And again. ", "last": False})
        await socket.send_json({"type": "end", "handoffData": "flooded"})

    async def _engine(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "text", "token": SENTENCES[0], "last": True})
        self.spoke.put("first")
        await asyncio.to_thread(self.goes_on.wait, LIMIT_S)
        await socket.send_json({"type": "text", "token": SENTENCES[1], "last": True})
        await asyncio.sleep(9)  # the new engine loads its models
        await socket.send_json({"type": "end"})


@contextmanager
def running_agent() -> Iterator[Agent]:
    """Serve on a free port of loopback, in a thread."""
    agent, loop, ready = Agent(), asyncio.new_event_loop(), threading.Event()
    runner = web.AppRunner(agent.routes(), handle_signals=False, access_log=None, shutdown_timeout=0.5)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        agent.port = runner.addresses[0][1]
        ready.set()

    def serve() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(LIMIT_S)
    try:
        yield agent
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def call(node: Node, folder: Path, path: str) -> str:
    """Call an agent until the other side hangs up; what the command said."""
    uri = f"sip:{path}@app.sip.localhost:{node.sip_port}"
    result = subprocess.run(
        [str(OFFHOOK), "call", uri, "--record", str(folder / f"{path}.wav")],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return result.stdout + result.stderr


def engine_of(node: Node) -> int:
    """The process of the node's embedded voice."""
    for entry in Path("/proc").iterdir():
        is_ours = entry.name.isdigit() and _parent(entry) == node.process.pid
        if is_ours and b"offhook.speech.worker" in (entry / "cmdline").read_bytes():
            return int(entry.name)
    raise AssertionError("the node has no speech engine")


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def test_an_agent_that_goes_wrong_fails_its_own_call_and_no_other(tmp_path: Path) -> None:
    paths = ("refuses", "closes", "vanishes", "babbles", "floods", "engine")
    with (
        running_agent() as agent,
        running_node(
            tmp_path, "--voice-url", f"http://127.0.0.1:{agent.port}/voice", auth_token=AUTH_TOKEN
        ) as node,
        ThreadPoolExecutor(len(paths)) as calls,
    ):
        said = [calls.submit(call, node, tmp_path, path) for path in paths]
        agent.spoke.get(timeout=LIMIT_S)
        os.kill(engine_of(node), signal.SIGKILL)
        agent.goes_on.set()
        for each in said:
            assert "the other side hung up" in each.result(), each.result() + node.log()
        codes = sorted(
            int(each.error_code or 0) for each in sdk_client(node).api.v2010.account.notifications.list()
        )
        assert node.process.poll() is None

    def told(path: str) -> tuple[str, str | None]:
        return agent.told[path]["SessionStatus"], agent.told[path].get("ErrorCode")

    assert {path: told(path) for path in paths} == {
        "refuses": ("failed", "64102"),
        "closes": ("failed", "64105"),
        "vanishes": ("failed", "64105"),
        "babbles": ("failed", "64105"),
        "floods": ("ended", None),
        "engine": ("ended", None),
    }
    assert agent.signed == set(paths)
    assert agent.closed["babbles"] == 1007
    assert len(agent.errors["babbles"]) == 10
    assert agent.told["floods"]["HandoffData"] == "flooded"
    assert {64102, 64105, 64107} <= set(codes)
    heard = read_wav(tmp_path / "engine.wav")
    for sentence in SENTENCES:
        assert places(heard, spoken(sentence)), sentence
    for path in paths:
        assert places(read_wav(tmp_path / f"{path}.wav"), spoken(GOODBYE)), path
