"""TLS without sockets: two ends in memory, and ends that break the protocol."""

import re
import ssl
from pathlib import Path

import pytest

from offhook.tls.node_tls import NodeTls
from offhook.transport.tls import HANDSHAKE_MAX_BYTES, TlsChannel, TlsError, TlsFault
from tests.support.certificates import node_tls


@pytest.fixture
def node(tmp_path: Path) -> NodeTls:
    return node_tls(tmp_path)


def ends(node: NodeTls, server: ssl.SSLContext | None = None) -> tuple[TlsChannel, TlsChannel]:
    return (
        TlsChannel(node.client(), server_side=False, server_name="acme.sip.test"),
        TlsChannel(server or node.server(), server_side=True),
    )


def shake_hands(client: TlsChannel, server: TlsChannel, *, piece: int = 100_000) -> None:
    """Carry what both have to say, in pieces of so many bytes."""
    client.begin()
    while True:
        to_server, to_client = client.poll_transmit(), server.poll_transmit()
        if not to_server and not to_client:
            return
        for data, end in ((to_server, server), (to_client, client)):
            for start in range(0, len(data), piece):
                assert end.handle_data(data[start : start + piece]) == b""


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_text_arrives_however_the_records_are_cut(node: NodeTls, piece: int) -> None:
    client, server = ends(node)
    shake_hands(client, server, piece=piece)
    assert client.is_established
    assert server.is_established
    text = b"x" * 40_000
    client.send(text)
    sent = client.poll_transmit()
    assert text[:100] not in sent
    got = b"".join(server.handle_data(sent[at : at + piece]) for at in range(0, len(sent), piece))
    assert got == text
    server.send(b"answer")
    assert client.handle_data(server.poll_transmit()) == b"answer"


def test_the_peers_goodbye_is_no_error(node: NodeTls) -> None:
    client, server = ends(node)
    shake_hands(client, server)
    client.send(b"last words")
    client.close()
    assert not server.is_over
    assert server.handle_data(client.poll_transmit()) == b"last words"
    assert server.is_over


@pytest.mark.parametrize(
    ("came", "says"),
    [
        (b"OPTIONS sip:x@a SIP/2.0\r\nVia: x\r\n\r\n", "SIP in plain text came: this port takes TLS only"),
        (b"SIP/2.0 200 OK\r\n\r\n", "SIP in plain text"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP in plain text"),
        (b"\r\n\r\n", "a keepalive in plain text"),
        (b"SSH-2.0-x\r\n", "no TLS but b'SSH-2.0-x"),
    ],
)
def test_what_is_no_tls_is_called_by_its_name(node: NodeTls, came: bytes, says: str) -> None:
    with pytest.raises(TlsError, match=re.escape(says)):
        ends(node)[1].handle_data(came)


def test_a_handshake_may_not_go_on_for_ever(node: NodeTls) -> None:
    server = ends(node)[1]
    server.handle_data(b"\x16\x03\x01\x40\x00\x01\x01\x00\x00")  # a ClientHello of 65,536 bytes begins
    with pytest.raises(TlsError):
        server.handle_data(bytes(HANDSHAKE_MAX_BYTES))


def test_what_comes_with_the_end_of_a_handshake_is_no_part_of_it(node: NodeTls) -> None:
    client, server = ends(node)
    client.begin()
    server.handle_data(client.poll_transmit())
    assert client.handle_data(server.poll_transmit()) == b""
    client.send(b"x" * (2 * HANDSHAKE_MAX_BYTES))
    assert server.handle_data(client.poll_transmit()) == b"x" * (2 * HANDSHAKE_MAX_BYTES)


@pytest.mark.parametrize(
    "noise",
    [
        b"\x17\x03\x03\x00\x20" + bytes(32),  # a record that nobody encrypted
        b"\x17\x03\x03\xff\xff" + bytes(65_535),  # one that is longer than a record may be
        b"OPTIONS sip:x@a SIP/2.0\r\n\r\n",
    ],
)
def test_a_broken_record_ends_it_and_the_peer_is_alerted(node: NodeTls, noise: bytes) -> None:
    client, server = ends(node)
    shake_hands(client, server)
    with pytest.raises(TlsError):
        server.handle_data(noise)
    assert server.poll_transmit()


def test_a_stranger_is_not_trusted_and_it_is_said_what_to_do(node: NodeTls, tmp_path: Path) -> None:
    stranger = node_tls(tmp_path / "stranger")
    with pytest.raises(TlsError, match=r"not trusted.*extra_ca_file.*--ca") as refused:
        shake_hands(*ends(node, stranger.server()))
    assert refused.value.fault is TlsFault.CERTIFICATE


def test_the_peer_that_does_not_trust_us_is_told_of(node: NodeTls, tmp_path: Path) -> None:
    stranger = node_tls(tmp_path / "stranger")
    client, server = ends(node, stranger.server())
    client.begin()
    server.handle_data(client.poll_transmit())
    with pytest.raises(TlsError):
        client.handle_data(server.poll_transmit())
    with pytest.raises(TlsError, match=r"does not trust the CA of our certificate.*offhook tls ca"):
        server.handle_data(client.poll_transmit())


def test_versions_without_anything_in_common_are_told_from_other_faults(node: NodeTls) -> None:
    client, server = ends(node, node.legacy_server())
    client.begin()
    with pytest.raises(TlsError, match="none of the versions allowed here, TLSv1 to TLSv1_1") as theirs:
        server.handle_data(client.poll_transmit())
    assert theirs.value.fault is TlsFault.TOO_OLD
    with pytest.raises(TlsError, match="none of the versions allowed here, TLSv1_2 to TLSv1_3") as ours:
        client.handle_data(server.poll_transmit())
    assert ours.value.fault is TlsFault.TOO_OLD
