"""Certificates of clients, both ways, and whom else the operator lets: as openssl's client and server see it.

Source: reference/sip-interface 0 (client certificates), 9.2; RFC 5922 §7.2.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final

import pytest

from tests.support.certificates import operator_pem
from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

LIMIT_S: Final = 30
SUITES: Final = ("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305")


@dataclass(frozen=True)
class Folder:
    """Certificates of a company's CA, and of a stranger's."""

    ca: Path
    phone: Path
    stranger: Path
    edge: Path
    wildcard: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    at = tmp_path_factory.mktemp("certificates")
    company, stranger = at / "company", at / "stranger"
    operator_pem(company, at / "phone.pem", "phone7.company.example")
    operator_pem(stranger, at / "stranger.pem", "phone7.company.example")
    operator_pem(company, at / "edge.pem", "edge.company.example")
    operator_pem(company, at / "wildcard.pem", "*.localhost")
    pems = (at / f"{name}.pem" for name in ("phone", "stranger", "edge", "wildcard"))
    return Folder(company / "ca.pem", *pems)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory, made: Folder) -> Iterator[Node]:
    """A node where clients may show a certificate, with one of its own for peers, and lax about wildcards."""
    with running_node(
        tmp_path_factory.mktemp("asking"),
        sips_client_ca=str(made.ca),
        tls_client_cert=str(made.edge),
        extra_ca_file=str(made.ca),
        sips_wildcard_peers="true",
        tls_ciphers=",".join(SUITES),
        https="127.0.0.1:0",
    ) as node:
        yield node


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, made: Folder) -> Iterator[Node]:
    """A node where clients must show one, and all else is as it is by default."""
    with running_node(
        tmp_path_factory.mktemp("strict"),
        sips_client_ca=str(made.ca),
        sips_client_cert="required",
        extra_ca_file=str(made.ca),
    ) as node:
        yield node


def shown(node: Node, port: int, *options: str) -> tuple[bool, str]:
    """Whether the handshake of openssl's client succeeds, and what it says.

    By TLS 1.2: in 1.3 a client learns only from its first read that it was refused.
    """
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", "-state", *options]
    command += ["-CAfile", str(node.ca_file)]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=LIMIT_S, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def with_cert(pem: Path) -> tuple[str, ...]:
    return ("-cert", str(pem), "-key", str(pem))


def test_a_client_may_show_a_certificate_and_is_then_known_by_it(asking: Node, made: Folder) -> None:
    assert shown(asking, asking.sips_port)[0]
    assert "transport.client_certified" not in asking.log()
    is_taken, said = shown(asking, asking.sips_port, *with_cert(made.phone))
    assert is_taken
    assert "SSLv3/TLS write client certificate" in said
    assert "transport.client_certified" in asking.log()
    assert "phone7.company.example" in asking.log()


def test_one_of_a_stranger_is_refused_though_none_is_wanted(asking: Node, made: Folder) -> None:
    assert not shown(asking, asking.sips_port, *with_cert(made.stranger))[0]
    assert "its CA can be named, by sips_client_ca" in asking.log()


def test_https_asks_nobody_for_a_certificate(asking: Node, made: Folder) -> None:
    port = int(asking.ready()["https"][0].rpartition(":")[2])
    is_taken, said = shown(asking, port, *with_cert(made.stranger))
    assert is_taken
    assert "SSLv3/TLS write client certificate" not in said


def test_where_a_certificate_is_wanted_who_has_none_is_refused(strict: Node, made: Folder) -> None:
    assert not shown(strict, strict.sips_port)[0]
    assert "it shows no certificate, which sips_client_cert=required wants" in strict.log()
    assert not shown(strict, strict.sips_port, *with_cert(made.stranger))[0]
    assert shown(strict, strict.sips_port, *with_cert(made.phone))[0]


def test_the_operators_suites_are_spoken_and_no_others(asking: Node) -> None:
    for offered, agreed in ((":".join(reversed(SUITES)), SUITES[0]), (SUITES[1], SUITES[1])):
        is_taken, said = shown(asking, asking.sips_port, "-cipher", offered)
        assert is_taken
        assert f"Cipher is {agreed}" in said
    assert not shown(asking, asking.sips_port, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")[0]


@contextmanager
def peer_of(pem: Path, *options: str) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """openssl's server with a certificate, which prints what it is sent."""
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", *with_cert(pem), *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.PIPE, text=True
    ) as peer:
        assert peer.stdout is not None
        assert any("ACCEPT" in line for line in peer.stdout)
        guard = Timer(LIMIT_S, peer.kill)
        guard.start()
        try:
            yield port, peer
        finally:
            guard.cancel()
            peer.terminate()


def place(node: Node, to: str) -> str:
    """Begin a call of the node's own; its CallSid."""
    placed = sdk_client(node).calls.create(
        to=to, from_="sip:desk@office.sip.localhost", twiml="<Response><Hangup/></Response>"
    )
    sid: str = placed.sid
    return sid


def said_until(peer: "subprocess.Popen[str]", wanted: str) -> str:
    """What the peer printed up to a line with `wanted`."""
    assert peer.stdout is not None
    lines = []
    for line in peer.stdout:
        lines.append(line)
        if wanted in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_a_peer_that_asks_is_shown_the_certificate_that_is_for_it(asking: Node, made: Folder) -> None:
    options = ("-Verify", "1", "-verify_return_error", "-CAfile", str(made.ca))
    with peer_of(made.wildcard, *options) as (port, peer):
        place(asking, f"sips:bob@pbx.localhost:{port}")
        assert "CN = edge.company.example" in said_until(peer, "INVITE sip:bob@pbx.localhost")


def test_without_one_it_is_shown_that_of_the_node(strict: Node, made: Folder, tmp_path: Path) -> None:
    server = tmp_path / "server.pem"
    operator_pem(made.ca.parent, server, "pbx.localhost")
    options = ("-Verify", "1", "-verify_return_error", "-CAfile", str(strict.ca_file))
    with peer_of(server, *options) as (port, peer):
        place(strict, f"sips:bob@pbx.localhost:{port}")
        assert "CN = sip.localhost" in said_until(peer, "INVITE sip:bob@pbx.localhost")


def test_a_peer_with_a_wildcard_alone_is_refused_and_the_operator_is_told_what_lets_it(
    strict: Node, made: Folder
) -> None:
    with peer_of(made.wildcard) as (port, _):
        sid = place(strict, f"sips:bob@pbx.localhost:{port}")
        sdk = sdk_client(strict)
        while sdk.calls(sid).fetch().status != "failed":
            pass
    account = ["--account-sid", strict.account_sid, "--auth-token", strict.auth_token]
    command = [str(OFFHOOK), "calls", "why", sid, "--url", strict.base_url, *account]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert "its certificate is not of pbx.localhost but of *.localhost" in done.stdout
    assert "sips_wildcard_peers=true" in done.stdout
