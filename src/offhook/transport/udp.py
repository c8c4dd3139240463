"""SIP over UDP (RFC 3261 §18): one socket, read in bounded batches, answered from where it was called.

asyncio's own datagram protocol takes one packet per turn of the loop; reading until the socket is
empty, at most 32 packets a turn, is several times cheaper and still lets everything else run.
IP_PKTINFO tells which of our addresses a packet came to; IP_RECVERR tells at once that nobody
listens at the far end, where the timers would need 32 s to find out.

Called by `transport/driver.py`.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

from offhook.sip.flow import Address, Flow

DATAGRAMS_A_TURN: Final = 32
DATAGRAM_MAX: Final = 65_535
SEND_TRIES: Final = 4
"""Each ICMP error of an earlier packet costs one."""
RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024

# <linux/in.h>, <linux/in6.h>; Python 3.11 does not name them.
IP_PKTINFO: Final = 8
IP_RECVERR: Final = 11
IPV6_RECVERR: Final = 25
IN_PKTINFO: Final = struct.Struct("=I4s4s")
IN6_PKTINFO: Final = struct.Struct("=16sI")
ANCILLARY_BYTES: Final = 512
FLOWS_KEPT: Final = 10_000
"""Flows that are remembered, a phone's each; when there are more, all are forgotten and made anew."""


class UdpListener:
    """One bound UDP socket on the event loop.

    flow_of: the flow between a local and a remote address.
    on_datagram: called with (data, flow) for each packet.
    on_unreachable: called with the address that an ICMP error says nobody listens at: once for all the
        errors of one turn of the loop, and never from within `send`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        flow_of: Callable[[Address, Address], Flow],
        on_datagram: Callable[[bytes, Flow], None],
        on_unreachable: Callable[[Address], None],
    ) -> None:
        """Bind. Raises: OSError when the address is taken or not ours."""
        self._is_v6 = ":" in host
        self._flow_of = flow_of
        self._on_datagram = on_datagram
        self._on_unreachable = on_unreachable
        self._socket = socket.socket(socket.AF_INET6 if self._is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._set_options()
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.address = Address(host, self._socket.getsockname()[1])
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flows: dict[tuple[object, ...], Flow] = {}
        self._sources: dict[str, list[tuple[int, int, bytes]]] = {}
        self._unreachable: dict[tuple[str, int], None] = {}
        """Whom the errors of this turn were about."""
        self._attending: asyncio.Handle | None = None
        self.dropped_sends = 0
        """Datagrams that a full send buffer or a storm of ICMP errors held back; SIP's timers repeat them."""

    def _set_options(self) -> None:
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        if self._is_v6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            self._socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)

    @property
    def is_v6(self) -> bool:
        """Whether this listener speaks IPv6."""
        return self._is_v6

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to read."""
        self._loop = loop
        loop.add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        """Stop reading and free the port."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop = None
        if self._attending is not None:
            self._attending.cancel()
            self._attending = None
        self._socket.close()

    def send(self, data: bytes, local: Address, remote: Address) -> None:
        """Send one datagram from the local address that the flow names.

        Raises: OSError when there is no route, the datagram is too long, or the address is not ours.
        """
        source = self._sources.get(local.host)
        if source is None:
            source = self._sources[local.host] = self._source(local)
        for _ in range(SEND_TRIES):
            try:
                self._socket.sendmsg([data], source, 0, (remote.host, remote.port))
            except BlockingIOError:
                break
            except ConnectionError:
                # IP_RECVERR reports the ICMP error of an earlier packet here; this packet was not sent.
                self._read_errors()
                self._attend_soon()
            else:
                return
        self.dropped_sends += 1

    def _source(self, local: Address) -> list[tuple[int, int, bytes]]:
        if self._is_v6:
            packed = IN6_PKTINFO.pack(socket.inet_pton(socket.AF_INET6, local.host), 0)
            return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, packed)]
        packed = IN_PKTINFO.pack(0, socket.inet_aton(local.host), b"\0\0\0\0")
        return [(socket.IPPROTO_IP, IP_PKTINFO, packed)]

    def _read(self) -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data, ancillary, _flags, peer = self._socket.recvmsg(DATAGRAM_MAX, ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except OSError:
                # With IP_RECVERR a pending ICMP error is raised by the next read: the queue has its details.
                self._read_errors()
                self._attend_soon()
                continue
            flow = self._flows.get((peer, *ancillary))
            if flow is None:
                flow = self._new_flow(peer, ancillary)
            self._on_datagram(data, flow)
        if self._read_errors():  # those that no read raised, such as a datagram too long for the path
            self._attend_soon()

    def _attend_soon(self) -> None:
        """After errors: attend to all of this turn at once. One may come for each packet that is sent."""
        if self._attending is None and self._loop is not None:
            self._attending = self._loop.call_soon(self._attend)

    def _attend(self) -> None:
        self._attending = None
        if self._loop is None:
            return
        # uvloop lets go of a socket that had an error when it was polled.
        self._loop.remove_reader(self._socket.fileno())
        self._loop.add_reader(self._socket.fileno(), self._read)
        unreachable, self._unreachable = self._unreachable, {}
        for host, port in unreachable:
            self._on_unreachable(Address(host, port))

    def _read_errors(self) -> int:
        """Empty the queue of errors, at most 32 of them; gives their number."""
        for count in range(DATAGRAMS_A_TURN):
            try:
                _, _, _, peer = self._socket.recvmsg(0, ANCILLARY_BYTES, socket.MSG_ERRQUEUE)
            except OSError:
                return count  # the queue is empty
            if peer:
                self._unreachable[peer[0], peer[1]] = None
        return DATAGRAMS_A_TURN

    def _new_flow(self, peer: tuple[str, int], ancillary: list[tuple[int, int, bytes]]) -> Flow:
        if len(self._flows) >= FLOWS_KEPT:
            self._flows.clear()
        flow = self._flow_of(self._local_of(ancillary), Address(peer[0], peer[1]))
        self._flows[(peer, *ancillary)] = flow
        return flow

    def _local_of(self, ancillary: list[tuple[int, int, bytes]]) -> Address:
        for level, kind, payload in ancillary:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                return Address(socket.inet_ntoa(IN_PKTINFO.unpack_from(payload)[1]), self.address.port)
            if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                host = socket.inet_ntop(socket.AF_INET6, IN6_PKTINFO.unpack_from(payload)[0])
                return Address(host, self.address.port)
        return self.address
