"""A phone without manners: SIP and RTP over UDP, each packet as the test writes it.

    with OddPhone(node.sip_port) as phone:
        phone.call("sip:menu@app.sip.localhost", phone.audio("0 101", "a=rtpmap:101 telephone-event/8000"))
        phone.send_event(101, "5", timestamp=0, duration=800, end=True)

It keeps no timers and retransmits nothing: loopback loses nothing, and what a phone leaves out is for the
test to say. One dialog at a time; the caller's side with `call`, the callee's with `next_request` and
`respond`.
"""

import re
import socket
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits

LIMIT_S: Final = 10.0
HOST: Final = "127.0.0.1"
KEYS: Final = "0123456789*#ABCD"
SSRC: Final = 0x0DD0_0DD0
Header = tuple[str, str]
Message = TypeVar("Message", Request, Response)


@dataclass(frozen=True)
class Rtp:
    """A packet that it heard."""

    payload_type: int
    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes


class OddPhone:
    """One socket for SIP and one for RTP, on ports of their own."""

    def __init__(self, node_port: int) -> None:
        self._node = (HOST, node_port)
        self._sip = _bound()
        self.rtp = _bound()
        """May be replaced: then it speaks and listens elsewhere."""
        self._call_id = f"odd-{self._sip.getsockname()[1]}-{id(self)}"
        self._local = f"<sip:odd@{self.address}>;tag=odd"
        self._remote = ""
        self._target = ""
        self._invited = ""
        self._cseq = 0
        self._invite_branch = ""
        self._invite_cseq = 0
        self.sequence_number = 0
        """Of its next RTP packet."""
        self._unread: list[Request | Response] = []
        self.media: tuple[str, int] = (HOST, 9)
        """Where the node listens, from its last description."""

    @property
    def address(self) -> str:
        """Where its SIP is."""
        host, port = self._sip.getsockname()
        return f"{host}:{port}"

    @property
    def rtp_port(self) -> int:
        """Where its RTP is."""
        port: int = self.rtp.getsockname()[1]
        return port

    # Descriptions

    def audio(
        self, formats: str = "0", *lines: str, host: str = HOST, port: int | None = None, version: int = 1
    ) -> str:
        """A description with one stream. formats: of `m=audio`; lines: below it."""
        stream = f"m=audio {self.rtp_port if port is None else port} RTP/AVP {formats}"
        head = (f"o=odd 1 {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0")
        return "\r\n".join(("v=0", *head, stream, *lines, ""))

    # SIP: the caller

    def call(self, uri: str, description: str | None) -> str:
        """INVITE, wait for the 200, ACK; the node's description."""
        self.invite(uri, description)
        answer = self.answered()
        self.acknowledge()
        return answer

    def invite(self, uri: str, description: str | None) -> None:
        """Begin a call."""
        self._invited, self._target, self._remote = uri, uri, f"<{uri}>"
        self.request("INVITE", description)

    def answered(self) -> str:
        """Wait for the 200 to the last INVITE; its description, and what it says of the dialog is kept."""
        response = self.response("INVITE")
        assert response.status == 200, response
        return self.take(response)

    def take(self, response: Response) -> str:
        """Keep what a 200 to the INVITE says of the dialog; its description."""
        self._remote = str(response.to)
        self._target = _contact(response)
        return self._note_media(response.body)

    def answered_early(self) -> str:
        """Wait for the 183 to the last INVITE; its description."""
        return self._note_media(self.response("INVITE", status=183).body)

    def reinvite(self, description: str | None) -> str:
        """INVITE in the dialog, ACK; the node's description."""
        self.request("INVITE", description)
        answer = self.answered()
        self.acknowledge()
        return answer

    def acknowledge(self, description: str | None = None) -> None:
        """ACK of the 2xx to the last INVITE."""
        self._send("ACK", (self._invite_cseq, "z9hG4bKack"), description)

    def cancel(self) -> None:
        """CANCEL of the last INVITE, as if no answer had come."""
        self._target, self._remote = self._invited, f"<{self._invited}>"
        self._send("CANCEL", (self._invite_cseq, self._invite_branch), None)

    def request(
        self, method: str, body: str | None = None, kind: str = "application/sdp", *headers: Header
    ) -> None:
        """Send a request in the dialog, or the one that makes it."""
        self._cseq += 1
        branch = f"z9hG4bK{self._call_id}{self._cseq}"
        if method == "INVITE":
            self._invite_branch, self._invite_cseq = branch, self._cseq
        self._send(method, (self._cseq, branch), body, kind, headers)

    def ask(
        self, method: str, body: str | None = None, kind: str = "application/sdp", *headers: Header
    ) -> int:
        """Send a request in the dialog; the status of its final response."""
        self.request(method, body, kind, *headers)
        return self.response(method).status

    def response(self, method: str, *, status: int | None = None) -> Response:
        """The next response to a request of ours: final, or of that status."""
        while True:
            message = self._next_message(Response)
            if message.cseq.method == method and (
                message.status == status or (status is None and message.status >= 200)
            ):
                return message

    # SIP: the callee

    def next_request(self, method: str) -> Request:
        """The next request of that method."""
        while True:
            message = self._next_message(Request)
            if message.method == method:
                return message

    def pending_request(self, method: str) -> Request | None:
        """The next request of that method if one has come already."""
        self._sip.settimeout(0.001)
        try:
            return self.next_request(method)
        except TimeoutError:
            return None
        finally:
            self._sip.settimeout(LIMIT_S)

    def respond(
        self,
        request: Request,
        status: int,
        description: str | None = None,
        *,
        tag: str = "odd",
        headers: Iterable[Header] = (),
    ) -> None:
        """Answer a request of the node's."""
        kept = ("via", "from", "call-id", "cseq", "record-route")
        fields = [(name, value) for name, value in request.headers.fields if name.lower() in kept]
        to = str(request.to)
        fields += [("To", to if ";tag=" in to else f"{to};tag={tag}")]
        fields += [("Contact", f"<sip:odd@{self.address}>"), *headers]
        if request.method == "INVITE":
            # What follows in this dialog is from us.
            self._call_id, self._local = request.call_id, f"{request.to};tag={tag}"
            self._remote = str(request.from_)
            self._target = _contact(request)
            if request.body:
                self._note_media(request.body)
        self._write(f"SIP/2.0 {status} Odd", fields, description, "application/sdp")

    @contextmanager
    def answering_in_the_background(self) -> Iterator[None]:
        """Answer one call and its BYE meanwhile; on leaving, both must have come."""

        def answer() -> None:
            call = self.next_request("INVITE")
            self.respond(call, 200, self.audio())
            self.next_request("ACK")
            self.respond(self.next_request("BYE"), 200)

        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(answer)
            yield
            answered.result()

    # RTP

    def send_rtp(
        self,
        payload_type: int,
        payload: bytes,
        timestamp: int,
        *,
        marker: bool = False,
        ssrc: int = SSRC,
        sequence_number: int | None = None,
    ) -> None:
        """One packet to where the node listens; its number is the next one, or the one that is given."""
        number = self.sequence_number if sequence_number is None else sequence_number
        self.sequence_number = (number + 1) & 0xFFFF
        second = payload_type | (0x80 if marker else 0)
        header = struct.pack("!BBHII", 0x80, second, number, timestamp & 0xFFFF_FFFF, ssrc)
        self.rtp.sendto(header + payload, self.media)

    def send_event(
        self,
        payload_type: int,
        key: str,
        timestamp: int,
        duration: int,
        *,
        end: bool = False,
        marker: bool = False,
        ssrc: int = SSRC,
        sequence_number: int | None = None,
    ) -> None:
        """One packet of a telephone-event."""
        payload = struct.pack("!BBH", KEYS.index(key), 0x8A if end else 0x0A, duration & 0xFFFF)
        self.send_rtp(
            payload_type, payload, timestamp, marker=marker, ssrc=ssrc, sequence_number=sequence_number
        )

    def send_audio(self, coded: bytes, timestamp: int = 0, *, packet: int = 160, ssrc: int = SSRC) -> int:
        """µ-law as packets of so many samples, at once; the timestamp that follows."""
        for start in range(0, len(coded), packet):
            self.send_rtp(0, coded[start : start + packet], timestamp + start, ssrc=ssrc)
        return timestamp + len(coded)

    def hear(self, *, within_s: float = LIMIT_S) -> Rtp:
        """The next packet that comes. Raises: TimeoutError."""
        self.rtp.settimeout(within_s)
        datagram = self.rtp.recv(2048)
        _, second, number, timestamp, ssrc = struct.unpack("!BBHII", datagram[:12])
        return Rtp(second & 0x7F, second >= 0x80, number, timestamp, ssrc, datagram[12:])

    def move(self) -> socket.socket:
        """Speak and listen on another port from now on, and say nothing of it; the socket before."""
        before, self.rtp = self.rtp, _bound()
        return before

    # Below

    def _note_media(self, body: bytes) -> str:
        text = body.decode()
        host, port = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE), re.search(r"m=audio (\d+)", text)
        if host is not None and port is not None and int(port[1]):
            self.media = (host[1], int(port[1]))
        return text

    def _next_message(self, kind: type[Message]) -> Message:
        for index, message in enumerate(self._unread):
            if isinstance(message, kind):
                del self._unread[index]
                return message
        while True:
            message = parse_message(self._sip.recv(65_535), Limits())
            if isinstance(message, kind):
                return message
            if isinstance(message, Request | Response):
                self._unread.append(message)

    def _send(
        self,
        method: str,
        transaction: tuple[int, str],
        body: str | None,
        kind: str = "application/sdp",
        headers: Iterable[Header] = (),
    ) -> None:
        cseq, branch = transaction
        fields = [
            ("Via", f"SIP/2.0/UDP {self.address};branch={branch};rport"),
            ("From", self._local),
            ("To", self._remote),
            ("Call-ID", self._call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Max-Forwards", "70"),
            ("Contact", f"<sip:odd@{self.address}>"),
            *headers,
        ]
        self._write(f"{method} {self._target} SIP/2.0", fields, body, kind)

    def _write(self, first: str, fields: Iterable[Header], body: str | None, kind: str) -> None:
        lines = [first, *(f"{name}: {value}" for name, value in fields)]
        if body is not None:
            lines.append(f"Content-Type: {kind}")
        content = (body or "").encode()
        head = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode()
        self._sip.sendto(head + content, self._node)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sip.close()
        self.rtp.close()


def _contact(message: Request | Response) -> str:
    assert message.contact is not None
    return str(message.contact.uri)


def _bound() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((HOST, 0))
    bound.settimeout(LIMIT_S)
    return bound
