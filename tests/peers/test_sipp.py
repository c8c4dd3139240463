"""SIPp calls a node: the flows of RFC 3665 as an independent stack plays them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.rest import Client

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sipp import play

pytestmark = pytest.mark.peer

DOMAIN = "app.sip.localhost"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", f"{application.base_url}/voice") as node:
        yield node


@pytest.fixture
def sdk(node: Node) -> Client:
    return sdk_client(node)


def answer(application: WebApplication, document: str) -> None:
    application.documents["/voice"] = document
    application.asked.queue.clear()


def test_rfc3665_3_1_session_establishment_and_bye_from_the_caller(
    node: Node, application: WebApplication, sdk: Client, tmp_path: Path
) -> None:
    answer(application, "<Response><Say>Hello.</Say><Pause length='30'/></Response>")
    play("caller_hangs_up", node.sip_port, tmp_path, domain=DOMAIN, calls=10)
    forms = [application.next_request().form for _ in range(10)]
    assert {form["CallStatus"] for form in forms} == {"ringing"}
    assert {form["SipHeader_X-Order"] for form in forms} == {"4711"}
    for form in forms:
        call = sdk.calls(form["CallSid"]).fetch()
        assert (call.status, call.duration, call.direction) == ("completed", "1", "inbound")


def test_the_end_of_the_document_hangs_up(
    node: Node, application: WebApplication, sdk: Client, tmp_path: Path
) -> None:
    answer(application, "<Response><Say>Hello.</Say></Response>")
    play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
    assert sdk.calls(application.next_request().form["CallSid"]).fetch().status == "completed"


def test_rfc3665_3_8_caller_gives_up_while_it_rings(
    node: Node, application: WebApplication, sdk: Client, tmp_path: Path
) -> None:
    answer(application, "<Response><Pause length='30'/><Say>Too late.</Say></Response>")
    play("caller_gives_up", node.sip_port, tmp_path, domain=DOMAIN)
    call = sdk.calls(application.next_request().form["CallSid"]).fetch()
    assert (call.status, call.duration) == ("no-answer", None)


@pytest.mark.parametrize(
    ("reason", "sip_status", "call_status"), [("busy", 486, "busy"), ("rejected", 404, "no-answer")]
)
def test_reject_is_the_final_response(
    node: Node,
    application: WebApplication,
    sdk: Client,
    tmp_path: Path,
    *,
    reason: str,
    sip_status: int,
    call_status: str,
) -> None:
    answer(application, f"<Response><Reject reason='{reason}'/></Response>")
    play(f"refused_{sip_status}", node.sip_port, tmp_path, domain=DOMAIN)
    assert sdk.calls(application.next_request().form["CallSid"]).fetch().status == call_status


def test_an_unknown_domain_is_refused_without_a_record(
    node: Node, application: WebApplication, sdk: Client, tmp_path: Path
) -> None:
    answer(application, "<Response/>")
    before = {call.sid for call in sdk.calls.list()}
    play("refused_403", node.sip_port, tmp_path, domain="nobody.sip.localhost")
    assert {call.sid for call in sdk.calls.list()} == before
    assert application.asked.empty()


def test_a_domain_without_an_access_list_takes_nobody(
    node: Node, application: WebApplication, sdk: Client, tmp_path: Path
) -> None:
    sdk.sip.domains.create(domain_name="closed.sip.localhost", voice_url=f"{application.base_url}/voice")
    play("refused_403", node.sip_port, tmp_path, domain="closed.sip.localhost")
    assert application.asked.empty()
