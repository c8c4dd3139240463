"""A recording server by real SIP and RTP: it hears the caller on one stream and the node on the other."""

import asyncio
import socket
from pathlib import Path

import pytest

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.sip.event import Ended, Event, Invited
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from tests.support.application import running_application
from tests.support.node import OFFHOOK, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

DOCUMENT = (
    '<Response><Start><Siprec connectorName="main" statusCallback="/news"/></Start>'
    "<Pause length='1'/><Say>This is what the caller hears.</Say><Pause length='4'/></Response>"
)
SILENT = frozenset({0xFF, 0x7F, 0xFE, 0x7E})
LIMIT_S = 40.0


class Server:
    """A recording server with a socket for each of two streams."""

    def __init__(self) -> None:
        clock, chance = SystemClock(), SystemChance()
        agent = UserAgent(SipSettings(product="srs", supported=("siprec", "timer")), chance)
        listen = TransportSettings(listen=(("127.0.0.1", 0),))
        self.driver = SipDriver(agent, listen, clock, chance)
        self.streams = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        self.loud = [0, 0]
        """Packets with sound, of each stream."""
        self.ended = asyncio.Event()
        for number, stream in enumerate(self.streams):
            stream.bind(("127.0.0.1", 0))
            stream.setblocking(False)
            asyncio.get_running_loop().add_reader(stream, self._hear, number)

    def handle(self, event: Event) -> None:
        """SIP."""
        match event:
            case Invited(session=session):
                self.driver.attach(session, self.handle)
                lines = ["v=0", "o=srs 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
                for stream in self.streams:
                    lines += [f"m=audio {stream.getsockname()[1]} RTP/AVP 0", "a=recvonly"]
                session.accept("".join(f"{line}\r\n" for line in lines).encode(), self.driver.now())
                self.driver.flush()
            case Ended():
                self.ended.set()
            case _:
                pass

    def _hear(self, number: int) -> None:
        self.loud[number] += not set(self.streams[number].recv(2000)[12:]) <= SILENT

    def close(self) -> None:
        """Listen no more."""
        for stream in self.streams:
            asyncio.get_running_loop().remove_reader(stream)
            stream.close()
        self.driver.close()


def test_a_recording_server_hears_both_sides_of_a_call(tmp_path: Path) -> None:
    async def run() -> None:
        server = Server()
        await server.driver.listen(server.handle)
        connector = f"main=sip:srs@{server.driver.addresses[0]}"
        with running_application({"/voice": DOCUMENT, "/news": ""}) as application:
            node_of = running_node(
                tmp_path, "--voice-url", f"{application.base_url}/voice", siprec_connectors=connector
            )
            node = await asyncio.to_thread(node_of.__enter__)
            try:
                caller = await asyncio.create_subprocess_exec(
                    OFFHOOK,
                    "call",
                    f"sip:anyone@app.sip.localhost:{node.sip_port}",
                    *("--press", "W", "--say", "This is what the caller says.", "--for", "6"),
                    stdout=asyncio.subprocess.DEVNULL,
                )
                async with asyncio.timeout(LIMIT_S):
                    assert await caller.wait() == 0
                    await server.ended.wait()
                asked = [await asyncio.to_thread(application.next_request) for _ in range(3)]
                (call,) = await asyncio.to_thread(sdk_client(node).calls.list)
                assert call.status == "completed"
            finally:
                await asyncio.to_thread(node_of.__exit__, None, None, None)
                server.close()
        news = [each.form["SiprecEvent"] for each in asked if each.path == "/news"]
        assert news == ["siprec-started", "siprec-stopped"]
        assert min(server.loud) > 25, server.loud

    asyncio.run(run())
