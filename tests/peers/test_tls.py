"""SIP over TLS as outsiders see it: openssl's client finds exactly the versions and suites that are promised.

And the node calls over TLS itself: whom it trusts, and what an operator is told when it does not.
Source: reference/sip-interface 9, 9.1.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from offhook.tls.suites import SUITES
from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

MODERN: Final = ("tls1_2", "tls1_3")
DEPRECATED: Final = ("tls1", "tls1_1")
OF_1_3: Final = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")
OF_DEPRECATED: Final = ("AES128-SHA", "AES256-SHA")
LIMIT_S: Final = 20


def agreed(node: Node, port: int, version: str, ciphers: str = "DEFAULT") -> str | None:
    """The suite that a handshake by this version alone ends with; None when there is none."""
    security = ":@SECLEVEL=0" if version in DEPRECATED and "@" not in ciphers else ""
    suites: tuple[str, ...] = ("-cipher", f"{ciphers}{security}")
    if version == "tls1_3":
        suites = () if ciphers == "DEFAULT" else ("-ciphersuites", ciphers)
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", f"-{version}", *suites]
    command += ["-servername", "office.sip.localhost", "-verify_hostname", "office.sip.localhost"]
    command += ["-CAfile", str(node.ca_file), "-verify_return_error"]
    run = subprocess.run(command, input="", capture_output=True, text=True, timeout=LIMIT_S, check=False)
    said = next(line for line in run.stdout.splitlines() if ", Cipher is " in line)
    suite = said.partition(", Cipher is ")[2]
    assert (run.returncode == 0) == (suite != "(NONE)"), run.stderr
    return None if suite == "(NONE)" else suite


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), "--demo", sips_legacy="127.0.0.1:0") as node:
        yield node


@pytest.fixture(scope="module")
def old_fashioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), allow_deprecated_tls="true") as node:
        yield node


def legacy_port(node: Node) -> int:
    return int(node.ready()["sips_legacy"][0].rpartition(":")[2])


def test_only_the_new_versions_are_spoken_by_default(node: Node) -> None:
    assert agreed(node, node.sips_port, "tls1_3") in OF_1_3
    assert agreed(node, node.sips_port, "tls1_2") == SUITES[0]
    for version in DEPRECATED:
        assert agreed(node, node.sips_port, version) is None
    assert "the peer speaks none of the versions allowed here, TLSv1_2 to TLSv1_3" in node.log()


def test_the_old_versions_are_spoken_where_they_are_allowed_with_the_two_suites_they_have(
    old_fashioned: Node,
) -> None:
    for version in DEPRECATED:
        assert agreed(old_fashioned, old_fashioned.sips_port, version) == OF_DEPRECATED[0]
        assert agreed(old_fashioned, old_fashioned.sips_port, version, "AES256-SHA") == OF_DEPRECATED[1]
        assert agreed(old_fashioned, old_fashioned.sips_port, version, "ECDHE-RSA-AES128-SHA") is None
    for version in MODERN:
        assert agreed(old_fashioned, old_fashioned.sips_port, version) is not None


def test_a_listener_of_its_own_speaks_the_old_versions_alone(node: Node) -> None:
    for version in DEPRECATED:
        assert agreed(node, legacy_port(node), version) == OF_DEPRECATED[0]
    for version in MODERN:
        assert agreed(node, legacy_port(node), version) is None


def test_every_suite_of_the_list_can_be_had_and_the_order_is_the_nodes(
    node: Node, old_fashioned: Node
) -> None:
    for listening in (node, old_fashioned):
        for suite in SUITES:
            assert agreed(listening, listening.sips_port, "tls1_2", suite) == suite
    for at in range(len(SUITES) - 1):
        backwards = ":".join(reversed(SUITES[at:]))
        assert agreed(node, node.sips_port, "tls1_2", backwards) == SUITES[at]


def test_tls_1_3_has_its_own_three_suites_in_both_settings(node: Node, old_fashioned: Node) -> None:
    for listening in (node, old_fashioned):
        for suite in OF_1_3:
            assert agreed(listening, listening.sips_port, "tls1_3", suite) == suite
        for suite in ("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"):
            assert agreed(listening, listening.sips_port, "tls1_3", suite) is None


def test_of_all_other_suites_that_openssl_has_none_can_be_had(node: Node, old_fashioned: Node) -> None:
    others = [suite for suite in every_suite_of_openssl() if suite not in SUITES]
    assert len(others) > 50
    for listening in (node, old_fashioned):
        for version in (*DEPRECATED, "tls1_2"):
            offered = f"{':'.join(others)}:@SECLEVEL=0"
            assert agreed(listening, listening.sips_port, version, offered) is None
    for version in DEPRECATED:
        allowed = [suite for suite in SUITES if suite not in OF_DEPRECATED]
        assert agreed(old_fashioned, old_fashioned.sips_port, version, ":".join((*others, *allowed))) is None


def every_suite_of_openssl() -> list[str]:
    """Of versions up to 1.2, those without encryption or authentication included."""
    command = ["openssl", "ciphers", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout
    return [suite for suite in said.strip().split(":") if not suite.startswith("TLS_")]


def test_a_renegotiation_is_refused_every_time_and_others_are_served(node: Node) -> None:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{node.sips_port}", "-tls1_2", "-msg"]
    for _ in range(10):
        asked = subprocess.run(
            [*command, "-CAfile", str(node.ca_file)],
            input="R\n",
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert "RENEGOTIATING" in asked.stderr + asked.stdout
        assert "warning no_renegotiation" in asked.stdout
        assert asked.stdout.count(", ServerHello\n") == 1
    assert agreed(node, node.sips_port, "tls1_2") == SUITES[0]


def test_the_root_is_told_to_everybody_and_by_the_command_line(node: Node) -> None:
    served = node.fetch("/offhook/v1/tls/ca.pem")
    printed = subprocess.run(
        [str(OFFHOOK), "tls", "ca", "--data-dir", str(node.ca_file.parents[1])],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert served == printed.stdout == node.ca_file.read_text()


def test_a_node_without_a_ca_yet_says_who_makes_it(tmp_path: Path) -> None:
    run = subprocess.run(
        [str(OFFHOOK), "tls", "ca", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert run.returncode == 1
    assert "`offhook serve` makes it at its first start" in run.stderr


def call(node: Node, uri: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(OFFHOOK), "call", uri.format(port=node.sips_port), "--for", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "uri",
    [
        "sips:demo@demo.sip.localhost:{port}",
        "sip:demo@demo.sip.localhost:{port};transport=tls",
        "sips:demo@127.0.0.1:{port}",
    ],
)
def test_a_call_over_tls_by_who_trusts_the_nodes_ca(node: Node, uri: str) -> None:
    done = call(node, uri, "--ca", str(node.ca_file), "--ladder")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"127.0.0.1:{node.sips_port} TLS" in done.stdout


CERTIFICATES: Final = Path(__file__).resolve().parents[1] / "support" / "tls"


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that trusts the CA of the tests."""
    ca_file = str(CERTIFICATES / "ca.pem")
    with running_node(tmp_path_factory.mktemp("node"), extra_ca_file=ca_file) as node:
        yield node


