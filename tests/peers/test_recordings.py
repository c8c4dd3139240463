"""`<Record>` on a real node: a real phone speaks, the recording is downloaded by the URL that was told."""

import resource
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.postgres import PostgresCluster
from tests.support.sdk import downloaded, sdk_client
from tests.support.sound import RATE_HZ, level, read_tracks, tone

pytestmark = pytest.mark.peer

HZ, LENGTH_S = 620, 3
FILE_BYTES = 65_536


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>", "/news": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node")) as node:
        open_office(node, "carol", voice_url=voice_url)
        yield node


def test_what_a_phone_says_is_recorded_told_of_and_downloaded(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    attributes = f"maxLength='{LENGTH_S}' timeout='0' recordingStatusCallback='/news' action='/done'"
    application.documents["/voice"] = f"<Response><Record {attributes}/></Response>"
    with registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(HZ)) as carol:
        carol.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        carol.wait_closed()
    asked = {each.path: each.form for each in (application.next_request(), application.next_request())}
    done, news = asked["/done"], asked["/news"]
    assert (done["RecordingSid"], done["Digits"]) == (news["RecordingSid"], "")
    assert int(done["RecordingDuration"]) == int(news["RecordingDuration"]) == LENGTH_S
    assert (news["RecordingStatus"], news["RecordingSource"]) == ("completed", "RecordVerb")
    (recording,) = sdk_client(node).recordings.list()
    assert (recording.sid, recording.channels, recording.status) == (done["RecordingSid"], 1, "completed")

    (heard,) = read_tracks(downloaded(node, done["RecordingUrl"]))
    assert len(heard) == pytest.approx(LENGTH_S * RATE_HZ, abs=RATE_HZ / 5)
    assert level(heard, HZ) > 0.95
    path = tmp_path / "recording.mp3"
    path.write_bytes(downloaded(node, done["RecordingUrl"] + ".mp3"))
    subprocess.run(["lame", "--quiet", "--decode", path, path.with_suffix(".wav")], check=True)
    (decoded,) = read_tracks(path.with_suffix(".wav").read_bytes())
    assert level(decoded, HZ) > 0.95


def test_the_action_plays_the_caller_what_was_recorded(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    attributes = f"maxLength='{LENGTH_S}' timeout='0' playBeep='false' action='/played'"
    application.documents["/voice"] = f"<Response><Record {attributes}/></Response>"
    application.held["/played"] = threading.Event()
    with registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(HZ)) as carol:
        carol.dial(f"sip:anybody@{OFFICE}")
        voice, played = application.next_request(), application.next_request()
        url = played.form["RecordingUrl"]
        application.documents["/played"] = f"<Response><Play>{url}.mp3</Play></Response>"
        application.held["/played"].set()
        carol.wait_closed()
    call = sdk_client(node).calls(voice.form["CallSid"])
    assert [note.message_text for note in call.notifications.list()] == []
    assert int(call.fetch().duration) == pytest.approx(2 * LENGTH_S, abs=1)


def test_a_phone_that_says_nothing_leaves_no_recording(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    callback = "recordingStatusCallback='/news' recordingStatusCallbackEvent='absent'"
    application.documents["/voice"] = (
        f"<Response><Record timeout='2' action='/done' {callback}/><Redirect>/next</Redirect></Response>"
    )
    application.documents["/next"] = "<Response><Hangup/></Response>"
    with registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=bytes(16_000)) as carol:
        carol.dial(f"sip:anybody@{OFFICE}")
        voice = application.next_request()
        carol.wait_closed()
    asked = {each.path: each.form for each in (application.next_request(), application.next_request())}
    assert (asked["/news"]["RecordingStatus"], asked["/news"]["ErrorCode"]) == ("absent", "16102")
    assert asked["/next"]["CallStatus"] == "in-progress", "the next verb ran, and the action was not asked"
    notes = sdk_client(node).calls(voice.form["CallSid"]).notifications.list()
    assert [note.error_code for note in notes] == ["16102"]


def test_a_disk_that_takes_no_more_ends_the_recording_and_what_is_there_is_kept(
    application: WebApplication, postgres: PostgresCluster, tmp_path: Path
) -> None:
    """The system refuses the node files of more than 64 KiB, which no file but the recording has here."""
    attributes = (
        "maxLength='60' timeout='0' trim='do-not-trim' recordingStatusCallback='/news' action='/done'"
    )
    application.documents["/voice"] = f"<Response><Record {attributes}/></Response>"
    with running_node(tmp_path, database_url=postgres.new_database()) as node:
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))
        open_office(node, "carol", voice_url=f"{application.base_url}/voice")
        with registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(HZ)) as carol:
            carol.dial(f"sip:anybody@{OFFICE}")
            voice = application.next_request()
            carol.wait_closed()
        asked = {each.path: each.form for each in (application.next_request(), application.next_request())}
        done, news = asked["/done"], asked["/news"]
        assert (news["RecordingStatus"], news["ErrorCode"]) == ("completed", "0")
        seconds = int(done["RecordingDuration"])
        assert 2 <= seconds <= 4, "64 KiB hold four seconds"
        (heard,) = read_tracks(downloaded(node, done["RecordingUrl"]))
        assert len(heard) == pytest.approx(seconds * RATE_HZ, abs=RATE_HZ / 2)
        assert level(heard, HZ) > 0.95
        (note,) = sdk_client(node).calls(voice.form["CallSid"]).notifications.list()
        assert note.error_code == "12400"
        assert "File too large" in note.message_text
    assert "recording.failed" in (tmp_path / "node.log").read_text()
