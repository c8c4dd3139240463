"""The UDP listener over loopback: which of our addresses a packet came to, and who is not there."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from offhook.sip.flow import Address, Flow, Transport
from offhook.transport import udp
from offhook.transport.udp import DATAGRAMS_A_TURN, UdpListener
from tests.support.free_port import free_port

LIMIT_S = 5.0


class Ear:
    """Collects what a listener tells, and lets one wait for it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Address, Address]] = asyncio.Queue()
        self.missing: asyncio.Queue[Address] = asyncio.Queue()

    def on_datagram(self, data: bytes, flow: Flow) -> None:
        self.heard.put_nowait((data, flow.local, flow.remote))


def flow_of(local: Address, remote: Address) -> Flow:
    return Flow(Transport.UDP, local, remote, local)


def listening(
    host: str,
    act: Callable[[UdpListener, Ear], Awaitable[None]],
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> None:
    async def scenario() -> None:
        ear = Ear()
        listener = UdpListener(host, 0, flow_of, ear.on_datagram, ear.missing.put_nowait)
        listener.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(LIMIT_S):
                await act(listener, ear)
        finally:
            listener.close()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())


@pytest.mark.parametrize("called", ["127.0.0.1", "127.0.0.2"])
def test_a_wildcard_listener_knows_the_address_it_was_called_on_and_answers_from_it(called: str) -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            peer.settimeout(LIMIT_S)
            peer.sendto(b"question", (called, listener.address.port))
            data, local, remote = await ear.heard.get()
            assert (data, local) == (b"question", Address(called, listener.address.port))
            listener.send(b"answer", local, remote)
            assert peer.recvfrom(100) == (b"answer", (called, listener.address.port))

    listening("0.0.0.0", act)


def test_ipv6_is_heard_and_answered_alike() -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
            peer.bind(("::1", 0))
            peer.settimeout(LIMIT_S)
            peer.sendto(b"question", ("::1", listener.address.port))
            _, local, remote = await ear.heard.get()
            assert local == Address("::1", listener.address.port)
            listener.send(b"answer", local, remote)
            assert peer.recvfrom(100)[0] == b"answer"

    listening("::", act)


def test_a_port_where_nobody_listens_is_told_at_once() -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            nobody = Address("127.0.0.1", probe.getsockname()[1])
        listener.send(b"hello?", Address("127.0.0.1", listener.address.port), nobody)
        assert await ear.missing.get() == nobody

    listening("0.0.0.0", act)


@pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_a_listener_hears_on_after_an_error(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        ours = Address("127.0.0.1", listener.address.port)
        for word in (b"one", b"two", b"three"):
            nobody = Address("127.0.0.1", free_port())
            listener.send(b"hello?", ours, nobody)
            assert await ear.missing.get() == nobody
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                peer.sendto(word, (ours.host, ours.port))
                assert (await ear.heard.get())[0] == word

    listening("0.0.0.0", act, new_loop)


@pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_a_listener_hears_on_after_an_error_that_a_send_met_first(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """In one turn: another socket's callback sends and so takes the error; a packet waits behind it."""

    async def act(listener: UdpListener, ear: Ear) -> None:
        loop = asyncio.get_running_loop()
        ours = Address("127.0.0.1", listener.address.port)
        nobody = Address("127.0.0.1", free_port())
        near, far = socket.socketpair()
        with near, far, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            near.setblocking(False)

            def answer() -> None:
                near.recv(1)
                listener.send(b"answer", ours, Address(*peer.getsockname()))

            loop.add_reader(near.fileno(), answer)
            await asyncio.sleep(0)  # a turn, so that it is watched before it has anything
            far.send(b"!")
            listener.send(b"hello?", ours, nobody)
            peer.sendto(b"one", (ours.host, ours.port))
            assert await ear.missing.get() == nobody
            assert (await ear.heard.get())[0] == b"one"
            peer.sendto(b"two", (ours.host, ours.port))
            assert (await ear.heard.get())[0] == b"two"
            loop.remove_reader(near.fileno())

    listening("0.0.0.0", act, new_loop)


def test_the_errors_of_one_turn_are_told_once_and_not_within_a_send() -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        ours = Address("127.0.0.1", listener.address.port)
        nobody = Address("127.0.0.1", free_port())
        for _ in range(20):
            listener.send(b"hello?", ours, nobody)
        assert ear.missing.empty()
        assert await ear.missing.get() == nobody
        assert ear.missing.empty()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(b"done", (ours.host, ours.port))
            assert (await ear.heard.get())[0] == b"done"
        assert ear.missing.qsize() <= 1, "that of the last packet, which no send met"

    listening("0.0.0.0", act)


def test_an_error_of_one_peer_does_not_stop_a_packet_to_another() -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        ours = Address("127.0.0.1", listener.address.port)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
        ):
            peer.bind(("127.0.0.1", 0))
            peer.settimeout(LIMIT_S)
            probe.bind(("127.0.0.1", 0))
            nobody = Address("127.0.0.1", probe.getsockname()[1])
            probe.close()
            listener.send(b"lost", ours, nobody)
            listener.send(b"found", ours, Address("127.0.0.1", peer.getsockname()[1]))
            assert peer.recvfrom(100)[0] == b"found"
            assert await ear.missing.get() == nobody

    listening("127.0.0.1", act)


def test_a_burst_is_read_whole_over_several_turns() -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        count = 3 * DATAGRAMS_A_TURN
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for number in range(count):
                peer.sendto(b"%d" % number, ("127.0.0.1", listener.address.port))
            assert [int((await ear.heard.get())[0]) for _ in range(count)] == list(range(count))

    listening("127.0.0.1", act)


def test_more_peers_than_flows_are_remembered_are_all_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "FLOWS_KEPT", 2)

    async def act(listener: UdpListener, ear: Ear) -> None:
        for _ in range(2):
            for number in range(5):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                    peer.bind(("127.0.0.1", 0))
                    peer.sendto(b"%d" % number, ("127.0.0.1", listener.address.port))
                    data, _, remote = await ear.heard.get()
                    assert (data, remote) == (b"%d" % number, Address("127.0.0.1", peer.getsockname()[1]))

    listening("127.0.0.1", act)


def test_a_taken_address_is_refused() -> None:
    async def act(listener: UdpListener, ear: Ear) -> None:
        with pytest.raises(OSError, match="in use") as taken:
            UdpListener("127.0.0.1", listener.address.port, flow_of, ear.on_datagram, ear.missing.put_nowait)
        assert taken.value.errno == errno.EADDRINUSE

    listening("127.0.0.1", act)
