"""Recordings of live calls through the SDK: begun with the call or while it runs, paused, ended, heard of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import downloaded, sdk_client
from tests.support.sipp import answering
from tests.support.sound import RATE_HZ, places, read_tracks, spoken

pytestmark = pytest.mark.peer

WORDS = "The quick brown fox jumps over the lazy dog."
STAY = '<Response><Redirect method="POST">{base}/answered</Redirect></Response>'
WAIT = "<Response><Pause length='60'/></Response>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/answered": WAIT, "/news": "", "/heard": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        yield node


def placed(node: Node, application: WebApplication, port: int, **parameters: Any) -> Any:
    """A call that SIPp has answered and whose document runs."""
    twiml = STAY.format(base=application.base_url)
    client = sdk_client(node)
    call = client.calls.create(to=f"sip:x@127.0.0.1:{port}", from_="sip:desk@host", twiml=twiml, **parameters)
    assert application.next_request().path == "/answered"
    return call


def a_second_passes(call: Any, application: WebApplication) -> None:
    """The document waits for a second and then asks again."""
    redirect = f"<Redirect method='POST'>{application.base_url}/answered</Redirect>"
    call.update(twiml=f"<Response><Pause length='1'/>{redirect}</Response>")
    assert application.next_request().path == "/answered"


def refused(act: Any, *arguments: Any, **parameters: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        act(*arguments, **parameters)
    return caught.value.status, caught.value.code


def test_a_call_placed_with_record_is_recorded_from_its_answer_and_says_so_at_its_end(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = sdk_client(node).calls.create(
            to=f"sip:x@127.0.0.1:{port}",
            from_="sip:desk@host",
            twiml=f"<Response><Say>{WORDS}</Say></Response>",
            record=True,
            recording_channels="dual",
            trim="do-not-trim",
            recording_status_callback=f"{application.base_url}/heard",
            recording_status_callback_event=["in-progress completed"],
            status_callback=f"{application.base_url}/news",
        )
        asked = [application.next_request() for _ in range(3)]
    heard = [each.form for each in asked if each.path == "/heard"]
    (news,) = [each.form for each in asked if each.path == "/news"]
    assert [each["RecordingStatus"] for each in heard] == ["in-progress", "completed"]
    assert {each["RecordingSource"] for each in heard} == {"OutboundAPI"}
    assert (news["RecordingSid"], news["RecordingUrl"]) == (
        heard[-1]["RecordingSid"],
        heard[-1]["RecordingUrl"],
    )
    assert news["RecordingDuration"] == heard[-1]["RecordingDuration"]
    (recording,) = sdk_client(node).recordings.list(call_sid=call.sid)
    assert (recording.channels, recording.status) == (2, "completed")
    _, said = read_tracks(downloaded(node, news["RecordingUrl"] + ".wav"))
    assert places(said, spoken(WORDS))


def test_a_recording_is_begun_paused_gone_on_with_and_ended(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        begun = call.recordings.create(
            recording_status_callback=f"{application.base_url}/heard",
            recording_status_callback_event=["in-progress", "completed"],
            recording_channels="dual",
        )
        assert (begun.status, begun.channels, begun.source) == (
            "in-progress",
            2,
            "StartCallRecordingAPI",
        )
        assert application.next_request().form["RecordingStatus"] == "in-progress"
        one = call.recordings(begun.sid)
        a_second_passes(call, application)
        assert one.update(status="paused", pause_behavior="skip").status == "paused"
        assert one.fetch().status == "paused"
        a_second_passes(call, application)
        assert call.recordings("Twilio.CURRENT").update(status="in-progress").status == "in-progress"
        a_second_passes(call, application)
        assert one.update(status="stopped").status == "stopped"
        done = application.next_request().form
        assert (done["RecordingSid"], done["RecordingStatus"]) == (begun.sid, "completed")
        assert one.fetch().status == "completed"
        assert refused(one.update, status="paused") == (400, 21220)
        assert refused(call.recordings("Twilio.CURRENT").update, status="stopped") == (404, 20404)
        assert call.update(status="completed").status == "completed"
    tracks = read_tracks(downloaded(node, done["RecordingUrl"]))
    assert len(tracks) == 2
    assert len(tracks[0]) == pytest.approx(2 * RATE_HZ, abs=0.7 * RATE_HZ), "the pause was skipped"
    assert one.delete()


def test_what_cannot_be_recorded_is_refused_by_code(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port)
        assert refused(call.recordings.create, recording_channels="three") == (422, 20422)
        assert refused(call.recordings.create, recording_track="everything") == (422, 20422)
        assert refused(call.recordings.create, trim="a-bit") == (422, 20422)
        assert refused(call.recordings.create, recording_status_callback="nowhere") == (400, 21609)
        assert refused(
            call.recordings.create,
            recording_status_callback="http://h/x",
            recording_status_callback_event=["burned"],
        ) == (400, 21626)
        begun = call.recordings.create()
        assert refused(call.recordings(begun.sid).update, status="burned") == (422, 20422)
        assert refused(call.recordings(begun.sid).update, status="paused", pause_behavior="hum") == (
            422,
            20422,
        )
        assert refused(call.recordings("RE" + "0" * 32).update, status="paused") == (404, 20404)
        call.update(status="completed")
    assert refused(call.recordings.create) == (400, 21220)


def test_keys_are_sent_after_the_answer_and_before_the_document(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_answers", tmp_path) as port:
        call = placed(node, application, port, send_digits="1w2#", record=True)
        assert call.update(status="completed").status == "completed"
        create = sdk_client(node).calls.create
        to, base = f"sip:x@127.0.0.1:{port}", {"from_": "sip:desk@host", "twiml": WAIT}
        assert refused(create, to=to, send_digits="12E", **base) == (400, 21206)
        assert refused(create, to=to, send_digits="1" * 33, **base) == (400, 21206)


def test_an_application_says_what_runs_and_who_is_told(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    client = sdk_client(node)
    application.documents["/own"] = "<Response><Hangup/></Response>"
    one = client.applications.create(
        friendly_name="own",
        voice_url=f"{application.base_url}/own",
        status_callback=f"{application.base_url}/news",
    )
    with answering("callee_answers", tmp_path) as port:
        to = f"sip:x@127.0.0.1:{port}"
        call = client.calls.create(to=to, from_="sip:desk@host", application_sid=one.sid)
        asked = [application.next_request() for _ in range(2)]
        assert [each.path for each in asked] == ["/own", "/news"]
        assert asked[1].form["CallStatus"] == "completed"
        assert {each.form["CallSid"] for each in asked} == {call.sid}
        nobody = "AP" + "0" * 32
        assert refused(client.calls.create, to=to, from_="x", application_sid=nobody) == (400, 21218)
        empty = client.applications.create(friendly_name="empty").sid
        assert refused(client.calls.create, to=to, from_="x", application_sid=empty) == (400, 21218)


def test_a_client_is_called_by_its_name(node: Node) -> None:
    client = sdk_client(node)
    call = client.calls.create(to="client:nobody.here", from_="sip:desk@host", twiml=WAIT)
    assert (call.to, call.to_formatted) == ("client:nobody.here", "client:nobody.here")
    assert refused(client.calls.create, to="client:", from_="x", twiml=WAIT) == (400, 21211)
    assert refused(client.calls.create, to="client:two words", from_="x", twiml=WAIT) == (400, 21211)
