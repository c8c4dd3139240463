"""STIR/SHAKEN on a real node: the certificate is fetched over https, the application told what it proves."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from offhook.sip.message import Response
from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.shaken import Carrier
from tests.support.udp_phone import UdpPhone
from tests.support.web_application import TLS_FOLDER, server_tls

pytestmark = pytest.mark.peer

CALLER, CALLED = "+442071838750", "+49301234567"


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    carrier = Carrier()
    with serving(carrier.pem) as port:
        carrier.x5u = f"https://localhost:{port}/shaken.pem"
        yield carrier


@contextmanager
def serving(content: bytes) -> Iterator[int]:
    """An https server that has one file; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context: ssl.SSLContext = server_tls("localhost")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/trunk": "<Response><Reject/></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(
    tmp_path_factory: pytest.TempPathFactory, application: WebApplication, carrier: Carrier
) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    anchors: Final[Path] = folder / "sti-ca.pem"
    anchors.write_bytes(carrier.ca.public_bytes(Encoding.PEM))
    with running_node(folder, stir_ca_file=str(anchors), extra_ca_file=str(TLS_FOLDER / "ca.pem")) as node:
        sdk = sdk_client(node)
        trunk = sdk.voice.v1.byoc_trunks.create(voice_url=f"{application.base_url}/trunk")
        domain = sdk.sip.domains.create("carrier.sip.localhost", byoc_trunk_sid=trunk.sid)
        record = sdk.voice.v1.ip_records.create("127.0.0.1")
        sdk.voice.v1.source_ip_mappings.create(record.sid, domain.sid)
        yield node


def called(node: Node, call_id: str, *identities: str) -> Response:
    uri = f"sip:{CALLED}@127.0.0.1:{node.sip_port}"
    headers = [("P-Asserted-Identity", f"<sip:{CALLER}@carrier.example>")]
    headers += [("Identity", value) for value in identities]
    with UdpPhone(node.sip_port) as phone:
        return phone.ask("INVITE", uri, to=uri, call_id=call_id, headers=headers)


def test_the_application_is_told_what_the_carrier_vouches_for(
    node: Node, application: WebApplication, carrier: Carrier
) -> None:
    identity = carrier.identity(CALLER, CALLED, datetime.now(UTC), attest="B")
    assert called(node, "vouched@test", identity).status == 404
    asked = application.next_request().form
    assert asked["StirVerstat"] == "TN-Validation-Passed-B"
    assert sdk_client(node).calls(asked["CallSid"]).notifications.list() == []


def test_a_signature_that_does_not_hold_is_told_and_noted(
    node: Node, application: WebApplication, carrier: Carrier
) -> None:
    forged = Carrier(x5u=carrier.x5u).identity(CALLER, CALLED, datetime.now(UTC))
    assert called(node, "forged@test", forged).status == 404
    asked = application.next_request().form
    assert asked["StirVerstat"] == "TN-Validation-Failed-A"
    (noted,) = sdk_client(node).calls(asked["CallSid"]).notifications.list()
    assert (noted.error_code, "signature" in noted.message_text) == ("32021", True)


def test_a_carrier_that_vouches_for_nobody_is_told_as_such(node: Node, application: WebApplication) -> None:
    assert called(node, "plain@test").status == 404
    assert application.next_request().form["StirVerstat"] == "No-TN-Validation"


def test_what_is_no_passport_is_refused(node: Node) -> None:
    response = called(node, "broken@test", "a.b.c;info=<https://cert.example/a.pem>;ppt=shaken")
    assert response.status == 438
    assert (response.headers.get("X-Twilio-Error") or "").startswith("32020 ")
