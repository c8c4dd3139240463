"""`offhook phone` at a real node: it registers, is rung by `<Dial>`, answers, and is gone when it ends."""

import json
import signal
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import OFFICE, PASSWORD, Login, open_office, registrations
from tests.support.printed import Printed
from tests.support.sound import RATE_HZ, level, read_wav, tone

pytestmark = pytest.mark.peer

LIMIT_S = 60
CAROL_HZ, DAVE_HZ = 440, 710
DIAL_DAVE = f"<Response><Dial action='/done'><Sip>dave@{OFFICE}</Sip></Dial></Response>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    documents = {"/voice": DIAL_DAVE, "/done": "<Response><Hangup/></Response>"}
    with running_application(documents) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        open_office(node, "carol", "dave", voice_url=f"{application.base_url}/voice")
        yield node


@contextmanager
def running_phone(
    node: Node, *arguments: str | Path, ready: str = "registered"
) -> Iterator[tuple["subprocess.Popen[str]", Printed]]:
    """Dave's phone, registered by the time it is given; if it still runs when it is left, by Ctrl-C."""
    address = f"sip:dave:{PASSWORD}@{OFFICE}"
    process = subprocess.Popen(
        [OFFHOOK, "phone", "--register", address, "--proxy", f"127.0.0.1:{node.sip_port}", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = Printed(process)
    try:
        printed.wait_for(ready)
        yield process, printed
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(LIMIT_S)
        printed.close()


def call(uri: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [OFFHOOK, "call", uri, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def direct(node: Node) -> str:
    """The URI under which Dave's phone registered."""
    (binding,) = registrations(node, "dave")
    contact: str = binding["contact"]
    return contact.strip("<>").partition(">")[0]


def test_a_real_phone_is_put_through_to_it_and_each_hears_the_other(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    greeting, heard = tmp_path / "greeting.wav", tmp_path / "heard.wav"
    with wave.open(str(greeting), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(4 * tone(DAVE_HZ))
    with (
        running_phone(node, "--answer-with", greeting, "--record", heard, "--for", "5", "--once") as (
            phone, printed,
        ),
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
    ):  # fmt: skip
        assert len(registrations(node, "dave")) == 1
        carol.dial(f"sip:anybody@{OFFICE}")
        carol.wait_established()
        carol.wait_closed()
        assert phone.wait(LIMIT_S) == 0
        assert level(read_wav(carol.heard()), DAVE_HZ) > 0.95
    said = printed.text()
    assert "call from sip:carol@" in said
    assert f"played {greeting}" in said
    assert "hung up after 5." in said
    assert said.endswith("unregistered\n")
    assert level(read_wav(heard), CAROL_HZ) > 0.95
    assert registrations(node, "dave") == []
    assert [application.next_request().path for _ in range(2)] == ["/voice", "/done"]


def test_calls_are_answered_one_after_the_other_and_one_meanwhile_is_busy(node: Node, tmp_path: Path) -> None:
    with running_phone(node, "--say", "Dave speaking.", "--record", tmp_path / "call.wav") as (
        phone,
        printed,
    ):
        uri = direct(node)
        with subprocess.Popen(
            [OFFHOOK, "call", uri, "--for", "60"], stdout=subprocess.PIPE, text=True
        ) as first:
            printed.wait_for("said")
            second = call(uri)
            assert second.returncode == 1
            assert "486 Busy Here" in second.stderr
            printed.wait_for("got 486 Busy Here")
            first.send_signal(signal.SIGINT)
            assert first.wait(LIMIT_S) == 1
        printed.wait_for("recorded")
        third = call(uri, "--expect", "Dave speaking.", "--for", "6")
        assert third.returncode == 0, third.stderr
        printed.wait_for("call-2.wav")
        phone.send_signal(signal.SIGINT)
        assert phone.wait(LIMIT_S) == 0
        printed.wait_for("unregistered")
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["call-2.wav", "call.wav"]


def test_two_of_them_talk_to_each_other(node: Node) -> None:
    steps = ("--say", "How are you?", "--expect", "I am fine, thank you.")
    with running_phone(node, *steps, "--once", "--for", "9") as (phone, printed):
        caller = call(
            direct(node), "--expect", "How are you?", "--say", "I am fine, thank you.", "--for", "7"
        )
        assert caller.returncode == 0, caller.stderr
        assert phone.wait(LIMIT_S) == 0
    assert 'heard "I am fine, thank you."' in printed.text()


def test_json_is_an_object_a_line_and_a_step_that_failed_is_1(node: Node) -> None:
    with running_phone(node, "--once", "--json", "--expect", "Hello.", "--for", "9") as (phone, printed):
        call(direct(node), "--for", "1")
        assert phone.wait(LIMIT_S) == 1
    registered, answered, unregistered = (json.loads(line) for line in printed.text().splitlines())
    assert (registered["event"], registered["expires_s"]) == ("registered", 600)
    assert (answered["event"], answered["expected"], answered["exit_status"]) == ("call", "Hello.", 1)
    assert answered["caller"] == "sip:offhook@localhost"
    assert unregistered == {"event": "unregistered"}
    Path(answered["recording"]).unlink()


def test_a_registration_that_is_refused_is_told_in_one_line(node: Node) -> None:
    proxy = f"127.0.0.1:{node.sip_port}"
    for login in (
        f"sip:dave:wrong@{OFFICE}",
        f"sip:dave@{OFFICE}",
        f"sip:dave:{PASSWORD}@nobody.sip.localhost",
    ):
        result = subprocess.run(
            [OFFHOOK, "phone", "--register", login, "--proxy", proxy],
            capture_output=True, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        assert (result.returncode, result.stdout) == (1, "")
        (complaint,) = result.stderr.splitlines()
        assert complaint.startswith("offhook phone: sip:dave@")
        assert "check user and password" in complaint
        assert "wrong" not in complaint
        assert PASSWORD not in complaint


def test_a_registrar_that_is_not_there_is_tried_again_until_interrupted() -> None:
    process = subprocess.Popen(
        [OFFHOOK, "phone", "--register", f"sip:dave:x@127.0.0.1:{free_port()}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    printed = Printed(process)
    printed.wait_for("trying again in 5 s")
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT_S) == 130
    printed.wait_for("interrupted before it was registered")
    printed.close()
