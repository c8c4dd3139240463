"""The plainest phone: one UDP socket, one request, one final answer, and the answer to a challenge.

with UdpPhone(node.sip_port) as phone:
    response = phone.ask("REGISTER", "sip:office.sip.localhost", …)
"""

import socket
from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType
from typing import ClassVar, Final, Self

from offhook.sip.flow import Address
from offhook.sip.message import Headers, Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.arrival import answered

LIMIT_S: Final = 10.0


class UdpPhone:
    """Asks a node on loopback."""

    transport: ClassVar = "UDP"

    def __init__(self, port: int) -> None:
        self._node = ("127.0.0.1", port)
        self._socket = self._open()
        self._socket.settimeout(LIMIT_S)
        self._asked = 0

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", 0))
        opened.connect(self._node)  # what an old connection's ICMP says is not for it
        return opened

    def _receive(self) -> bytes:
        """One message."""
        return self._socket.recv(65_535)

    @property
    def address(self) -> Address:
        """Where it is."""
        return Address("127.0.0.1", self._socket.getsockname()[1])

    def ask(
        self,
        method: str,
        uri: str,
        *,
        to: str,
        call_id: str,
        login: tuple[str, str] | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Response:
        """Send a request and wait for its final response. login: user and password for a 407."""
        fields = [
            ("Via", f"SIP/2.0/{self.transport} {self.address};branch=z9hG4bK0;rport"),
            ("From", f"<sip:phone@{self.address}>;tag=t"),
            ("To", f"<{to}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{2 * self._asked + 1} {method}"),
            ("Max-Forwards", "70"),
            *([("Contact", f"<sip:phone@{self.address}>")] if method == "INVITE" else []),
            *headers,
            ("Content-Length", "0"),
        ]
        request = Request(method, uri, Headers(fields))
        response = self._exchange(request)
        if response.status == 407 and login is not None:
            response = self._exchange(answered(request, response.headers.fields, *login))
        return response

    def heard(self) -> bytes:
        """The next message that comes, waited for."""
        return self._receive()

    def _exchange(self, request: Request) -> Response:
        """One transaction; the ACK of a refused INVITE ends it."""
        self._asked += 1
        branch = f"z9hG4bK{self._asked}"
        request = request.with_via(replace(request.via, parameters=(("branch", branch), ("rport", ""))))
        self._socket.sendall(request.to_bytes())
        while True:
            response = parse_message(self._receive(), Limits())
            is_ours = isinstance(response, Response) and response.via.branch == branch
            if isinstance(response, Response) and is_ours and response.status >= 200:
                break
        if request.method == "INVITE":
            fields = [
                (name, f"{request.cseq.number} ACK" if name == "CSeq" else value)
                for name, value in request.headers.fields
                if name in ("Via", "From", "Call-ID", "CSeq", "Max-Forwards")
            ]
            ack = Request("ACK", request.request_uri, Headers([*fields, ("To", str(response.to))]))
            self._socket.sendall(ack.to_bytes())
        return response

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
