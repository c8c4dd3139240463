"""The flows of RFC 3665 with SIPp as the other side: as registering phone, as caller, as callee.

Flow numbers are the RFC's. 3.1, 3.8 and 3.9 with the node as callee are in test_sipp.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sipp import answering, play

pytestmark = pytest.mark.peer

APP = "app.sip.localhost"
OFFICE = "office.sip.localhost"
USER, PASSWORD = "alice", "Correct-Horse-7"
REGISTRATIONS = {
    "register_new": "2.1 new registration",
    "register_update": "2.2 update of contact list",
    "register_query": "2.3 request for current contact list",
    "register_cancel": "2.4 cancellation of registration",
    "register_brief": "423 interval too brief",
}
PHONES = [f"{scenario}-{transport}" for scenario in REGISTRATIONS for transport in ("udp", "tcp")]
"""A user for each: five REGISTERs a second are all that one may send."""
SHORT = "<Response><Say>Hello.</Say></Response>"
LONG = "<Response><Say>Hello there.</Say><Pause length='30'/></Response>"
FINAL = ("completed", "busy", "failed", "no-answer", "canceled")


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node"), "--voice-url", voice_url) as node:
        sdk = sdk_client(node)
        users = sdk.sip.credential_lists.create("Office users")
        for user in (USER, *PHONES):
            sdk.sip.credential_lists(users.sid).credentials.create(user, PASSWORD)
        domain = sdk.sip.domains.create(OFFICE, voice_url=voice_url, sip_registration=True)
        sdk.sip.domains(domain.sid).auth.calls.credential_list_mappings.create(users.sid)
        sdk.sip.domains(domain.sid).auth.registrations.credential_list_mappings.create(users.sid)
        yield node


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("scenario", REGISTRATIONS, ids=REGISTRATIONS.get)
def test_registration(node: Node, tmp_path: Path, scenario: str, transport: str) -> None:
    user = f"{scenario}-{transport}"
    play(scenario, node.sip_port, tmp_path, domain=OFFICE, user=user, password=PASSWORD, transport=transport)


@pytest.mark.parametrize("scenario", ["register_wrong", "wrong_password"])
def test_2_5_a_wrong_password_is_refused_and_leaves_a_record(
    node: Node, tmp_path: Path, scenario: str
) -> None:
    play(scenario, node.sip_port, tmp_path, domain=OFFICE, user=USER, password="wrong")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_3_1_over_either_transport(
    node: Node, application: WebApplication, tmp_path: Path, transport: str
) -> None:
    application.documents["/voice"] = SHORT
    play("application_hangs_up", node.sip_port, tmp_path, domain=APP, transport=transport, calls=5)


def test_3_2_through_proxies_that_record_their_route(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    application.documents["/voice"] = SHORT
    play("through_proxies", node.sip_port, tmp_path, domain=APP)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_3_3_authenticated(node: Node, application: WebApplication, tmp_path: Path, transport: str) -> None:
    application.documents["/voice"] = LONG
    play(
        "authenticated",
        node.sip_port,
        tmp_path,
        domain=OFFICE,
        user=USER,
        password=PASSWORD,
        transport=transport,
    )


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param("late_offer", id="3.6 SDP in the ACK"),
        pytest.param("reinvited", id="3.7 re-INVITE"),
    ],
)
def test_session(node: Node, application: WebApplication, tmp_path: Path, scenario: str) -> None:
    application.documents["/voice"] = LONG
    play(scenario, node.sip_port, tmp_path, domain=APP)


def place(node: Node, port: int, **more: Any) -> Any:
    """Place a call to SIPp; gives its finished record."""
    sdk = sdk_client(node)
    call = sdk.calls.create(
        to=f"sip:x@127.0.0.1:{port}", from_="sip:desk@office.sip.localhost", twiml=SHORT, **more
    )
    assert (call.status, call.direction) == ("queued", "outbound-api")
    return call


def ended(node: Node, sid: str) -> Any:
    """The record of a call that SIPp has seen the end of: a read waits for what was written before it."""
    call = sdk_client(node).calls(sid).fetch()
    assert call.status in FINAL
    return call


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        pytest.param("callee_answers", "completed", id="3.1 answered"),
        pytest.param("callee_busy", "busy", id="3.9 busy"),
        pytest.param("callee_unavailable", "no-answer", id="3.11 temporarily unavailable"),
    ],
)
def test_the_node_calls(node: Node, tmp_path: Path, scenario: str, status: str) -> None:
    with answering(scenario, tmp_path) as port:
        call = place(node, port)
    assert ended(node, call.sid).status == status


def test_3_3_the_callee_asks_for_credentials(node: Node, tmp_path: Path) -> None:
    with answering("callee_challenges", tmp_path) as port:
        call = place(node, port, sip_auth_username="caller", sip_auth_password="secret")
    assert ended(node, call.sid).status == "completed"


def test_3_6_the_callee_has_moved(node: Node, tmp_path: Path) -> None:
    with (
        answering("callee_answers", tmp_path / "there") as there,
        answering("callee_redirects", tmp_path / "here", moved_to=f"127.0.0.1:{there}") as port,
    ):
        call = place(node, port)
    assert ended(node, call.sid).status == "completed"


def test_3_8_nobody_answers(node: Node, tmp_path: Path) -> None:
    with answering("callee_rings", tmp_path) as port:
        call = place(node, port, timeout=1)
    assert ended(node, call.sid).status == "no-answer"


def test_3_10_nobody_is_there(node: Node, tmp_path: Path) -> None:
    with answering("callee_busy", tmp_path) as port:
        gone = place(node, port + 1 if port % 2 else port - 1)
        place(node, port)
    sdk = sdk_client(node)
    assert sdk.calls(gone.sid).fetch().status == "failed"
    (noted,) = sdk.calls(gone.sid).notifications.list()
    assert noted.error_code == "32011"
