"""A live node takes the worst that comes to its SIP port, and the next call is as good as the first."""

import random
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sipp import play

pytestmark = pytest.mark.peer

DOMAIN = "app.sip.localhost"
LIMIT_S = 5.0

INVITE = (
    "INVITE sip:x@{domain} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{branch};rport\r\n"
    "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:x@{domain}>\r\nCall-ID: {branch}@test\r\n"
    "CSeq: {cseq}\r\nContact: <sip:a@127.0.0.1:{port}>\r\nMax-Forwards: {hops}\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/voice": "<Response><Say>Hello.</Say></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    with running_node(
        tmp_path_factory.mktemp("node"), "--voice-url", f"{application.base_url}/voice"
    ) as node:
        yield node


@pytest.fixture
def peer(node: Node) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(LIMIT_S)
        peer.connect(("127.0.0.1", node.sip_port))
        yield peer


def invite(peer: socket.socket, *, cseq: str = "1 INVITE", hops: str = "70") -> bytes:
    port = peer.getsockname()[1]
    return INVITE.format(domain=DOMAIN, port=port, branch=f"b{port}", cseq=cseq, hops=hops).encode()


def final_status(peer: socket.socket) -> int:
    """The status of the next response that is not provisional."""
    while (status := int(peer.recv(65535).split()[1])) < 200:
        pass
    return status


def test_an_invite_that_breaks_the_rules_is_answered_400(peer: socket.socket) -> None:
    peer.send(invite(peer, cseq="nonsense INVITE"))
    assert final_status(peer) == 400


def test_an_invite_without_hops_left_is_answered_483(peer: socket.socket) -> None:
    peer.send(invite(peer, hops="0"))
    assert final_status(peer) == 483


def test_noise_and_mutations_leave_the_node_as_it_was(
    node: Node, application: WebApplication, peer: socket.socket, tmp_path: Path
) -> None:
    dice = random.Random(4475)
    message = invite(peer)
    peer.send(b"")
    for _ in range(2000):
        mutated = bytearray(message[: dice.randrange(1, len(message) + 1)])
        for _ in range(dice.randrange(8)):
            mutated[dice.randrange(len(mutated))] = dice.randrange(256)
        peer.send(mutated)
    application.asked.queue.clear()
    play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
    assert node.process.poll() is None
    assert "Traceback" not in node.log()
    sids = [application.next_request().form["CallSid"]]
    assert sdk_client(node).calls(sids[0]).fetch().status == "completed"


def test_a_webhook_that_is_down_is_answered_with_the_error_sentence_and_noted(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    sdk = sdk_client(node)
    (domain,) = sdk.sip.domains.list()
    sdk.sip.domains(domain.sid).update(voice_url="http://127.0.0.1:1/down")
    try:
        play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
    finally:
        sdk.sip.domains(domain.sid).update(voice_url=f"{application.base_url}/voice")
    (call,) = sdk.calls.list(limit=1)
    (noted,) = sdk.calls(call.sid).notifications.list()
    assert (call.status, noted.error_code, noted.log) == ("completed", "11202", "0")
    assert (noted.request_url, noted.request_method) == ("http://127.0.0.1:1/down", "POST")


def test_a_webhook_that_refuses_is_noted_with_what_it_was_asked_and_what_it_said(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    sdk = sdk_client(node)
    documents, application.documents = application.documents, {}
    try:
        play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
    finally:
        application.documents = documents
    (call,) = sdk.calls.list(limit=1)
    (noted,) = sdk.calls(call.sid).notifications.list()
    whole = sdk.calls(call.sid).notifications(noted.sid).fetch()
    assert (noted.error_code, noted.request_method) == ("11200", "POST")
    assert dict(parse_qsl(whole.request_variables))["CallSid"] == call.sid
    assert dict(parse_qsl(whole.response_headers))["Content-Type"] == "text/xml"
    assert whole.response_body == "no such document"


def test_twiml_that_is_not_xml_is_noted_with_line_and_column(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    documents, application.documents = (
        application.documents,
        {"/voice": "<Response>\n  <Say>Hello</Sya>\n</Response>"},
    )
    try:
        play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
    finally:
        application.documents = documents
    sdk = sdk_client(node)
    (call,) = sdk.calls.list(limit=1)
    (noted,) = sdk.calls(call.sid).notifications.list()
    assert noted.error_code == "12100"
    assert "line 2, column" in noted.message_text
