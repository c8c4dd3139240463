"""Every socket under one driver: UDP and TCP on the same ports, TLS on its own, and the flows that they make.

Knows which of our addresses a peer is told, and opens a flow to a target. Called by
`transport/driver.py`, whose handlers it tells what came.
"""

import asyncio
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from offhook.base.errors import UsageError
from offhook.sip.flow import Address, Flow, Transport
from offhook.transport.advertised import (
    WILDCARDS,
    AdvertisedAddresses,
    is_of_this_machine,
    kernel_address_towards,
)
from offhook.transport.ports import NoRouteError, Target, TlsContexts, TlsVersionError
from offhook.transport.settings import Settings
from offhook.transport.tcp import TcpConnections
from offhook.transport.tls import TlsError, TlsFault
from offhook.transport.udp import UdpListener

PAIR_TRIES: Final = 20
"""Ports tried until one is free for UDP and TCP both."""


class Owner(Protocol):
    """Who is told what came."""

    def handle_message(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one whole message of a connection."""
        ...

    def handle_flow_lost(self, flow: Flow) -> None:
        """A connection is gone, or nobody listens at the far end."""
        ...


class Sockets:
    """The sockets of one node or phone."""

    def __init__(
        self, settings: Settings, owner: Owner, tls: TlsContexts | None = None, first_serial: int = 1
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._owner = owner
        self._advertised = AdvertisedAddresses(settings.advertised)
        self._udp: list[UdpListener] = []
        self._tcp = TcpConnections(self, settings.limits, first_serial)
        self.tls_addresses: tuple[Address, ...] = ()
        """Where it listens for TLS."""
        self.legacy_tls_addresses: tuple[Address, ...] = ()
        """And for TLS 1.0 and 1.1 alone."""

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens for UDP and TCP, with the ports that port 0 became."""
        return tuple(listener.address for listener in self._udp)

    @property
    def spoken(self) -> frozenset[Transport]:
        """The transports that requests can be sent on."""
        plain = frozenset((Transport.UDP, Transport.TCP, Transport.WS, Transport.WSS))
        return plain if self._tls is None else plain | {Transport.TLS}

    def take_websocket(self, *, is_secure: bool) -> asyncio.Protocol:
        """What carries on a connection that the HTTP server has made a WebSocket."""
        return self._tcp.take_websocket(is_secure=is_secure)

    def is_open(self, flow: Flow) -> bool:
        """Whether a flow can be sent on."""
        return flow.transport is Transport.UDP or self._tcp.is_open(flow)

    def expect_keepalives(self, flow: Flow, every_s: float) -> None:
        """Close the connection of a flow when nothing comes on it for so long, and a little longer."""
        self._tcp.expect_keepalives(flow, every_s)

    def is_own(self, address: Address) -> bool:
        """Whether what is sent there would come back to a listener of ours."""
        listeners = (*self.addresses, *self.tls_addresses, *self.legacy_tls_addresses)
        hosts = {listener.host for listener in listeners if listener.port == address.port}
        if not hosts:
            return False
        if address.host in hosts or address.host in self._advertised.addresses:
            return True
        return any(wildcard in hosts for wildcard in WILDCARDS) and is_of_this_machine(address)

    async def listen(self) -> None:
        """Bind every address of the settings and begin to read.

        Raises: OSError, with the setting and the address in `filename`, when one cannot be
            bound; then none is.
        """
        for host, port in self._settings.listen:
            with self._closing_all("sip", host, port):
                self._udp.append(await self._bind(host, port))
        await self._listen_tls()
        for listener in self._udp:
            listener.start(asyncio.get_running_loop())

    async def _listen_tls(self) -> None:
        settings = self._settings
        if self._tls is None:
            if settings.listen_tls or settings.listen_legacy_tls:
                raise UsageError("listening for TLS needs certificates")
            return
        for host, port in settings.listen_tls:
            with self._closing_all("sips", host, port):
                address = await self._tcp.listen(host, port, self._tls.server)
                self.tls_addresses = (*self.tls_addresses, address)
        for host, port in settings.listen_legacy_tls:
            with self._closing_all("sips_legacy", host, port):
                address = await self._tcp.listen(host, port, self._tls.legacy_server)
                self.legacy_tls_addresses = (*self.legacy_tls_addresses, address)

    @contextmanager
    def _closing_all(self, setting: str, host: str, port: int) -> Iterator[None]:
        """Let go of what was bound before, and say which setting cannot be had."""
        try:
            yield
        except OSError as error:
            self.close()
            raise OSError(error.errno, error.strerror, f"{setting} {Address(host, port)}") from error

    async def _bind(self, host: str, port: int) -> UdpListener:
        """UDP and TCP on one port; port 0 is tried until one is free for both."""
        for attempt in range(PAIR_TRIES):
            listener = UdpListener(
                host, port, self._udp_flow, self._owner.handle_message, self._take_unreachable
            )
            try:
                await self._tcp.listen(host, listener.address.port)
            except OSError as error:
                listener.close()
                if port or error.errno != errno.EADDRINUSE or attempt == PAIR_TRIES - 1:
                    raise
            else:
                return listener
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Free the ports and close the connections."""
        for listener in self._udp:
            listener.close()
        self._udp.clear()
        self._tcp.close()
        self.tls_addresses = self.legacy_tls_addresses = ()

    def send(self, data: bytes, flow: Flow) -> None:
        """Send on a flow. Raises: OSError when it is gone or there is no route."""
        if flow.transport is not Transport.UDP:
            if not self._tcp.send(flow, data):
                raise ConnectionResetError(errno.ECONNRESET, "the connection is closed")
            return
        listener = self._listener_at(flow.local)
        if listener is None:
            raise OSError(errno.EADDRNOTAVAIL, f"nothing listens on {flow.local}")
        listener.send(data, flow.local, flow.remote)

    async def flow_to(self, target: Target) -> Flow:
        """A flow to a target: a pair of addresses for UDP, an open connection for all others.

        Raises: NoRouteError when there is no route, or nobody takes the connection.
        """
        local = self.local_towards(target.address)
        if target.transport is Transport.UDP:
            return self._udp_flow(local, target.address)
        try:
            if target.transport is Transport.TLS:
                return await self._connect_tls(target, local.host)
            return await self._tcp.connect(target, local.port)
        except TlsError as error:
            kind = TlsVersionError if error.fault is TlsFault.TOO_OLD else NoRouteError
            raise kind(f"{target}: {error}") from error
        except TimeoutError as error:
            raise NoRouteError(f"{target} did not take the connection in time") from error
        except OSError as error:
            # asyncio puts its own words where the system's reason stands.
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise NoRouteError(f"{target}: {reason}") from error

    async def _connect_tls(self, target: Target, local_host: str) -> Flow:
        if self._tls is None:
            raise NoRouteError(f"{target}: TLS is not spoken here")
        listening = (
            address.port
            for address in self.tls_addresses
            if (":" in address.host) == (":" in local_host) and address.host in (*WILDCARDS, local_host)
        )
        return await self._tcp.connect(
            target,
            next(listening, None),
            self._tls.client(is_verified=target.is_verified),
            takes_wildcards=self._settings.takes_wildcards,
        )

    def local_towards(self, remote: Address) -> Address:
        """Our address that a packet to `remote` would leave from. Raises: NoRouteError."""
        try:
            host = kernel_address_towards(remote)
        except OSError as error:
            raise NoRouteError(f"no route to {remote}: {error.strerror}") from error
        family = [listener for listener in self._udp if listener.is_v6 == (":" in remote.host)]
        for listener in family:
            if listener.address.host in (*WILDCARDS, host):
                return Address(host, listener.address.port)
        if family:
            return family[0].address
        raise NoRouteError(f"no listener of this address family towards {remote}")

    def advertised(self, local: Address, remote: Address) -> Address:
        """Which address a peer is told as ours."""
        return self._advertised.towards(remote, local)

    def media_host(self, told: Address, remote: Address, media_at: str = "") -> str:
        """Which address stands in SDP for a peer: the one that it is told, where that is of IPv4.

        told: what stands in Via and Contact. media_at: where it wants its audio; "" while it has not said.
        Raises: NoRouteError when there is none.
        """
        if ":" not in told.host:
            return told.host
        listening = (listener.address.host for listener in self._udp)
        return self._advertised.media_host(remote, media_at, listening)

    # From the sockets

    def _take_unreachable(self, remote: Address) -> None:
        """The error doesn't say from which of our addresses the packet left; the far end is what counts."""
        family = [listener for listener in self._udp if listener.is_v6 == (":" in remote.host)]
        for listener in family[:1]:
            self._owner.handle_flow_lost(Flow(Transport.UDP, listener.address, remote, listener.address))

    def handle_message(self, data: bytes, flow: Flow) -> None:
        """A connection brought a message."""
        self._owner.handle_message(data, flow)

    def handle_closed(self, flow: Flow) -> None:
        """A connection is gone."""
        self._owner.handle_flow_lost(flow)

    def _udp_flow(self, local: Address, remote: Address) -> Flow:
        return Flow(Transport.UDP, local, remote, self.advertised(local, remote))

    def _listener_at(self, local: Address) -> UdpListener | None:
        for listener in self._udp:
            if listener.address.port == local.port and listener.address.host in (local.host, *WILDCARDS):
                return listener
        return None
