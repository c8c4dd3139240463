"""The examples as their heads describe them: started, dialled, heard."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from tests.support.application import running_application
from tests.support.baresip import running_baresip
from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, ROOT, Node, running_node
from tests.support.node_sdk import FOLDER, node_program
from tests.support.office import OFFICE, PASSWORD, open_office
from tests.support.sdk import downloaded, sdk_client
from tests.support.sound import RATE_HZ, Samples, level, places, read_tracks, read_wav, spans, spoken, tone

pytestmark = pytest.mark.peer

LIMIT_S = 60
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "auth-token-of-the-tests"
HZ = 440
SPEAKS_S = 12
"""How long a caller speaks, from the answer on: past the tone after which it is recorded."""


@contextmanager
def running_example(name: str, *program: str | Path, **variables: str) -> Iterator[str]:
    """Start an example; gives the URL of its first document.

    program: what runs it; this Python when there is none.
    """
    port = free_port()
    process = subprocess.Popen(
        [*(program or (sys.executable,)), ROOT / "examples" / name],
        env={**os.environ, "PORT": str(port), "TWILIO_AUTH_TOKEN": AUTH_TOKEN, **variables},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    guard = Timer(LIMIT_S, process.kill)
    guard.start()
    assert process.stderr is not None
    try:
        assert next(line for line in process.stderr if "Running on" in line)
        yield f"http://127.0.0.1:{port}/voice"
    finally:
        guard.cancel()
        process.terminate()
        process.stderr.close()
        process.wait(LIMIT_S)


@contextmanager
def node_for(folder: Path, voice_url: str, *arguments: str, **settings: str) -> Iterator[Node]:
    """A node whose account the examples know."""
    settings = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, **settings}
    with running_node(folder, "--voice-url", voice_url, *arguments, **settings) as node:
        yield node


def call(node: Node, folder: Path, *steps: str) -> Samples:
    """What a caller hears who goes through these steps until the other side hangs up."""
    recording = folder / "call.wav"
    command = [str(OFFHOOK), "call", f"sip:anyone@app.sip.localhost:{node.sip_port}", *steps]
    result = subprocess.run(
        [*command, "--record", str(recording)], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr + node.log()
    assert "the other side hung up" in result.stdout
    return read_wav(recording)


def test_every_example_is_in_the_table_and_below_100_lines() -> None:
    table = (ROOT / "examples" / "README.md").read_text()
    examples = [path for path in (ROOT / "examples").iterdir() if path.suffix in (".py", ".js", ".sh")]
    assert {path.name for path in examples} == set(re.findall(r"^\| \[`(\S+)`\]", table, re.MULTILINE))
    assert all(len(path.read_text().splitlines()) < 100 for path in examples)


def test_hello_answers_and_says(tmp_path: Path) -> None:
    with running_example("hello.py") as voice_url, node_for(tmp_path, voice_url) as node:
        assert places(call(node, tmp_path), spoken("Hello from your own application."))


def test_a_flask_application_with_twilios_library_checks_signatures_and_hears_the_keys(
    tmp_path: Path,
) -> None:
    with running_example("flask_ivr.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, "--press", "2WWW12345")
    assert places(heard, spoken("Order 1 2 3 4 5 is on its way. Goodbye."))


def test_the_right_pin_is_let_in_at_the_second_try(tmp_path: Path) -> None:
    with running_example("gather_pin.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, "--press", "9999WWW1234")
    assert places(heard, spoken("Welcome back."))


def test_who_waits_hears_where_they_stand_and_may_leave(tmp_path: Path) -> None:
    with running_example("call_queue.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, "--press", "W" * 7 + "1")
    assert places(heard, spoken("You are number 1 in the queue. Press 1 to be called back."))
    assert places(heard, spoken("We will call you back. Goodbye."))


def test_who_is_early_at_a_meeting_waits_and_may_leave(tmp_path: Path) -> None:
    with running_example("conference.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, "--press", "W" * 5 + "*")
    assert places(heard, spoken("You are early. The chair is not here yet."))
    assert places(heard, spoken("The meeting is over for you. Goodbye."))


def test_the_third_wrong_pin_ends_the_call(tmp_path: Path) -> None:
    with running_example("gather_pin.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, "--press", "9999WWW8888WWW7777")
    assert places(heard, spoken("Too many tries. Goodbye."))


def test_a_stream_agent_says_what_was_said_and_can_be_interrupted(tmp_path: Path) -> None:
    long = (
        "The quick brown fox jumps over the lazy dog and then it runs away across the fields and the hills."
    )
    short = "Stop it, please."
    with running_example("stream_agent.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(
            node, tmp_path, "--say", short, "--press", "WWWW", "--say", long, "--press", "WW", "--say", short,
            "--press", "WWWW0",
        )  # fmt: skip
    assert len(places(heard, spoken(short))) == 2
    _, cut, *_ = spans(heard, 0.6)
    (whole,) = spans(spoken(long), 0.6)
    assert 0.5 < cut.lasts_s < whole.lasts_s - 1.0, "it was interrupted"
    assert places(heard, spoken("Goodbye."))


def test_a_phone_is_rung_and_who_does_not_reach_it_leaves_a_message(tmp_path: Path) -> None:
    with (
        running_baresip(tmp_path / "phone", outbound="sip:127.0.0.1:9") as phone,
        running_example("dial_with_fallback.py", PHONE=phone.uri) as voice_url,
        node_for(tmp_path, voice_url) as node,
        running_baresip(
            tmp_path / "caller",
            outbound=f"sip:127.0.0.1:{node.sip_port}",
            says=tone(HZ) * SPEAKS_S + bytes(2 * RATE_HZ * 600),
        ) as caller,
    ):
        caller.dial("sip:anyone@app.sip.localhost")
        phone.wait_for("CALL_INCOMING")
        phone.command("hangup")
        caller.wait_established()
        caller.wait_closed()
        heard = read_wav(caller.heard())
        assert places(heard, spoken("Nobody is here. Leave a message after the tone."))
        assert places(heard, spoken("Thank you. Goodbye."))
        (recording,) = sdk_client(node).recordings.list()
        (message,) = read_tracks(
            downloaded(node, f"{node.base_url}{recording.uri.removesuffix('.json')}.wav")
        )
    assert level(message, HZ) > 0.95


def test_what_a_caller_says_is_heard_back_and_kept(tmp_path: Path) -> None:
    port = free_port()
    variables = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "OFFHOOK_URL": f"http://127.0.0.1:{port}"}
    with (
        running_example("record.py", **variables) as voice_url,
        node_for(tmp_path, voice_url, http=f"127.0.0.1:{port}") as node,
        running_baresip(
            tmp_path / "caller",
            outbound=f"sip:127.0.0.1:{node.sip_port}",
            says=tone(HZ) * SPEAKS_S + bytes(2 * RATE_HZ * 600),
        ) as caller,
    ):
        caller.dial("sip:anyone@app.sip.localhost")
        caller.wait_established()
        caller.wait_closed()
        heard = read_wav(caller.heard())
        assert len(sdk_client(node).recordings.list()) == 1
    assert level(heard, HZ) > 0.9
    assert places(heard, spoken("It is kept. Goodbye."))


def test_an_application_in_node_with_twilios_library_checks_signatures_and_hears_the_key(
    tmp_path: Path,
) -> None:
    with (
        running_example("node_ivr.js", node_program(), NODE_PATH=str(FOLDER / "node_modules")) as voice_url,
        node_for(tmp_path, voice_url) as node,
    ):
        heard = call(node, tmp_path, "--press", "W1")
    assert any(places(heard, spoken(f"You have rolled a {number}. Goodbye.")) for number in range(1, 7))


def test_a_phone_on_the_command_line_registers_answers_and_presses_a_key(tmp_path: Path) -> None:
    pages = {"/voice": "<Response><Gather numDigits='1' action='/key'/></Response>", "/key": "<Response/>"}
    with running_application(pages) as application, running_node(tmp_path) as node:
        open_office(node, "alice")
        with subprocess.Popen(
            [ROOT / "examples" / "register_phone.sh"],
            env={**os.environ, "PASSWORD": PASSWORD, "PROXY": f"127.0.0.1:{node.sip_port}"},
            stdout=subprocess.PIPE,
            text=True,
        ) as phone:
            assert phone.stdout is not None
            assert next(line for line in phone.stdout if "registered" in line)
            call = sdk_client(node).calls.create(
                to=f"sip:alice@{OFFICE}",
                from_=f"sip:x@{OFFICE}",
                url=f"{application.base_url}/voice",
                record=True,
            )
            assert application.next_request().path == "/voice"
            assert application.next_request().form["Digits"] == "1"
            phone.communicate(timeout=LIMIT_S)
        (recording,) = sdk_client(node).recordings.list(call_sid=call.sid)
        (said,) = read_tracks(downloaded(node, f"{node.base_url}{recording.uri.removesuffix('.json')}.wav"))
    assert places(said, spoken("Alice speaking. I shall press one."))


def test_a_voice_agent_is_interrupted_by_a_key_and_hands_the_caller_over(tmp_path: Path) -> None:
    with running_example("relay_agent.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, "--press", f"{'W' * 4}1{'W' * 5}2{'W' * 4}0")
    greeting, story, goodbye = (
        places(heard, spoken(text))
        for text in (
            "Hello. Ask me for a story.",
            "Once upon a time there was a telephone that nobody picked up.",
            "A person will call you back.",
        )
    )
    assert (len(greeting), len(story), len(goodbye)) == (1, 1, 1)
    assert not places(heard, spoken("Since then it has not stopped talking."))


def test_a_voice_agent_understands_its_caller_and_is_interrupted_by_speech(tmp_path: Path) -> None:
    steps = (
        "--press",
        "W" * 4,
        "--say",
        "Tell me a story.",
        "--press",
        "W" * 8,
        "--say",
        "Please stop it now.",
    )
    with running_example("relay_agent.py") as voice_url, node_for(tmp_path, voice_url) as node:
        heard = call(node, tmp_path, *steps, "--press", f"{'W' * 9}0")
    assert places(heard, spoken("Once upon a time there was a telephone that nobody picked up."))
    assert not places(heard, spoken("Since then it has not stopped talking."))
    assert places(heard, spoken("A person will call you back."))
