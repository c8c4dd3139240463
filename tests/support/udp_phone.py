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
        return opened

    def _send(self, data: bytes) -> None:
        self._socket.sendto(data, self._node)

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
        body: bytes = b"",
    ) -> Response:
        """Send a request and wait for its final response.

        login: user and password for a 407. headers: one that the phone writes too replaces its own.
        """
        request = self.request(method, uri, to=to, call_id=call_id, headers=headers, body=body)
        response = self._exchange(request)
        if response.status == 407 and login is not None:
            response = self._exchange(answered(request, response.headers.fields, *login))
        return response

    def request(
        self,
        method: str,
        uri: str,
        *,
        to: str,
        call_id: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Request:
        """The request that `ask` sends; its branch is `z9hG4bK0`."""
        fields = {
            "Via": f"SIP/2.0/{self.transport} {self.address};branch=z9hG4bK0;rport",
            "From": f"<sip:phone@{self.address}>;tag=t",
            "To": f"<{to}>",
            "Call-ID": call_id,
            "CSeq": f"{2 * self._asked + 1} {method}",
            "Max-Forwards": "70",
        }
        if method == "INVITE":
            fields["Contact"] = f"<sip:phone@{self.address}>"
        if body:
            fields["Content-Type"] = "application/sdp"
        fields |= dict(headers)
        fields["Content-Length"] = str(len(body))
        return Request(method, uri, Headers(fields.items()), body)

    def send(self, request: Request) -> None:
        """Send a request as it is."""
        self.send_bytes(request.to_bytes())

    def send_bytes(self, data: bytes) -> None:
        """Send what may be no request."""
        self._send(data)

    def final(self) -> Response:
        """The next final response, to whichever request."""
        while True:
            response = parse_message(self._receive(), Limits())
            if isinstance(response, Response) and response.status >= 200:
                return response

    def heard(self) -> bytes:
        """The next message that comes, waited for."""
        return self._receive()

    def respond(self, status: int, *, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Request:
        """Give the next INVITE its final response; the INVITE."""
        while True:
            request = parse_message(self.heard(), Limits())
            if isinstance(request, Request) and request.method == "INVITE":
                break
        request.stamp(*self._node)
        fields = {"Contact": f"<sip:phone@{self.address}>"} | dict(headers)
        if body:
            fields["Content-Type"] = "application/sdp"
        response = Response.answering(request, status, to_tag="c", headers=Headers(fields.items()), body=body)
        self._send(response.to_bytes())
        return request

    def _exchange(self, request: Request) -> Response:
        """One transaction; the ACK of a refused INVITE ends it."""
        self._asked += 1
        branch = f"z9hG4bK{self._asked}"
        request = request.with_via(replace(request.via, parameters=(("branch", branch), ("rport", ""))))
        self.send(request)
        while (response := self.final()).via.branch != branch:
            pass
        if request.method == "INVITE":
            fields = [
                (name, f"{request.cseq.number} ACK" if name == "CSeq" else value)
                for name, value in request.headers.fields
                if name in ("Via", "From", "Call-ID", "CSeq", "Max-Forwards")
            ]
            ack = Request("ACK", request.request_uri, Headers([*fields, ("To", str(response.to))]))
            self._send(ack.to_bytes())
        return response

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
