"""Speech by Twilio's SDK: a real node, real RTP, a phone that speaks in another voice than the node's."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.twiml.phones import Callees, Invitee, running_studio
from tests.contract.twiml.row import Act, Callee, Speak, Wait
from tests.support.application import Asked, WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

GREETING = "Hi, you have reached Anna, please leave a message after the beep"
SENTENCE = "I would like to talk to a person"
DOCUMENTS = {
    "/voice": "<Response><Pause length='2'/></Response>",
    "/talk": "<Response><Pause length='20'/></Response>",
    "/news": "<Response/>",
    "/listen": "<Response><Gather input='speech' speechTimeout='auto' action='/said'/></Response>",
    "/said": "<Response/>",
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture
def application() -> Iterator[WebApplication]:
    with running_application(DOCUMENTS) as running:
        yield running


def answered(folder: Path, does: tuple[Act, ...], act: Callable[[str], Any]) -> Any:
    """What `act` gives, which calls the URI of a phone that answers and does that."""

    async def scenario() -> Any:
        with running_studio(folder) as studio:
            callees = Callees(studio)
            await callees.open()
            callees.known["anna"] = Invitee(Callee(does=does, stays_s=12))
            try:
                result = await asyncio.to_thread(act, f"sip:anna@{callees.address}")
                await callees.finished()
            finally:
                callees.driver.close()
        return result

    return asyncio.run(scenario())


def test_the_document_of_a_call_waits_until_a_machine_is_known_and_is_told_of_it(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    client = sdk_client(node)

    def act(uri: str) -> tuple[Asked, str]:
        call = client.calls.create(
            to=uri, from_="desk", url=f"{application.base_url}/voice", machine_detection="Enable"
        )
        asked = application.next_request()
        client.calls(str(call.sid)).update(status="completed")
        return asked, str(client.calls(str(call.sid)).fetch().answered_by)

    asked, answered_by = answered(tmp_path, (Wait(0.4), Speak(GREETING)), act)
    assert (asked.path, asked.form["AnsweredBy"]) == ("/voice", "machine_start")
    assert 2_000 < int(asked.form["MachineDetectionDuration"]) < 6_000
    assert answered_by == "machine_start"


def test_a_live_call_is_transcribed_by_the_api_and_told(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    client = sdk_client(node)

    def act(uri: str) -> list[dict[str, str]]:
        sid = str(client.calls.create(to=uri, from_="desk", url=f"{application.base_url}/talk").sid)
        assert application.next_request().path == "/talk"
        begun = client.calls(sid).transcriptions.create(
            name="mine", status_callback_url=f"{application.base_url}/news", track="inbound_track"
        )
        assert (str(begun.sid)[:2], begun.name, begun.status) == ("GT", "mine", "in-progress")
        told = [application.next_request().form for _ in range(2)]
        stopped = client.calls(sid).transcriptions("mine").update(status="stopped")
        assert stopped.status == "stopped"
        told.append(application.next_request().form)
        client.calls(sid).update(status="completed")
        return told

    told = answered(tmp_path, (Wait(1.5), Speak(SENTENCE)), act)
    assert [each["TranscriptionEvent"].removeprefix("transcription-") for each in told] == [
        "started",
        "content",
        "stopped",
    ]
    said = json.loads(told[1]["TranscriptionData"])
    assert said["transcript"].lower().strip(".") == SENTENCE.lower()
    assert 0.5 < said["confidence"] <= 1.0
    assert (told[1]["Track"], told[1]["Final"]) == ("inbound_track", "true")


def recogniser_of(node: Node) -> int:
    """The process of its recogniser."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            is_recogniser = b"whisper_worker" in folder.joinpath("cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if int(parent) == node.process.pid and is_recogniser:
            return int(folder.name)
    raise AssertionError(f"there is no recogniser:\n{node.log()}")


def test_a_recogniser_that_is_killed_during_a_call_is_replaced_and_nobody_notices(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    client = sdk_client(node)

    def act(uri: str) -> tuple[int, Asked, int]:
        client.calls.create(to=uri, from_="desk", url=f"{application.base_url}/listen")
        assert application.next_request().path == "/listen"
        sleep_until(lambda: "recognizer.started" in node.log())
        killed = recogniser_of(node)
        os.kill(killed, signal.SIGKILL)
        return killed, application.next_request(), recogniser_of(node)

    killed, asked, replaced_by = answered(tmp_path, (Wait(2.5), Speak(SENTENCE)), act)
    assert asked.path == "/said"
    assert asked.form["SpeechResult"].lower().strip(".") == SENTENCE.lower()
    assert killed != replaced_by


def sleep_until(is_so: Callable[[], bool]) -> None:
    """Look every tenth of a second, for ten seconds."""
    for _ in range(100):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it did not become so")
