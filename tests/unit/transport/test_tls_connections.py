"""Connections over TLS, on real sockets in virtual time: when one is a flow, for whom, for how long."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.base.clock import SystemClock
from offhook.sip.flow import Address, Transport
from offhook.sip.settings import Limits
from offhook.tls.node_tls import NodeTls
from offhook.tls.settings import ClientCertificates, Settings
from offhook.transport.connection import HANDSHAKE_S, IDLE_S, MESSAGE_S
from offhook.transport.ports import Target
from offhook.transport.tcp import TcpConnections
from offhook.transport.tls import TlsError, TlsFault
from tests.support.certificates import SUFFIX, node_tls
from tests.support.virtual_time import run
from tests.unit.transport.test_tcp import MESSAGE, Ear

ACME = "acme.sip.test"


def with_server(
    tmp_path: Path, act: Callable[[NodeTls, Address, Ear, TcpConnections], Awaitable[None]]
) -> None:
    """A server of ours, and connections that may go to it."""

    async def scenario() -> None:
        node, far, near = node_tls(tmp_path), Ear(), Ear()
        server, connections = TcpConnections(far, Limits()), TcpConnections(near, Limits())
        address = await server.listen("127.0.0.1", 0, node.server)
        try:
            await act(node, address, far, connections)
        finally:
            connections.close()
            server.close()

    run(scenario())


def test_messages_go_both_ways_and_the_flow_says_tls_and_whom_was_called(tmp_path: Path) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        flow = await connections.connect(Target(Transport.TLS, address, ACME), 5061, node.client())
        assert (flow.transport, flow.domain, flow.local.port) == (Transport.TLS, ACME, 5061)
        assert connections.send(flow, MESSAGE + MESSAGE[:9])
        data, taken = await far.messages.get()
        assert (data, taken.transport, taken.domain) == (MESSAGE, Transport.TLS, "")
        assert connections.send(flow, MESSAGE[9:])
        assert (await far.messages.get()) == (MESSAGE, taken)

    with_server(tmp_path, act)


def test_a_peer_that_waits_for_our_goodbye_is_given_it_at_once(tmp_path: Path) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        _, writer = await asyncio.open_connection(
            address.host, address.port, ssl=node.client(), server_hostname=SUFFIX
        )
        writer.write(MESSAGE)
        await far.messages.get()
        begun = asyncio.get_running_loop().time()
        writer.close()
        await writer.wait_closed()
        assert asyncio.get_running_loop().time() - begun < 1.0
        await far.closed.get()

    with_server(tmp_path, act)


def test_a_connection_serves_the_domain_that_its_certificate_was_checked_for_and_no_other(
    tmp_path: Path,
) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        acme = await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        same = await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        other = await connections.connect(
            Target(Transport.TLS, address, "other.sip.test"), None, node.client()
        )
        itself = await connections.connect(Target(Transport.TLS, address), None, node.client())
        assert same == acme
        assert len({acme, other, itself}) == 3
        assert [each.domain for each in (acme, other, itself)] == [ACME, "other.sip.test", ""]

    with_server(tmp_path, act)


def test_a_request_to_the_address_of_a_peer_that_connected_uses_its_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        node, far = node_tls(tmp_path), Ear()
        server, phone = TcpConnections(far, Limits()), TcpConnections(Ear(), Limits())
        address = await server.listen("127.0.0.1", 0, node.server)
        flow = await phone.connect(Target(Transport.TLS, address, ACME), None, node.client())
        phone.send(flow, MESSAGE)
        _, taken = await far.messages.get()
        assert await server.connect(Target(Transport.TLS, taken.remote), 5061, node.client()) == taken
        phone.close()
        server.close()

    run(scenario())


@pytest.mark.parametrize(
    ("domain", "says"),
    [
        ("stranger.example", "not of stranger.example but of sip.test"),
        ("x.y.sip.invalid", "not of x.y.sip.invalid"),
    ],
)
def test_a_peer_that_is_not_whom_we_called_is_left_before_anything_is_sent(
    tmp_path: Path, domain: str, says: str
) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        with pytest.raises(TlsError, match=says) as refused:
            await connections.connect(Target(Transport.TLS, address, domain), None, node.client())
        assert refused.value.fault is TlsFault.CERTIFICATE
        await far.closed.get()
        assert far.messages.empty()

    with_server(tmp_path, act)


def test_a_peer_that_is_not_to_be_verified_may_be_anybody_and_serves_nobody_who_wants_to_know(
    tmp_path: Path,
) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        stranger = node_tls(tmp_path / "stranger")
        loose = Target(Transport.TLS, address, "pbx.example", is_verified=False)
        flow = await connections.connect(loose, None, stranger.client(is_verified=False))
        assert (flow.domain, flow.is_verified) == ("pbx.example", False)
        assert await connections.connect(loose, None, stranger.client(is_verified=False)) == flow
        with pytest.raises(TlsError, match="is not trusted"):
            await connections.connect(replace(loose, is_verified=True), None, stranger.client())

    with_server(tmp_path, act)


@pytest.mark.parametrize("wanted", [ClientCertificates.OPTIONAL, ClientCertificates.REQUIRED])
def test_a_client_that_shows_a_certificate_is_known_by_its_flow(
    tmp_path: Path, wanted: ClientCertificates
) -> None:
    async def scenario() -> None:
        phone = node_tls(tmp_path / "phone")
        settings = Settings(
            tmp_path / "node",
            (SUFFIX,),
            client_ca=tmp_path / "phone" / "ca.pem",
            client_certificates=wanted,
            extra_ca_file=tmp_path / "phone" / "ca.pem",
        )
        node, far = NodeTls(settings, SystemClock()), Ear()
        server, connections = TcpConnections(far, Limits()), TcpConnections(Ear(), Limits())
        address = await server.listen("127.0.0.1", 0, node.server)
        flow = await connections.connect(
            Target(Transport.TLS, address, ACME, is_verified=False), None, phone.client(is_verified=False)
        )
        connections.send(flow, MESSAGE)
        _, taken = await far.messages.get()
        assert taken.identity == SUFFIX
        connections.close()
        server.close()

    run(scenario())


def test_a_peer_that_connects_and_says_nothing_is_left_after_ten_seconds(tmp_path: Path) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        began = asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"\x16\x03")
        assert await reader.read() == b""
        assert asyncio.get_running_loop().time() - began == pytest.approx(HANDSHAKE_S, abs=1)
        assert far.closed.empty()
        writer.close()

    with_server(tmp_path, act)


def test_a_message_over_tls_has_its_time_as_one_over_tcp(tmp_path: Path) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        flow = await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        began = asyncio.get_running_loop().time()
        connections.send(flow, MESSAGE[:10])
        await far.closed.get()
        assert asyncio.get_running_loop().time() - began == pytest.approx(MESSAGE_S, abs=1)

    with_server(tmp_path, act)


def test_sip_in_plain_text_on_the_port_of_tls_ends_that_connection_alone(tmp_path: Path) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        flow = await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(MESSAGE)
        assert await reader.read() == b""
        writer.close()
        connections.send(flow, MESSAGE)
        assert (await far.messages.get())[0] == MESSAGE

    with_server(tmp_path, act)


@pytest.mark.parametrize(
    ("record", "ends_by_itself"),
    [
        (b"\x17\x03\x03\x40\x00" + bytes(100), False),
        (b"\x17\x03\x03\xff\xff" + bytes(100), True),
        (b"\x17\x03\x03\x00\x40" + bytes(64), True),
        (b"\x16\x03\x01\x00\x05hello", True),
    ],
    ids=["truncated", "oversized", "not of its key", "a handshake in the clear"],
)
def test_a_record_that_is_none_costs_its_own_connection(
    tmp_path: Path, record: bytes, ends_by_itself: bool
) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        good = await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        bad = await connections.connect(Target(Transport.TLS, address), None, node.client())
        connections.send(bad, MESSAGE)
        _, taken = await far.messages.get()
        transport = connections._open[bad.serial][1]._transport
        assert transport is not None
        transport.write(record)
        if not ends_by_itself:
            transport.write_eof()
        assert await far.closed.get() == taken
        connections.send(good, MESSAGE)
        assert (await far.messages.get())[1] != taken
        assert far.messages.empty()

    with_server(tmp_path, act)


def test_a_record_that_never_ends_holds_a_connection_no_longer_than_silence_does(tmp_path: Path) -> None:
    async def act(node: NodeTls, address: Address, far: Ear, connections: TcpConnections) -> None:
        flow = await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        transport = connections._open[flow.serial][1]._transport
        assert transport is not None
        began = asyncio.get_running_loop().time()
        transport.write(b"\x17\x03\x03\x40\x00")
        while far.closed.empty():
            transport.write(b"x")
            await asyncio.sleep(60)
        assert asyncio.get_running_loop().time() - began == pytest.approx(IDLE_S, abs=120)
        assert far.messages.empty()

    with_server(tmp_path, act)


def test_tls_on_the_port_of_plain_tcp_ends_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        node, far = node_tls(tmp_path), Ear()
        server, connections = TcpConnections(far, Limits()), TcpConnections(Ear(), Limits())
        address = await server.listen("127.0.0.1", 0)
        began = asyncio.get_running_loop().time()
        with pytest.raises(OSError, match=r"closed|reset"):
            await connections.connect(Target(Transport.TLS, address, ACME), None, node.client())
        assert asyncio.get_running_loop().time() - began < 1
        server.close()

    run(scenario())
