"""Recording servers by real SIP and RTP: they hear the caller on one stream and the node on the other.

One takes µ-law over UDP, one A-law behind another that is dead and asks for a password, one SRTP over TLS.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from pylibsrtp import Session

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.base.redact import Secret
from offhook.sdp.crypto import CryptoAttribute
from offhook.sdp.session_description import SessionDescription
from offhook.sip.event import Modified
from tests.support.application import running_application
from tests.support.node import OFFHOOK, running_node
from tests.support.recording_server import RecordingServer, answering
from tests.support.sdk import sdk_client
from tests.support.secure_phone import reading_session

pytestmark = pytest.mark.peer

DOCUMENT = (
    '<Response><Start><Siprec connectorName="main" statusCallback="/news"/></Start>'
    "<Pause length='1'/><Say>This is what the caller hears.</Say><Pause length='4'/></Response>"
)
ULAW_SILENCE, ALAW_SILENCE = frozenset({0xFF, 0x7F, 0xFE, 0x7E}), frozenset({0xD5, 0x55, 0xD4, 0x54})
LIMIT_S = 40.0
TLS: Final = Path(__file__).parents[1] / "support" / "tls"
SUITE: Final = "AES_CM_128_HMAC_SHA1_80"
OUR_KEY: Final = bytes(range(30))


class Streams:
    """The sockets of two streams, and what is heard on them."""

    def __init__(self, payload_type: int = 0, silence: frozenset[int] = ULAW_SILENCE) -> None:
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        self.packets = [0, 0]
        self.loud = [0, 0]
        """Packets with sound, of each stream."""
        self.keys: list[Session] = []
        """What decrypts each; none is plain RTP."""
        self._payload_type, self._silence = payload_type, silence
        for number, stream in enumerate(self.sockets):
            stream.bind(("127.0.0.1", 0))
            stream.setblocking(False)
            asyncio.get_running_loop().add_reader(stream, self._hear, number)

    @property
    def ports(self) -> list[int]:
        return [stream.getsockname()[1] for stream in self.sockets]

    def _hear(self, number: int) -> None:
        packet = self.sockets[number].recv(2000)
        if self.keys:
            packet = self.keys[number].unprotect(packet)
        assert packet[1] & 0x7F == self._payload_type
        self.packets[number] += 1
        self.loud[number] += not set(packet[12:]) <= self._silence

    def close(self) -> None:
        """Listen no more."""
        for stream in self.sockets:
            asyncio.get_running_loop().remove_reader(stream)
            stream.close()


class LocalhostTls:
    """TLS of a server with a certificate for localhost."""

    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(TLS / "localhost.pem")
        return context

    legacy_server = server

    def client(self, *, is_verified: bool = True) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(TLS / "ca.pem"))


async def record_a_call(
    folder: Path, server: RecordingServer, act: Callable[[], object], **settings: str
) -> list[str]:
    """Have a caller talk for six seconds, and `act` in the middle. Returns the news of the session."""
    with running_application({"/voice": DOCUMENT, "/news": ""}) as application:
        node_of = running_node(folder, "--voice-url", f"{application.base_url}/voice", **settings)
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
                act()
                assert await caller.wait() == 0
                await server.ended.wait()
            asked = [await asyncio.to_thread(application.next_request) for _ in range(3)]
            (call,) = await asyncio.to_thread(sdk_client(node).calls.list)
            assert call.status == "completed"
        finally:
            await asyncio.to_thread(node_of.__exit__, None, None, None)
            server.close()
    return [each.form["SiprecEvent"] for each in asked if each.path == "/news"]


def test_a_recording_server_hears_both_sides_of_a_call(tmp_path: Path) -> None:
    async def run() -> None:
        streams = Streams()
        server = RecordingServer(SystemClock(), SystemChance(), answering(*streams.ports))
        connectors = f"main={await server.listen()}"
        news = await record_a_call(tmp_path, server, lambda: None, siprec_connectors=connectors)
        streams.close()
        assert news == ["siprec-started", "siprec-stopped"]
        assert min(streams.loud) > 25, streams.loud

    asyncio.run(run())


def test_the_second_server_has_a_password_and_takes_alaw(tmp_path: Path) -> None:
    async def run() -> None:
        streams = Streams(8, ALAW_SILENCE)
        server = RecordingServer(SystemClock(), SystemChance(), answering(*streams.ports, codec=8))
        server.login = ("recorder", Secret("Correct-Horse-7"))
        news = await record_a_call(
            tmp_path,
            server,
            lambda: None,
            siprec_connectors=f"main=sip:srs@127.0.0.1:9;transport=tcp,{await server.listen()}",
            siprec_credentials="main=recorder:Correct-Horse-7",
        )
        streams.close()
        assert news == ["siprec-started", "siprec-stopped"]
        assert min(streams.loud) > 25, streams.loud

    asyncio.run(run())


def test_a_secure_server_gets_srtp_over_tls(tmp_path: Path) -> None:
    async def run() -> None:
        streams = Streams()
        line = CryptoAttribute(1, SUITE, OUR_KEY)
        plain = answering(*streams.ports, attributes=f"a=crypto:{line}\r\na=recvonly")

        def answer(offer: bytes) -> str:
            for media in SessionDescription.parse(offer).media:
                (crypto,) = media.values("crypto")
                streams.keys.append(reading_session(CryptoAttribute.parse(crypto).key_and_salt, SUITE))
            return plain(offer).replace("RTP/AVP", "RTP/SAVP")

        server = RecordingServer(SystemClock(), SystemChance(), answer, tls=LocalhostTls())
        port = (await server.listen()).rpartition(":")[2]
        news = await record_a_call(
            tmp_path,
            server,
            lambda: None,
            siprec_connectors=f"main=sip:srs@localhost:{port};secure=true",
            extra_ca_file=str(TLS / "ca.pem"),
        )
        streams.close()
        assert news == ["siprec-started", "siprec-stopped"]
        assert min(streams.loud) > 25, streams.loud

    asyncio.run(run())


def test_a_paused_stream_is_silent_on_the_wire(tmp_path: Path) -> None:
    async def run() -> None:
        streams = Streams()
        server = RecordingServer(SystemClock(), SystemChance(), answering(*streams.ports))
        connectors = f"main={await server.listen()}"
        counted: list[int] = []

        async def pause_for_two_seconds() -> None:
            session = await server.sessions.get()
            server.offer(session, "a=inactive")
            assert isinstance(await server.changes.get(), Modified)
            await asyncio.sleep(0.1)  # what is on its way arrives
            counted.append(sum(streams.packets))
            await asyncio.sleep(1.5)
            counted.append(sum(streams.packets))
            server.offer(session, "a=recvonly")
            assert isinstance(await server.changes.get(), Modified)

        pausing: list[asyncio.Task[None]] = []
        news = await record_a_call(
            tmp_path,
            server,
            lambda: pausing.append(asyncio.create_task(pause_for_two_seconds())),
            siprec_connectors=connectors,
        )
        await pausing[0]
        streams.close()
        assert news == ["siprec-started", "siprec-stopped"]
        before, after = counted
        assert before == after
        assert sum(streams.packets) > after + 100

    asyncio.run(run())
