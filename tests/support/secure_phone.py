"""The plainest phone with SRTP: SIP over TLS by hand, audio by libsrtp; what is on the wire is kept.

with SecurePhone(node.sips_port, node.ca_file) as phone:
    phone.call("sip:x@safe.sip.localhost", suite="AES_CM_128_HMAC_SHA1_80")
"""

import re
import socket
import ssl
import struct
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pylibsrtp import Policy, Session

from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.tap import Packet, free_pair

LIMIT_S: Final = 20.0
PTIME_S: Final = 0.02
PROFILES: Final = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}
KEY: Final = bytes(range(30))
"""Of this phone: 16 bytes and a salt of 14."""
SSRC: Final = 0x5EC0DE00


@dataclass(frozen=True)
class Agreed:
    """What the answer says."""

    port: int
    """Of the node's RTP."""
    suite: str
    key: bytes
    """Of what the node sends."""


class SecurePhone:
    """One phone, for one call."""

    def __init__(self, port: int, ca_file: Path) -> None:
        context = ssl.create_default_context(cafile=str(ca_file))
        plain = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self._signalling = context.wrap_socket(plain, server_hostname="localhost")
        self._buffer = b""
        self._rtp, self._rtcp = free_pair()
        self.captured: list[Packet] = []
        """Every datagram of RTP that came, as it was on the wire."""
        self._sequence = 0
        self._to = ""

    def call(self, uri: str, suite: str) -> Agreed:
        """Call, with this suite alone; what was agreed once it is answered."""
        self._uri = uri
        line = f"1 {suite} inline:{b64encode(KEY).decode()}"
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
        lines += [f"m=audio {self._rtp.getsockname()[1]} RTP/SAVP 0", f"a=crypto:{line}", ""]
        self._send("INVITE", 1, "\r\n".join(lines))
        response = self._response()
        while response.status < 200:
            response = self._response()
        assert response.status == 200, response.start_line
        self._to = f";tag={response.to.tag}"
        self._send("ACK", 1)
        answer = response.body.decode()
        found = re.search(r"a=crypto:1 (\S+) inline:(\S+)", answer)
        audio = re.search(r"m=audio (\d+) RTP/SAVP", answer)
        assert found is not None, answer
        assert audio is not None, answer
        return Agreed(int(audio[1]), found[1], b64decode(found[2]))

    def wait_bye(self) -> Request:
        """The BYE of the node, answered."""
        while True:
            message = self._message()
            if isinstance(message, Request):
                kept = [f for f in message.headers.fields if f[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
                lines = ["SIP/2.0 200 OK", *(f"{name}: {value}" for name, value in kept), "Content-Length: 0"]
                self._signalling.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
                return message

    def talk(self, agreed: Agreed, audio: bytes, *, key: bytes = KEY, copies: int = 1) -> None:
        """Send µ-law at its pace, and keep what comes meanwhile. copies: of each datagram, one after
        another."""
        session = sending_session(key, agreed.suite)
        begin = time.monotonic()
        for at in range(0, len(audio), 160):
            head = struct.pack("!BBHII", 0x80, 0, self._sequence % 65_536, self._sequence * 160, SSRC)
            self._sequence += 1
            datagram = session.protect(head + audio[at : at + 160].ljust(160, b"\xff"))
            for _ in range(copies):
                self._rtp.sendto(datagram, ("127.0.0.1", agreed.port))
            self.listen(begin + (at // 160 + 1) * PTIME_S)

    def listen(self, until: float) -> None:
        """Keep what comes until this moment."""
        while (left := until - time.monotonic()) > 0:
            self._rtp.settimeout(left)
            try:
                data, source = self._rtp.recvfrom(2048)
            except TimeoutError:
                return
            self.captured.append(Packet(time.time(), source[1], self._rtp.getsockname()[1], data))

    def _send(self, method: str, cseq: int, body: str = "") -> None:
        local = f"127.0.0.1:{self._signalling.getsockname()[1]}"
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/TLS {local};branch=z9hG4bK{method}{cseq};rport",
            f"From: <sip:secure@{local}>;tag=1",
            f"To: <{self._uri}>{self._to}",
            f"Call-ID: secure@{local}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:secure@{local};transport=tls>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._signalling.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _response(self) -> Response:
        message = self._message()
        assert isinstance(message, Response), message.start_line
        return message

    def _message(self) -> Request | Response:
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            found = re.search(rb"\r\nContent-Length: (\d+)", head)
            if end and found is not None and len(rest) >= int(found[1]):
                size = int(found[1])
                self._buffer = rest[size:]
                return parse_message(head + end + rest[:size], Limits())
            received = self._signalling.recv(65_535)
            assert received, f"the node closed the connection; {self._buffer!r} was left"
            self._buffer += received

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._signalling, self._rtp, self._rtcp):
            each.close()


def sending_session(key: bytes, suite: str) -> Session:
    """libsrtp with a key, to protect."""
    return Session(policy=Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILES[suite]))


def reading_session(key: bytes, suite: str) -> Session:
    """libsrtp with a key, to read what was captured."""
    return Session(policy=Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILES[suite]))
