"""Messages in a call (RFC 3428) with SIPp, `offhook call` and `offhook phone` as the phones."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from tests.peers.test_phone import running_phone
from tests.support.application import WebApplication, running_application
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import OFFICE, open_office
from tests.support.printed import Printed
from tests.support.sdk import sdk_client
from tests.support.sipp import answering

pytestmark = pytest.mark.peer

WAIT = "<Response><Say>Hello.</Say><Pause length='60'/></Response>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/voice": WAIT, "/answered": WAIT, "/heard": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", f"{application.base_url}/voice") as node:
        open_office(node, "dave", voice_url=f"{application.base_url}/voice")
        yield node


def heard(node: Node, application: WebApplication) -> dict[str, str]:
    """What the callback is told next, signed."""
    told = application.next_request()
    assert told.path == "/heard"
    assert RequestValidator(node.auth_token).validate(told.url, told.form, told.signature)
    return told.form


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipp_hears_a_message_and_says_one(
    node: Node, application: WebApplication, tmp_path: Path, transport: str
) -> None:
    with answering("callee_messages", tmp_path, transport=transport) as port:
        calls = sdk_client(node).calls
        to = f"sip:sipp@127.0.0.1:{port};transport={transport}"
        sid = calls.create(to=to, from_="sip:desk@host", url=f"{application.base_url}/answered").sid
        assert application.next_request().path == "/answered"
        call = calls(sid)
        call.user_defined_message_subscriptions.create(callback=f"{application.base_url}/heard")
        assert call.user_defined_messages.create(content='{"to":"the phone"}').sid.startswith("KX")
        form = heard(node, application)
        # As it came: SIPp ends every line.
        assert (form["CallSid"], form["Content"]) == (sid, '{"to":"the application"}\r\n')
        assert form["SequenceNumber"] == "1"
        call.update(status="completed")


def test_offhook_call_says_a_message_and_tells_those_that_come(
    node: Node, application: WebApplication
) -> None:
    application.held["/voice"] = threading.Event()
    uri = f"sip:anybody@app.sip.localhost:{node.sip_port}"
    with subprocess.Popen(
        [OFFHOOK, "call", uri, "--send-message", '{"to": "the application"}'],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as phone:
        printed = Printed(phone)
        sid = application.next_request().form["CallSid"]
        call = sdk_client(node).calls(sid)
        call.user_defined_message_subscriptions.create(callback=f"{application.base_url}/heard")
        application.held["/voice"].set()
        assert heard(node, application)["Content"] == '{"to": "the application"}'
        assert printed.wait_for("sent") == 'sent {"to": "the application"}\n'
        call.user_defined_messages.create(content='{"to":\n"the phone"}')
        assert printed.wait_for("received") == 'received {"to": "the phone"}\n'
        call.update(status="completed")
        printed.wait_for("the other side hung up")
        assert phone.wait(20) == 0
        printed.close()
    del application.held["/voice"]


def test_offhook_phone_says_a_message_and_has_those_that_came_in_its_json(
    node: Node, application: WebApplication
) -> None:
    options = ("--once", "--json", "--send-message", '{"to":"the application"}')
    with running_phone(node, *options) as (phone, printed):
        calls = sdk_client(node).calls
        url = f"{application.base_url}/answered"
        sid = calls.create(to=f"sip:dave@{OFFICE}", from_="sip:desk@host", url=url).sid
        assert application.next_request().path == "/answered"
        for number in range(3):
            calls(sid).user_defined_messages.create(content=str(number))
        calls(sid).update(status="completed")
        told = json.loads(printed.wait_for('"event": "call"'))
        assert told["messages"] == ["0", "1", "2"]
        assert [step["step"] for step in told["steps"]] == ["send_message"]
        assert phone.wait(20) == 0


def test_a_message_that_a_node_does_not_take_fails_the_step(tmp_path: Path) -> None:
    with answering("callee_answers", tmp_path) as port:
        done = subprocess.run(
            [OFFHOOK, "call", f"sip:x@127.0.0.1:{port}", "--send-message", "{}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert (
        "offhook call: the message was not delivered: the peer of the call takes no messages" in done.stderr
    )
