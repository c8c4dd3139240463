"""Streams of live calls through the SDK: begun, heard, stopped by name; and what the inspector shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.base.redact import Secret
from offhook.webhook.signature import sign
from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import downloaded, sdk_client
from tests.support.sipp import answering
from tests.support.stream_peer import StreamPeer, running_stream_peer

pytestmark = pytest.mark.peer

STAY = '<Response><Redirect method="POST">{base}/answered</Redirect></Response>'
WAIT = "<Response><Pause length='60'/></Response>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/answered": WAIT, "/news": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    connectors = "main=sip:127.0.0.1:9;transport=tcp"  # where nobody listens
    with running_node(tmp_path_factory.mktemp("node"), siprec_connectors=connectors) as node:
        yield node


@pytest.fixture
def peer() -> Iterator[StreamPeer]:
    with running_stream_peer() as peer:
        yield peer


def placed(node: Node, application: WebApplication, port: int) -> Any:
    """A call that SIPp has answered and whose document runs."""
    twiml = STAY.format(base=application.base_url)
    call = sdk_client(node).calls.create(to=f"sip:x@127.0.0.1:{port}", from_="sip:desk@host", twiml=twiml)
    assert application.next_request().path == "/answered"
    return call


def refused(act: Any, *arguments: Any, **parameters: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        act(*arguments, **parameters)
    return caught.value.status, caught.value.code


def test_a_stream_is_begun_and_stopped_by_its_name(
    node: Node, application: WebApplication, peer: StreamPeer, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        client = sdk_client(node)
        stream = client.calls(call.sid).streams.create(
            url=peer.url,
            name="mine",
            track="both_tracks",
            status_callback=f"{application.base_url}/news",
            parameter1_name="First",
            parameter1_value="Ann",
        )
        assert stream.sid.startswith("MZ")
        assert (stream.call_sid, stream.name, stream.status) == (call.sid, "mine", "in-progress")
        start = peer.next("start")
        assert start["streamSid"] == stream.sid
        assert start["start"]["tracks"] == ["inbound", "outbound"]
        assert start["start"]["customParameters"] == {"First": "Ann"}
        assert peer.signatures == [sign(Secret(node.auth_token), peer.url)]
        assert peer.next("media")["media"]["track"] in ("inbound", "outbound")
        assert refused(client.calls(call.sid).streams.create, url=peer.url, name="mine") == (400, 31941)
        more = client.calls(call.sid).streams.create(url=peer.url, track="both_tracks")
        assert more.name == more.sid
        assert refused(client.calls(call.sid).streams.create, url=peer.url) == (400, 31941)
        stopped = client.calls(call.sid).streams("mine").update(status="stopped")
        assert (stopped.sid, stopped.status) == (stream.sid, "stopped")
        assert refused(client.calls(call.sid).streams("mine").update, status="stopped") == (404, 20404)
        news = [application.next_request() for _ in range(2)]
        assert [each.form["StreamEvent"] for each in news] == ["stream-started", "stream-stopped"]
        assert {each.form["StreamName"] for each in news} == {"mine"}
        shown = downloaded(node, f"{node.base_url}/offhook/v1/Calls/{call.sid}/Streams")
        assert b'"frames_sent":' in shown
        assert b'"status":"stopped"' in shown
        call.update(status="completed")


def test_what_cannot_be_streamed_is_refused(
    node: Node, application: WebApplication, peer: StreamPeer, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        create = sdk_client(node).calls(call.sid).streams.create
        assert refused(create, url="https://agent.test/") == (400, 21205)
        assert refused(create, url=peer.url, track="no_track") == (422, 20422)
        assert refused(create, url=peer.url, status_callback="nowhere") == (400, 21609)
        call.update(status="completed")
        assert refused(create, url=peer.url) == (400, 21220)
        assert refused(sdk_client(node).calls("CA" + "0" * 32).streams.create, url=peer.url) == (404, 20404)


def test_a_call_is_passed_on_to_a_connector_of_the_operators(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        sessions = sdk_client(node).calls(call.sid).siprec
        assert refused(sessions.create, connector_name="nobody") == (422, 20422)
        bad = {"parameter1_name": "no header", "parameter1_value": "x"}
        assert refused(sessions.create, connector_name="main", **bad) == (422, 20422)
        session = sessions.create(
            connector_name="main", name="mine", status_callback=f"{application.base_url}/news"
        )
        assert session.sid.startswith("SR")
        assert (session.call_sid, session.name, session.status) == (call.sid, "mine", "in-progress")
        news = application.next_request().form
        assert (news["SiprecSid"], news["SiprecEvent"]) == (session.sid, "siprec-error")
        assert news["SiprecErrorCode"] == "12400"
        gone = sdk_client(node).calls(call.sid).siprec("mine")
        assert refused(gone.update, status="stopped") == (404, 20404)
        call.update(status="completed")
