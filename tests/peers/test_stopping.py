"""How a node stops with calls running: SIGINT hangs up at once, SIGTERM lets them end (design 1.2)."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import Baresip, running_baresip
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

LIMIT_S = 20
STOP_S = 2.0
APP = "sip:x@app.sip.localhost"
MENU = "<Response><Gather numDigits='1' timeout='30' action='/end'/></Response>"


@contextmanager
def node_and_application(folder: Path) -> Iterator[tuple[Node, WebApplication]]:
    with running_application({"/voice": MENU, "/end": "<Response><Hangup/></Response>"}) as application:
        voice_url = f"{application.base_url}/voice"
        with running_node(folder, "--voice-url", voice_url) as node:
            yield node, application


def proxy(node: Node) -> str:
    return f"sip:127.0.0.1:{node.sip_port}"


def stop(node: Node, number: signal.Signals = signal.SIGINT) -> float:
    """Send a signal and wait for the end; how long it took."""
    began = time.monotonic()
    node.process.send_signal(number)
    assert node.process.wait(LIMIT_S) == 0
    return time.monotonic() - began


def drain(node: Node) -> None:
    """Send SIGTERM, and wait until the node says that it takes no more calls."""
    node.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    while readiness(node) != (503, "draining"):
        assert time.monotonic() - began < LIMIT_S


def readiness(node: Node) -> tuple[int, str]:
    """What a load balancer is told."""
    where = urlsplit(node.base_url)
    with closing(HTTPConnection(where.hostname or "", where.port, timeout=LIMIT_S)) as connection:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, json.load(answer)["status"]


def got(phone: Baresip, method: str) -> bool:
    """Whether a request came to a phone that has ended."""
    return re.search(rf"^{method} sip:\S+ SIP/2.0", phone.printed.text(), re.MULTILINE) is not None


def test_sigint_sends_byes_to_every_leg_and_stops_within_two_seconds(tmp_path: Path) -> None:
    """One caller at a menu, two put through to each other, one phone that rings."""
    with (
        node_and_application(tmp_path) as (node, application),
        running_baresip(tmp_path / "menu", outbound=proxy(node)) as menu,
        running_baresip(tmp_path / "alice", outbound=proxy(node)) as alice,
        running_baresip(tmp_path / "bob", outbound=proxy(node)) as bob,
        running_baresip(tmp_path / "carol", outbound=proxy(node)) as carol,
    ):
        menu.dial(APP)
        menu.wait_established()
        application.documents["/voice"] = (
            f"<Response><Dial answerOnBridge='true'><Sip>{bob.uri}</Sip></Dial></Response>"
        )
        alice.dial(APP)
        bob.wait_for("CALL_INCOMING")
        bob.command("accept")
        alice.wait_established()
        sdk_client(node).calls.create(to=carol.uri, from_=APP, twiml=MENU)
        carol.wait_for("CALL_INCOMING")
        assert stop(node) < STOP_S
        for phone in (alice, bob, carol, menu):
            phone.wait_closed()
    assert got(alice, "BYE")
    assert got(bob, "BYE")
    assert got(menu, "BYE")
    assert got(carol, "CANCEL")
    with running_node(tmp_path) as node:
        calls = sdk_client(node).calls.list()
        assert sorted(call.status for call in calls) == ["completed", "completed", "completed", "no-answer"]


def test_sigint_without_calls_stops_at_once(tmp_path: Path) -> None:
    with running_node(tmp_path, "--demo") as node:
        assert stop(node) < STOP_S


def test_sigterm_lets_a_call_go_on_and_refuses_new_ones_until_it_has_ended(tmp_path: Path) -> None:
    with (
        node_and_application(tmp_path) as (node, application),
        running_baresip(tmp_path / "running", outbound=proxy(node)) as running,
        running_baresip(tmp_path / "late", outbound=proxy(node)) as late,
    ):
        running.dial(APP)
        running.wait_established()
        assert application.next_request().path == "/voice"
        drain(node)
        late.dial(APP)
        late.wait_refused()
        running.press("1")
        asked = application.next_request()
        assert (asked.path, asked.form["Digits"]) == ("/end", "1"), "the running call went on"
        running.wait_closed()
        assert node.process.wait(LIMIT_S) == 0
    assert re.search(r"^SIP/2.0 503 .*?^Retry-After: \d+\r?$", late.printed.text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_drain(tmp_path: Path, second: signal.Signals) -> None:
    with (
        node_and_application(tmp_path) as (node, _),
        running_baresip(tmp_path / "running", outbound=proxy(node)) as running,
    ):
        running.dial(APP)
        running.wait_established()
        drain(node)
        with pytest.raises(subprocess.CalledProcessError) as refused:  # so the first one has arrived
            subprocess.run(
                [OFFHOOK, "call", f"sip:x@app.sip.localhost:{node.sip_port}"],
                check=True,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
            )
        assert "503" in refused.value.stderr
        assert stop(node, second) < STOP_S
        running.wait_closed()
    assert got(running, "BYE")


def test_a_drain_ends_when_its_time_is_up(tmp_path: Path) -> None:
    with (
        running_application({"/voice": MENU}) as application,
        running_node(tmp_path, "--voice-url", f"{application.base_url}/voice", drain_timeout="1") as node,
        running_baresip(tmp_path / "running", outbound=proxy(node)) as running,
    ):
        running.dial(APP)
        running.wait_established()
        assert 1.0 < stop(node, signal.SIGTERM) < 1.0 + STOP_S
        running.wait_closed()
    assert got(running, "BYE")


def test_sigint_before_the_node_is_ready_leaves_nothing_behind(tmp_path: Path) -> None:
    arguments = ["--data-dir", str(tmp_path), "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0"]
    with subprocess.Popen(
        [OFFHOOK, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said, logged = process.communicate(timeout=LIMIT_S)
    assert "speech.started" in first
    assert process.returncode == 0
    assert "Traceback" not in said + logged
