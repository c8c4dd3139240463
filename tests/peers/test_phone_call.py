"""`offhook call` against a real node: its steps, its password, and what it prints."""

import json
import os
import re
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.application import WebApplication, running_application
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import PASSWORD, open_office
from tests.support.sdk import downloaded, sdk_client
from tests.support.sound import RATE_HZ, level, likeness, read_tracks, read_wav, spoken, tone

pytestmark = pytest.mark.peer

LIMIT_S = 60
SAME_WORDS = 0.5
"""Other words are below 0.35, the same near 1 unless the machine is so busy that 20 ms get lost amid them."""
MENU = "Press one for sales, or press two for support."
DOCUMENTS = {
    "/voice": f"<Response><Gather numDigits='1' action='/menu'><Say>{MENU}</Say></Gather></Response>",
    "/menu": "<Response><Say>You pressed two.</Say></Response>",
    "/short": "<Response><Say>Goodbye.</Say></Response>",
    "/hang-up": "<Response><Hangup/></Response>",
}


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application(dict(DOCUMENTS)) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", f"{application.base_url}/voice") as node:
        open_office(node, "carol", voice_url=f"{application.base_url}/short")
        yield node


def offhook(
    node: Node, *arguments: str | Path, domain: str = "app", path: str = os.environ["PATH"]
) -> "subprocess.CompletedProcess[str]":
    """A call to a Domain. path: where programs are looked for."""
    uri = f"sip:anybody@{domain}.sip.localhost:{node.sip_port}"
    return subprocess.run(
        [OFFHOOK, "call", uri, *arguments],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_steps_are_carried_out_in_the_order_given(node: Node, application: WebApplication) -> None:
    while not application.asked.empty():
        application.asked.get()
    result = offhook(
        node, "--expect", "press two for support", "--press", "2", "--expect", "You pressed two.",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout.splitlines()[2:]
    assert [line.split()[0] for line in said] == ["heard", "pressed", "heard", "the"]
    assert re.match(r'heard "press two for support" at [\d.]+ to [\d.]+ s \(difference [\d.]+\)$', said[0])
    assert application.next_request().path == "/voice"
    assert application.next_request().form["Digits"] == "2"


@pytest.mark.parametrize(
    ("expected", "arguments", "until"),
    [
        ("press three for support", ("--for", "5"), "within 5 s of the answer"),
        ("You pressed five.", ("--press", "2"), "before the call ended"),
    ],
)
def test_words_that_are_not_said_are_a_failure_that_shows_what_was_heard(
    node: Node, expected: str, arguments: tuple[str, ...], until: str
) -> None:
    result = offhook(node, *arguments, "--expect", expected)
    assert result.returncode == 1, result.stdout + result.stderr
    (complaint,) = result.stderr.splitlines()
    assert complaint.startswith(f'offhook call: "{expected}" was not heard {until}: the most alike')
    kept = Path(re.findall(r"what was heard is in (\S+)", result.stdout)[0])
    assert len(read_wav(kept)) > RATE_HZ
    kept.unlink()


def test_what_was_heard_before_a_step_does_not_satisfy_what_is_expected_after_it(node: Node) -> None:
    result = offhook(node, "--expect", MENU, "--press", "2", "--expect", MENU, "--json")
    facts = json.loads(result.stdout)
    Path(facts["recording"]).unlink()
    assert result.returncode == 1
    assert [step["step"] for step in facts["steps"]] == ["expect", "press"]
    assert facts["expected"] == MENU


def test_the_last_words_of_a_call_are_heard(node: Node) -> None:
    result = offhook(node, "--auth", f"carol:{PASSWORD}", "--expect", "Goodbye.", domain="office")
    assert result.returncode == 0, result.stderr
    assert "the other side hung up" in result.stdout


def test_a_call_that_ends_first_is_told(node: Node, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    result = offhook(
        node, "--auth", f"carol:{PASSWORD}", "--record", heard, "--expect", "Welcome back.", domain="office"
    )
    assert result.returncode == 1
    assert '"Welcome back." was not heard before the call ended' in result.stderr
    assert likeness(read_wav(heard), spoken("Goodbye.")) > SAME_WORDS

    result = offhook(node, "--auth", f"carol:{PASSWORD}", "--press", "WWWW1", domain="office")
    assert result.returncode == 1
    assert "the call ended before this was done: press WWWW1" in result.stderr


def test_a_file_and_a_text_are_heard_by_the_other_side(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    sentence, beep = "I would like to speak to somebody.", tmp_path / "tone.wav"
    with wave.open(str(beep), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(2 * tone(440))
    application.documents["/voice"] = (
        "<Response><Record timeout='9' finishOnKey='#' playBeep='false' action='/hang-up'/></Response>"
    )
    try:
        result = offhook(node, "--play", beep, "--say", sentence, "--press", "w#")
    finally:
        application.documents["/voice"] = DOCUMENTS["/voice"]
    assert result.returncode == 0, result.stdout + result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()[2:5]] == ["played", "said", "pressed"]
    (recording,) = sdk_client(node).recordings.list(limit=1)
    (heard,) = read_tracks(downloaded(node, f"{node.base_url}{recording.uri.removesuffix('.json')}.wav"))
    assert likeness(heard, spoken(sentence)) > SAME_WORDS
    assert level(heard[: 3 * RATE_HZ], 440) > 0.9


@pytest.mark.parametrize("name", ["none.wav", "text.wav", "folder"])
def test_a_file_that_cannot_be_played_is_2_and_nobody_is_called(
    node: Node, tmp_path: Path, name: str
) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    (tmp_path / "folder").mkdir()
    result = offhook(node, "--say", "Hello.", "--play", tmp_path / name)
    assert result.returncode == 2
    assert name in result.stderr
    assert result.stdout == ""


def test_what_is_no_file_is_never_replaced_by_a_recording(node: Node, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = offhook(node, "--record", pipe)
    assert result.returncode == 1
    assert f"cannot record to {pipe}: it is no ordinary file" in result.stderr
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("login", "status", "hint"),
    [
        ((), "407", "it asks who calls: give --auth USER:PASSWORD"),
        (("--auth", "carol:wrong"), "403", "check --auth"),
        (("--auth", "nobody:wrong"), "403", "check --auth"),
    ],
)
def test_who_does_not_know_the_password_is_told_in_one_line(
    node: Node, login: tuple[str, ...], status: str, hint: str
) -> None:
    result = offhook(node, *login, domain="office")
    assert result.returncode == 1
    (complaint,) = result.stderr.splitlines()
    assert status in complaint
    assert hint in complaint
    assert "wrong" not in result.stdout + result.stderr


def test_the_ladder_is_drawn_at_the_end(node: Node) -> None:
    result = offhook(node, "--ladder", "--auth", f"carol:{PASSWORD}", domain="office")
    drawn = result.stdout[result.stdout.index("     time") :].splitlines()
    assert f"127.0.0.1:{node.sip_port} UDP" in drawn[0]
    arrows = [re.sub(r"[-<>| ]+", " ", line.partition("   |")[2]).strip() for line in drawn[1:]]
    assert arrows[0] == "INVITE, SDP"
    assert sum(each.startswith("407 Proxy Authentication") for each in arrows) == 1
    assert arrows[-2:] == ["BYE", "200 OK (BYE)"]
    assert PASSWORD not in result.stdout


def test_json_has_the_facts_of_every_step(node: Node) -> None:
    result = offhook(
        node, "--expect", "press one for sales", "--press", "2", "--expect", "You pressed nine.",
        "--json", "--ladder", "--listen",
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == ""
    facts = json.loads(result.stdout)
    assert [step["step"] for step in facts["steps"]] == ["expect", "press"]
    assert facts["steps"][0]["difference"] < 4.8 < facts["difference"]
    assert facts["steps"][0]["ended_s"] <= facts["steps"][1]["began_s"] + 0.01
    assert (facts["expected"], facts["exit_status"], facts["hung_up_by"]) == (
        "You pressed nine.", 1, "hung_up_there",
    )  # fmt: skip
    assert facts["ladder"][0] == {
        "at_s": 0.0, "direction": "sent", "message": "INVITE, SDP",
        "remote": f"127.0.0.1:{node.sip_port} UDP",
    }  # fmt: skip
    Path(facts["recording"]).unlink()


def test_what_is_heard_goes_to_the_sound_output_that_there_is(node: Node, tmp_path: Path) -> None:
    player, played = tmp_path / "aplay", tmp_path / "played.raw"
    player.write_text(f"#!/bin/sh\nexec /bin/cat > {played}\n")
    player.chmod(0o755)
    result = offhook(node, "--listen", "--for", "5", path=str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    heard = np.frombuffer(played.read_bytes(), dtype="<i2").astype(float)
    assert likeness(heard, spoken(MENU)) > SAME_WORDS


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (None, "neither paplay nor aplay is installed"),
        ("echo 'ALSA lib: cannot find card 0' >&2; exit 1", "aplay: ALSA lib: cannot find card 0"),
    ],
)
def test_without_a_sound_output_that_is_said_and_the_call_goes_on(
    node: Node, tmp_path: Path, program: str | None, reason: str
) -> None:
    if program is not None:
        player = tmp_path / "aplay"
        player.write_text(f"#!/bin/sh\n{program}\n")
        player.chmod(0o755)
    result = offhook(node, "--listen", "--press", "2", "--expect", "You pressed two.", path=str(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    assert (
        result.stderr == f"offhook call: there is no sound output here ({reason}); the call goes on without\n"
    )
