"""`POST /Calls/{Sid}` through the SDK, on real calls of a real node.

SIPp answers, the application says what runs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sipp import answering

pytestmark = pytest.mark.peer

STAY = '<Response><Redirect method="POST">{base}/answered</Redirect></Response>'
WAIT = "<Response><Say>Please hold.</Say><Pause length='60'/></Response>"
REDIRECT = '<Response><Redirect method="POST">{base}/redirected</Redirect></Response>'
BYE = "<Response><Hangup/></Response>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application(
        {"/answered": WAIT, "/redirected": WAIT, "/other": WAIT, "/bye": BYE}
    ) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        yield node


def placed(node: Node, application: WebApplication, port: int) -> Any:
    """A call that SIPp has answered and whose document runs."""
    twiml = STAY.format(base=application.base_url)
    call = sdk_client(node).calls.create(to=f"sip:x@127.0.0.1:{port}", from_="sip:desk@host", twiml=twiml)
    assert application.next_request().path == "/answered"
    return call


def refused(call: Any, **changes: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call.update(**changes)
    return caught.value.status, caught.value.code


def test_a_running_call_is_redirected_by_twiml_and_by_url_and_then_ended(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        changed = call.update(twiml=REDIRECT.format(base=application.base_url))
        assert (changed.sid, changed.status) == (call.sid, "in-progress")
        assert application.next_request().path == "/redirected"
        call.update(url=f"{application.base_url}/other", fallback_url=f"{application.base_url}/bye")
        asked = application.next_request()
        assert (asked.path, asked.form["CallSid"], asked.form["CallStatus"]) == (
            "/other",
            call.sid,
            "in-progress",
        )
        ended = call.update(status="completed")
        assert (ended.status, ended.end_time is not None) == ("completed", True)
        again = call.update(status="completed")
        assert again.status == "completed", "ending what has ended changes nothing"
    assert refused(call, twiml=BYE) == (400, 21220)


def test_the_fallback_given_with_the_url_is_asked(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        call.update(url=f"{application.base_url}/nowhere", fallback_url=f"{application.base_url}/bye")
        assert application.next_request().path == "/nowhere"
        asked = application.next_request()
        assert (asked.path, asked.form["ErrorCode"]) == ("/bye", "11200")
    assert sdk_client(node).calls(call.sid).fetch().status == "completed"


def test_a_call_that_rings_is_canceled_and_cannot_be_redirected(node: Node, tmp_path: Path) -> None:
    with answering("callee_rings", tmp_path) as port:
        call = sdk_client(node).calls.create(to=f"sip:x@127.0.0.1:{port}", from_="sip:desk@host", twiml=BYE)
        assert refused(call, twiml=BYE) == (400, 21220)
        assert call.update(status="canceled").status == "canceled"


def test_what_cannot_be_is_refused_by_name(node: Node, application: WebApplication, tmp_path: Path) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        assert refused(call, status="canceled") == (400, 21220)
        assert refused(call, status="busy")[0] == 422
        assert refused(call, url="ftp://x")[1] == 21205
        assert refused(call, url=f"{application.base_url}/other", twiml=BYE)[0] == 422
        assert refused(call, twiml="<Response>" + "x" * 4000 + "</Response>")[1] == 32018
        assert refused(call, time_limit=0)[0] == 422
        assert call.update(status="completed").status == "completed"
    client = sdk_client(node)
    with pytest.raises(TwilioRestException) as caught:
        client.calls("CA" + "0" * 32).update(status="completed")
    assert (caught.value.status, caught.value.code) == (404, 20404)


def callbacks(application: WebApplication, count: int) -> list[Any]:
    return [application.next_request() for _ in range(count)]


def test_the_four_callbacks_come_in_order_and_are_signed(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    application.documents["/news"] = ""
    with answering("callee_answers", tmp_path) as port:
        sdk_client(node).calls.create(
            to=f"sip:x@127.0.0.1:{port}",
            from_="sip:desk@host",
            twiml=BYE,
            status_callback=f"{application.base_url}/news",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        news = callbacks(application, 4)
    assert [each.form["CallStatus"] for each in news] == ["initiated", "ringing", "in-progress", "completed"]
    assert [each.form["SequenceNumber"] for each in news] == ["0", "1", "2", "3"]
    validator = RequestValidator(node.auth_token)
    assert all(validator.validate(each.url, each.form, each.signature) for each in news)
    assert news[-1].form["SipResponseCode"] == "200"


@pytest.mark.parametrize("status", ["canceled", "no-answer"])
def test_the_end_of_a_call_that_is_not_answered_is_told_with_its_sip_response(
    node: Node, application: WebApplication, tmp_path: Path, status: str
) -> None:
    application.documents["/news"] = ""
    with answering("callee_rings", tmp_path) as port:
        call = sdk_client(node).calls.create(
            to=f"sip:x@127.0.0.1:{port}",
            from_="sip:desk@host",
            twiml=BYE,
            timeout=1 if status == "no-answer" else 60,
            status_callback=f"{application.base_url}/news",
            status_callback_event=["ringing", "completed"],
        )
        news = callbacks(application, 1)
        if status == "canceled":
            assert call.update(status="canceled").status == "canceled"
        news += callbacks(application, 1)
    assert [each.form["CallStatus"] for each in news] == ["ringing", status]
    end = news[-1].form
    assert (end["SipResponseCode"], end["CallDuration"], end["SequenceNumber"]) == ("487", "0", "1")
    ended = call.fetch()
    assert (ended.status, ended.duration) == (status, None)
    assert call.date_created <= ended.start_time <= ended.end_time


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback": "http://h/x", "status_callback_event": ["answered", "asleep"]}, 21626),
        ({"status_callback": "http://h/x", "status_callback_method": "PUT"}, 21209),
    ],
)
def test_a_callback_that_cannot_be_is_refused_by_code(
    node: Node, parameters: dict[str, Any], code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        sdk_client(node).calls.create(to="sip:x@127.0.0.1:9", from_="sip:a@b", twiml=BYE, **parameters)
    assert (caught.value.status, caught.value.code) == (400, code)