def placed(node: Node, to: str) -> Any:
    """A call of the node's own that was placed to a URI, once it is over."""
    sdk = sdk_client(node)
    call = sdk.calls.create(
        to=to, from_="sip:desk@office.sip.localhost", twiml="<Response><Hangup/></Response>"
    )
    while call.status not in ("completed", "failed", "busy", "no-answer", "canceled"):
        call = sdk.calls(call.sid).fetch()
    return call


def why(node: Node, call_sid: str) -> str:
    """What `offhook calls why` says."""
    account = ["--url", node.base_url, "--account-sid", node.account_sid, "--auth-token", node.auth_token]
    command = [str(OFFHOOK), "calls", "why", call_sid, *account]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False).stdout


def test_one_node_calls_another_over_tls_and_sips_goes_out_as_sip(tmp_path: Path) -> None:
    (tmp_path / "near").mkdir()
    (tmp_path / "far").mkdir()
    with running_node(tmp_path / "far", "--demo", domain_suffixes="far.localhost") as far:
        with running_node(tmp_path / "near", extra_ca_file=str(far.ca_file)) as near:
            call = placed(near, f"sips:demo@demo.far.localhost:{far.sips_port}")
            assert call.to == f"sip:demo@demo.far.localhost:{far.sips_port};transport=tls"
            assert call.status == "completed"
        (arrived,) = sdk_client(far).calls.list()
        assert arrived.to == call.to
        with running_node(tmp_path / "near") as near:
            call = placed(near, f"sips:demo@demo.far.localhost:{far.sips_port}")
            assert call.status == "failed"
            said = why(near, call.sid)
            assert "32011" in said
            assert "its certificate is not trusted" in said


@pytest.mark.parametrize(
    ("certificate", "options", "code", "says"),
    [
        ("other_name", (), "32011", "its certificate is not of localhost but of other.example"),
        ("expired", (), "32011", "certificate has expired"),
        ("untrusted", (), "32011", "its certificate is not trusted"),
        (
            "localhost",
            ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
            "32222",
            "none of the versions allowed here",
        ),
    ],
)
def test_a_peer_that_is_not_trusted_gets_no_invite_and_the_operator_is_told_why(
    trusting: Node, certificate: str, options: tuple[str, ...], code: str, says: str
) -> None:
    port, pem = free_port(), CERTIFICATES / f"{certificate}.pem"
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(pem), "-key", str(pem)]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as peer:
        assert peer.stdout is not None
        assert any("ACCEPT" in line for line in peer.stdout)
        call = placed(trusting, f"sips:bob@localhost:{port}")
        assert call.status == "failed"
        said = why(trusting, call.sid)
        peer.terminate()
        heard = peer.stdout.read()
    assert code in said
    assert says in said
    assert "INVITE" not in heard


def test_a_call_by_who_does_not_trust_it_fails_and_both_ends_say_why(node: Node) -> None:
    done = call(node, "sips:demo@demo.sip.localhost:{port}")
    assert done.returncode == 1
    assert "its certificate is not trusted" in done.stderr
    assert "the peer does not trust the CA of our certificate" in node.log()
