"""`POST /Calls` to a number through the SDK, on a real node: two calls, two records, two documents."""

from collections.abc import Iterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

SUPPORT, ME = "+15550100200", "+15550100300"
CALLER = "<Response><Pause length='30'/></Response>"
NUMBER = "<Response><Say>Support.</Say></Response>"


@pytest.fixture
def application() -> Iterator[WebApplication]:
    with running_application({"/number": NUMBER, "/caller": CALLER, "/news": "", "/number-news": ""}) as app:
        yield app


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        sdk_client(node).incoming_phone_numbers.create(phone_number=ME)
        yield node


@pytest.fixture
def number(node: Node, application: WebApplication) -> Iterator[Any]:
    base = application.base_url
    made = sdk_client(node).incoming_phone_numbers.create(
        phone_number=SUPPORT, voice_url=f"{base}/number", status_callback=f"{base}/number-news"
    )
    yield made
    made.delete()


def placed(node: Node, application: WebApplication, **parameters: Any) -> Any:
    base = application.base_url
    return sdk_client(node).calls.create(
        **{
            "to": SUPPORT,
            "from_": ME,
            "url": f"{base}/caller",
            "status_callback": f"{base}/news",
            "status_callback_event": ["initiated", "ringing", "answered", "completed"],
            **parameters,
        }
    )


def test_a_number_of_the_node_answers_with_a_call_of_its_own(
    node: Node, application: WebApplication, number: Any
) -> None:
    call = placed(node, application, to="(555) 010-0200")
    assert (call.to, call._from, call.status, call.direction) == (SUPPORT, ME, "queued", "outbound-api")
    asked = [application.next_request() for _ in range(7)]
    by_path = {each.path: each.form for each in asked if each.path != "/news"}
    theirs, ours = by_path["/number"], by_path["/caller"]
    assert {name: theirs[name] for name in ("To", "Called", "From", "Caller", "Direction", "CallStatus")} == {
        "To": SUPPORT,
        "Called": SUPPORT,
        "From": ME,
        "Caller": ME,
        "Direction": "inbound",
        "CallStatus": "ringing",
    }
    assert not [name for name in theirs if name.startswith("Sip") or name == "ParentCallSid"]
    assert (ours["CallSid"], ours["Direction"], ours["CallStatus"]) == (
        call.sid,
        "outbound-api",
        "in-progress",
    )
    assert theirs["CallSid"] != call.sid
    news = [each.form["CallStatus"] for each in asked if each.path == "/news"]
    assert news == ["initiated", "ringing", "in-progress", "completed"]
    assert (by_path["/number-news"]["CallSid"], by_path["/number-news"]["CallStatus"]) == (
        theirs["CallSid"],
        "completed",
    )
    validator = RequestValidator(node.auth_token)
    assert all(validator.validate(each.url, each.form, each.signature) for each in asked)
    sdk = sdk_client(node)
    listed = {one.sid: one for one in sdk.calls.list(to=SUPPORT)}
    assert listed.keys() == {call.sid, theirs["CallSid"]}
    assert {one.status for one in listed.values()} == {"completed"}
    inbound = listed[theirs["CallSid"]]
    assert (inbound.direction, inbound.parent_call_sid, inbound._from) == ("inbound", None, ME)
    assert inbound.phone_number_sid == number.sid


def test_the_caller_can_be_canceled_while_the_number_rings(
    node: Node, application: WebApplication, number: Any
) -> None:
    application.documents["/number"] = "<Response><Pause length='30'/></Response>"
    call = placed(node, application, status_callback_event=["completed"])
    theirs = application.next_request()
    assert theirs.path == "/number"
    canceled = call.update(status="canceled")
    assert canceled.status == "canceled"
    assert canceled.start_time is not None
    ends = {end.path: end.form for end in (application.next_request(), application.next_request())}
    assert {path: (form["CallSid"], form["CallStatus"]) for path, form in ends.items()} == {
        "/news": (call.sid, "canceled"),
        "/number-news": (theirs.form["CallSid"], "no-answer"),
    }


@pytest.mark.parametrize(("to", "code"), [("+15550100999", 21214), ("5550100999", 21214), ("555", 21211)])
def test_any_other_number_is_refused_at_once(
    node: Node, application: WebApplication, number: Any, to: str, code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        placed(node, application, to=to)
    assert (caught.value.status, caught.value.code) == (400, code)
