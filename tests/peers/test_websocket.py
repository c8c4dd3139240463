"""SIP over WebSocket (RFC 7118) with SIP.js, as browsers run it: it registers, calls, is called, is refused.

Its offers are plain RTP where a test says nothing else; WebRTC's DTLS is not spoken yet and gets a clear 488.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import OFFICE, Login, open_office, registrations
from tests.support.sdk import sdk_client
from tests.support.sipjs import SipJs, running_sipjs
from tests.support.sound import level, likeness, read_wav, spoken, tone

pytestmark = pytest.mark.peer

GREETING: Final = "The parcel is waiting for you at the front desk."
ALICE_HZ, DAVE_HZ = 440, 710
LIMIT_S: Final = 30


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({}) as application:
        application.documents |= {"/done": "<Response><Hangup/></Response>"}
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), https="127.0.0.1:0") as node:
        open_office(node, "alice", "erin", "dave", voice_url=f"{application.base_url}/voice")
        yield node


def url_of(node: Node, scheme: str) -> str:
    """Where SIP over WebSocket is spoken."""
    listening = {"ws": node.base_url.removeprefix("http://"), "wss": node.ready()["https"][0]}
    return f"{scheme}://{listening[scheme]}/sip"


def phone_of(node: Node, folder: Path, scheme: str, user: str = "alice", **more: Any) -> Any:
    return running_sipjs(folder, url_of(node, scheme), user, ca_file=node.ca_file, **more)


def why(node: Node, name: str) -> str:
    """What `offhook calls why` prints."""
    flags = ["--url", node.base_url, "--account-sid", node.account_sid, "--auth-token", node.auth_token]
    command = [str(OFFHOOK), "calls", "why", name, *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_browser_registers_calls_and_hears_the_application(
    node: Node, application: WebApplication, tmp_path: Path, scheme: str
) -> None:
    application.documents["/voice"] = f"<Response><Say>{GREETING}</Say></Response>"
    phone: SipJs
    with phone_of(node, tmp_path, scheme) as phone:
        phone.register()
        (binding,) = registrations(node, "alice")
        assert ".invalid" in binding["contact"]
        assert binding["transport"] == scheme.upper()
        phone.do("dial", uri=f"sip:parcels@{OFFICE}")
        assert phone.wait_for("answered")["status"] == 200
        assert application.next_request().form["From"] == f"sip:alice@{OFFICE}"
        phone.wait_for("closed")
        assert likeness(phone.heard(), spoken(GREETING)) > 0.9
        phone.do("unregister")
        assert phone.wait_for("unregistered")["status"] == 200
    assert registrations(node, "alice") == []


def test_https_serves_all_that_http_does_by_the_certificate_of_the_node(node: Node) -> None:
    port = node.ready()["https"][0].rpartition(":")[2]
    base = f"https://localhost:{port}"
    ca = str(node.ca_file)
    assert requests.get(f"{base}/healthz", verify=ca, timeout=LIMIT_S).text == "ok\n"
    account = requests.get(
        f"{base}/2010-04-01/Accounts/{node.account_sid}.json",
        auth=(node.account_sid, node.auth_token),
        verify=ca,
        timeout=LIMIT_S,
    )
    assert account.json()["sid"] == node.account_sid
    refused = requests.get(f"{base}/sip", verify=ca, timeout=LIMIT_S)
    assert (refused.status_code, refused.headers["Upgrade"]) == (426, "websocket")
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{base}/healthz", timeout=LIMIT_S)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_browser_is_called_on_its_websocket_and_both_hear_each_other(
    node: Node, application: WebApplication, tmp_path: Path, scheme: str
) -> None:
    application.documents["/voice"] = (
        f"<Response><Dial action='/done' timeLimit='4'><Sip>sip:alice@{OFFICE}</Sip></Dial></Response>"
    )
    phone: SipJs
    with (
        phone_of(node, tmp_path, scheme, says=tone(ALICE_HZ)) as phone,
        registered_baresip(tmp_path / "dave", Login("dave", node.sip_port), says=tone(DAVE_HZ)) as dave,
    ):
        phone.register()
        dave.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        phone.wait_for("ringing")
        phone.do("answer")
        phone.wait_for("established")
        dave.wait_established()
        dave.wait_closed()
        phone.wait_for("closed")
        assert application.next_request().form["DialCallStatus"] == "completed"
        assert level(phone.heard(), DAVE_HZ) > 0.95
        assert level(read_wav(dave.heard()), ALICE_HZ) > 0.95


def test_an_offer_of_webrtc_gets_a_488_that_says_what_is_missing(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    phone: SipJs
    with phone_of(node, tmp_path, "wss") as phone:
        phone.do("connect")
        phone.wait_for("connected")
        phone.do("dial", uri=f"sip:parcels@{OFFICE}", webrtc=True)
        refused = phone.wait_for("answered")
    assert refused["status"] == 488
    assert "DTLS" in refused["warning"]
    assert refused["error"].startswith("32207 ")
    call = sdk_client(node).calls.list(limit=1)[0]
    assert "DTLS-SRTP (WebRTC)" in why(node, call.sid)


def test_a_browser_that_vanished_is_not_waited_for(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    phone: SipJs
    with phone_of(node, tmp_path, "ws", "erin") as phone:
        phone.register()
        phone.do("vanish")
        phone.process.wait(LIMIT_S)
    while registrations(node, "erin"):
        pass  # until the node has seen the connection end
    sdk = sdk_client(node)
    call = sdk.calls.create(
        to=f"sip:erin@{OFFICE}", from_=f"sip:desk@{OFFICE}", twiml="<Response><Hangup/></Response>"
    )
    while call.status not in ("completed", "failed", "busy", "no-answer", "canceled"):
        call = sdk.calls(call.sid).fetch()
    assert call.status == "failed"
    said = why(node, call.sid)
    assert "32009" in said
    assert "sip:erin@office.sip.localhost is not registered" in said
