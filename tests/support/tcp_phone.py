"""The plainest phone on a connection: TCP, or TLS without asking whose certificate it is.

with TcpPhone(node.sip_port) as phone:
    phone.ask("REGISTER", …)
"""

import socket
import ssl
from typing import ClassVar

from offhook.sip.framer import Framed, Framer
from offhook.sip.settings import Limits
from tests.support.udp_phone import UdpPhone


class TcpPhone(UdpPhone):
    """As `UdpPhone`; leaving it closes the connection."""

    transport: ClassVar = "TCP"

    def _open(self) -> socket.socket:
        self._framer = Framer(Limits())
        return socket.create_connection(self._node)

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def _receive(self) -> bytes:
        while not isinstance(frame := self._framer.poll_frame(), Framed):
            data = self._socket.recv(65_535)
            if not data:
                raise ConnectionError("the node closed the connection")
            self._framer.handle_data(data)
        return frame.data


class TlsPhone(TcpPhone):
    """As `TcpPhone`, encrypted."""

    transport: ClassVar = "TLS"

    def _open(self) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(super()._open())
