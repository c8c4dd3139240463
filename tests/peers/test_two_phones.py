"""Two real phones put through to each other by `<Dial>`: each hears the other, and the records say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import downloaded, sdk_client, whole_recordings
from tests.support.sound import RATE_HZ, level, read_tracks, read_wav, tone

pytestmark = pytest.mark.peer

CAROL_HZ, DAVE_HZ = 440, 710
TALK_S = 4


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>", "/news": ""}) as application:
        yield application


@pytest.fixture(scope="module", params=[1, 2], ids=["1 worker", "2 workers"])
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, application: WebApplication
) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", voice_url, media_workers=str(request.param)) as node:
        open_office(node, "carol", "dave", voice_url=voice_url)
        yield node


def put_through(application: WebApplication, noun: str, attributes: str = "") -> None:
    application.documents["/voice"] = f"<Response><Dial action='/done' {attributes}>{noun}</Dial></Response>"


def calls(node: Node) -> dict[str, Any]:
    """The two last calls by their direction."""
    return {call.direction: call for call in sdk_client(node).calls.list(limit=2)}


@pytest.mark.parametrize(
    "noun", [f"<Sip>dave@{OFFICE}</Sip>", "<Client>dave</Client>"], ids=["Sip", "Client"]
)
def test_each_hears_the_other_until_the_time_is_up(
    node: Node, application: WebApplication, tmp_path: Path, noun: str
) -> None:
    put_through(application, noun, f"timeLimit='{TALK_S}'")
    with (
        registered_baresip(tmp_path / "dave", Login("dave", node.sip_port), says=tone(DAVE_HZ)) as dave,
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
    ):
        carol.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        dave.wait_established()
        dave.wait_closed()
        done = application.next_request()
        carol.wait_established()
        carol.wait_closed()
        assert level(read_wav(carol.heard()), DAVE_HZ) > 0.95
        assert level(read_wav(dave.heard()), CAROL_HZ) > 0.95
    parent, child = calls(node)["inbound"], calls(node)["outbound-dial"]
    assert (done.path, done.form["DialCallStatus"], done.form["DialBridged"]) == (
        "/done",
        "completed",
        "true",
    )
    assert (done.form["CallSid"], done.form["DialCallSid"]) == (parent.sid, child.sid)
    assert (child.parent_call_sid, child.status, parent.status) == (parent.sid, "completed", "completed")
    assert int(child.duration) == TALK_S


def test_both_are_recorded_each_on_a_channel_of_its_own(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    attributes = f"timeLimit='{TALK_S}' record='record-from-answer-dual' recordingStatusCallback='/news'"
    put_through(application, "<Client>dave</Client>", attributes)
    with (
        registered_baresip(tmp_path / "dave", Login("dave", node.sip_port), says=tone(DAVE_HZ)) as dave,
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
    ):
        carol.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        dave.wait_closed()
        carol.wait_closed()
        asked = {each.path: each.form for each in (application.next_request(), application.next_request())}
    parent = calls(node)["inbound"]
    done, news = asked["/done"], asked["/news"]
    (recording,) = whole_recordings(node, parent.sid)
    assert done["RecordingUrl"] == news["RecordingUrl"]
    assert (news["RecordingSid"], news["CallSid"]) == (recording.sid, parent.sid)
    assert (news["RecordingStatus"], news["RecordingChannels"], news["RecordingSource"]) == (
        "completed",
        "2",
        "DialVerb",
    )
    assert recording.channels == 2
    assert int(recording.duration) == int(news["RecordingDuration"]) == TALK_S
    caller, callee = read_tracks(downloaded(node, done["RecordingUrl"] + ".wav"))
    assert len(caller) == pytest.approx(TALK_S * RATE_HZ, abs=RATE_HZ / 2)
    assert level(caller, CAROL_HZ) > 0.95
    assert level(callee, DAVE_HZ) > 0.95
    assert level(caller, DAVE_HZ) < 0.01
    assert level(callee, CAROL_HZ) < 0.01
