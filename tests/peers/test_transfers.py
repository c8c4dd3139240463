"""Transfers between three real phones: blind by baresip, attended by linphone, and who is heard where."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import LIMIT_S, WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.linphone import registered_linphone
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import downloaded, sdk_client, whole_recordings
from tests.support.sound import RATE_HZ, Samples, level, read_tracks, read_wav, tone

pytestmark = pytest.mark.peer

ALICE_HZ, BOB_HZ, CAROL_HZ = 440, 560, 710
TALK_S = 2
RECORDED = "record='record-from-answer-dual'"
TO_BOB = f"<Sip>bob@{OFFICE}</Sip>"
TO_CAROL = f"<Sip>carol@{OFFICE}</Sip>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node"), "--voice-url", voice_url) as node:
        open_office(node, "alice", "bob", "carol", voice_url=voice_url)
        yield node


def answer_with(application: WebApplication, path: str, dial: str) -> None:
    application.documents[path] = f"<Response>{dial}</Response>"


def calls(node: Node, count: int) -> list[Any]:
    """The last calls, the oldest first."""
    return list(reversed(sdk_client(node).calls.list(limit=count)))


def tracks_of(node: Node, call_sid: str) -> tuple[Samples, ...]:
    (recording,) = whole_recordings(node, call_sid)
    url = f"{node.base_url}{recording.uri.removesuffix('.json')}.wav?RequestedChannels=2"
    return read_tracks(downloaded(node, url))


def wait_recorded(node: Node, call_sid: str) -> None:
    """Ask until a recording of the call has begun: nobody is told by the API."""
    limit = time.monotonic() + LIMIT_S
    while not sdk_client(node).recordings.list(call_sid=call_sid):
        assert time.monotonic() < limit


def last(samples: Samples) -> Samples:
    """The end of what was heard."""
    return samples[-round(1.5 * RATE_HZ) :]


@pytest.mark.parametrize("answer_on_bridge", ["true", "false"])
def test_a_blind_transfer_lets_the_caller_talk_with_a_third_phone(
    node: Node, application: WebApplication, tmp_path: Path, answer_on_bridge: str
) -> None:
    refer = f"referUrl='/refer' answerOnBridge='{answer_on_bridge}' action='/done' {RECORDED}"
    answer_with(application, "/voice", f"<Dial {refer}>{TO_BOB}</Dial>")
    onward = f"<Dial timeLimit='{TALK_S}' {RECORDED}>{TO_CAROL}</Dial>"
    answer_with(application, "/refer", f"<Pause length='2'/>{onward}")  # with answerOnBridge they talk on
    with (
        registered_baresip(tmp_path / "bob", Login("bob", node.sip_port), says=tone(BOB_HZ)) as bob,
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
        registered_baresip(tmp_path / "alice", Login("alice", node.sip_port), says=tone(ALICE_HZ)) as alice,
    ):
        alice.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        bob.wait_established()
        alice.wait_established()
        bob.command("transfer", f"sip:carol@{OFFICE}")
        asked = application.next_request()
        bob.wait_closed()
        carol.wait_established()
        carol.wait_closed()
        alice.wait_closed()
        assert level(last(read_wav(alice.heard())), CAROL_HZ) > 0.95
        assert level(read_wav(carol.heard()), ALICE_HZ) > 0.95
        if answer_on_bridge == "true":
            assert level(read_wav(bob.heard()), ALICE_HZ) > 0.95
    assert (asked.path, asked.form["ReferTransferTarget"]) == ("/refer", f"sip:carol@{OFFICE}")
    parent, to_bob, to_carol = calls(node, 3)
    assert asked.form["CallSid"] == parent.sid
    assert [each.parent_call_sid for each in (to_bob, to_carol)] == [parent.sid] * 2
    assert {each.status for each in (parent, to_bob, to_carol)} == {"completed"}
    newest, oldest = (
        read_tracks(downloaded(node, f"{node.base_url}{each.uri.removesuffix('.json')}.wav"))
        for each in whole_recordings(node, parent.sid)
    )
    assert (level(newest[0], ALICE_HZ) > 0.95, level(newest[1], CAROL_HZ) > 0.95) == (True, True)
    if answer_on_bridge == "true":
        assert (level(oldest[0], ALICE_HZ) > 0.95, level(oldest[1], BOB_HZ) > 0.95) == (True, True)
        assert level(oldest[1], CAROL_HZ) < 0.01


def test_an_attended_transfer_joins_the_two_whom_a_phone_has_talked_with(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    answer_with(application, "/voice", f"<Dial timeLimit='12' action='/done' {RECORDED}>{TO_BOB}</Dial>")
    with (
        registered_linphone(tmp_path / "bob", Login("bob", node.sip_port)) as bob,
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
        registered_baresip(tmp_path / "alice", Login("alice", node.sip_port), says=tone(ALICE_HZ)) as alice,
    ):
        alice.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        alice.wait_established()
        bob.wait_established()
        answer_with(application, "/voice", f"<Dial {RECORDED}>{TO_CAROL}</Dial>")
        bob.command("pause 1")
        bob.printed.wait_for("to LinphoneCallPaused")
        bob.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        carol.wait_established()
        bob.wait_established()
        wait_recorded(node, calls(node, 2)[0].sid)  # which begins with the bridge
        bob.command("transfer 1 --to-call 2")
        bob.wait_closed()
        bob.wait_closed()
        done = application.next_request()
        carol.wait_closed()
        alice.wait_closed()
        assert level(last(read_wav(alice.heard())), CAROL_HZ) > 0.95
        assert level(last(read_wav(carol.heard())), ALICE_HZ) > 0.95
    assert (done.path, done.form["DialCallStatus"], done.form["DialBridged"]) == (
        "/done",
        "completed",
        "true",
    )
    alices, to_bob, bobs, to_carol = calls(node, 4)
    assert (done.form["CallSid"], done.form["DialCallSid"]) == (alices.sid, to_bob.sid)
    assert (to_bob.parent_call_sid, to_carol.parent_call_sid) == (alices.sid, bobs.sid)
    assert {each.status for each in (alices, to_bob, bobs, to_carol)} == {"completed"}
    assert int(to_carol.duration) > int(bobs.duration)
    mine, others = tracks_of(node, alices.sid)
    assert level(mine, ALICE_HZ) > 0.95
    assert level(last(others), CAROL_HZ) > 0.95


@pytest.mark.parametrize("kind", ["baresip", "linphone"])
def test_a_phone_that_is_referred_calls_the_target_and_the_action_is_told(
    node: Node, application: WebApplication, tmp_path: Path, kind: str
) -> None:
    refer = f"<Refer action='/done'><Sip>sip:carol@{OFFICE}?X-Case=42</Sip></Refer>"
    answer_with(application, "/voice", refer)
    running = registered_baresip if kind == "baresip" else registered_linphone
    with (
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
        running(tmp_path / "alice", Login("alice", node.sip_port)) as alice,
    ):
        alice.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        answer_with(application, "/voice", f"<Dial timeLimit='{TALK_S}'>{TO_CAROL}</Dial>")
        onward = application.next_request()
        done = application.next_request()
        carol.wait_established()
        carol.wait_closed()
    assert onward.path == "/voice"
    assert onward.form["To"].startswith(f"sip:carol@{OFFICE}"), "baresip leaves the headers in the URI"
    assert done.path == "/done"
    assert (done.form["ReferCallStatus"], done.form["ReferSipResponseCode"]) == ("in-progress", "202")
    assert done.form["NotifySipResponseCode"] == "200"
