"""The demo as `make run` serves it: what its menu does, and that what is printed for phones can be pasted."""

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from offhook.demo.app import GOODBYE, NOT_REGISTERED, RINGING, UNREACHED, YOU_SAID
from offhook.verbs.voice import pieces
from tests.support.baresip import Baresip, pasted_baresip, running_baresip
from tests.support.linphone import pasted_linphone
from tests.support.node import OFFHOOK, ROOT, Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sound import RATE_HZ, Samples, level, places, read_wav, spoken, tone

pytestmark = pytest.mark.peer

CALLER_HZ, PHONE_HZ = 440, 710
DEMO = "sip:demo@demo.sip.localhost"
SPEAKS_S = 10
"""How long the caller speaks, from the answer on: past the tone after which it is recorded."""
TALK_S = 3
LIMIT_S = 60


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), "--demo") as node:
        yield node


def printed(node: Node, pattern: str) -> str:
    """The one line of the banner that begins so."""
    (line,) = re.findall(rf"^{pattern}.*$", node.said, re.MULTILINE)
    return str(line)


def proxy(node: Node) -> str:
    return f"sip:127.0.0.1:{node.sip_port}"


def test_a_message_is_recorded_and_heard_back(demo: Node, tmp_path: Path) -> None:
    speech = tone(CALLER_HZ) * SPEAKS_S + bytes(2 * RATE_HZ * 600)
    with running_baresip(tmp_path, outbound=proxy(demo), says=speech) as caller:
        caller.dial(DEMO)
        caller.wait_established()
        caller.press("3")
        caller.wait_closed()
        heard = read_wav(caller.heard())
    assert places(heard, spoken(YOU_SAID))
    assert places(heard[-4 * RATE_HZ :], spoken(GOODBYE))
    assert level(heard, CALLER_HZ) > 0.9
    (recording,) = sdk_client(demo).recordings.list()
    assert int(recording.duration) < SPEAKS_S


def test_without_a_phone_the_caller_is_told_so(demo: Node, tmp_path: Path) -> None:
    heard = press_four(demo, tmp_path)
    assert places(heard, spoken(RINGING))
    for sentence in pieces(NOT_REGISTERED):
        assert places(heard, spoken(sentence))


def test_the_printed_baresip_line_registers_a_phone_that_four_puts_the_caller_through_to(
    demo: Node, tmp_path: Path
) -> None:
    with (
        registered_by_the_printed_line(demo, tmp_path / "phone") as phone,
        running_baresip(tmp_path / "caller", outbound=proxy(demo), says=tone(CALLER_HZ)) as caller,
    ):
        caller.dial(DEMO)
        caller.wait_established()
        caller.press("4")
        phone.wait_for("CALL_INCOMING")
        phone.command("accept")
        phone.wait_established()
        end_child(demo, after_s=TALK_S)
        phone.wait_closed()
        caller.wait_closed()
        assert level(read_wav(caller.heard()), PHONE_HZ) > 0.95
        assert level(read_wav(phone.heard()), CALLER_HZ) > 0.95
        assert places(read_wav(caller.heard())[-4 * RATE_HZ :], spoken(GOODBYE))


def test_the_printed_line_of_offhook_phone_registers_one_that_answers_and_speaks(
    demo: Node, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*shlex.split(printed(demo, r"\S*offhook phone ")), "--once"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as phone:
        assert phone.stdout is not None
        assert next(line for line in phone.stdout if "registered" in line)
        heard = press_four(demo, tmp_path)
        phone.communicate(timeout=LIMIT_S)
    assert phone.returncode == 0
    assert places(heard, spoken("This is the phone of the demo."))


def test_a_phone_that_declines_is_told_of(demo: Node, tmp_path: Path) -> None:
    with (
        registered_by_the_printed_line(demo, tmp_path / "phone") as phone,
        running_baresip(tmp_path / "caller", outbound=proxy(demo)) as caller,
    ):
        caller.dial(DEMO)
        caller.wait_established()
        caller.press("4")
        phone.wait_for("CALL_INCOMING")
        phone.command("hangup")
        caller.wait_closed()
        assert places(read_wav(caller.heard()), spoken(UNREACHED["busy"]))


def test_the_printed_linphone_line_registers_a_phone_that_four_puts_the_caller_through_to(
    demo: Node, tmp_path: Path
) -> None:
    with (
        pasted_linphone(tmp_path / "phone", printed(demo, r"\(echo 'register ")) as phone,
        running_baresip(tmp_path / "caller", outbound=proxy(demo), says=tone(CALLER_HZ)) as caller,
    ):
        caller.dial(DEMO)
        caller.wait_established()
        caller.press("4")
        phone.wait_ringing()
        phone.command("answer")
        phone.wait_established()
        end_child(demo, after_s=TALK_S)
        phone.wait_closed()
        caller.wait_closed()
    assert level(read_wav(phone.heard()), CALLER_HZ) > 0.9


def test_the_printed_line_of_the_sdk_lists_the_calls(demo: Node) -> None:
    result = subprocess.run(
        shlex.split(printed(demo, r"\S*python -c ")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    calls: list[tuple[str, str]] = ast.literal_eval(result.stdout)
    assert calls == [(call.to, call.status) for call in sdk_client(demo).calls.list(limit=5)]


def test_a_second_start_keeps_account_and_password_and_lets_in_whom_it_is_asked_to(tmp_path: Path) -> None:
    with running_node(tmp_path, "--demo", "--demo-callers", "192.0.2.0/24") as node:
        first = known(node)
        assert "192.0.2.0" in allowed(node)
    with running_node(tmp_path, "--demo") as node:
        assert known(node) == first
        assert "192.0.2.0" not in allowed(node)
        assert "127.0.0.0" in allowed(node)


def known(node: Node) -> tuple[str, str, str]:
    """Who may ask, and register."""
    return node.account_sid, node.auth_token, printed(node, "Register a phone")


def allowed(node: Node) -> list[str]:
    """The addresses from which the demo may be called."""
    sip = sdk_client(node).sip
    (acl,) = sip.ip_access_control_lists.list()
    return [entry.ip_address for entry in sip.ip_access_control_lists(acl.sid).ip_addresses.list()]


def registered_by_the_printed_line(node: Node, folder: Path) -> AbstractContextManager[Baresip]:
    registered = "phone@demo.sip.localhost: {0/UDP/v4} 200 OK"
    return pasted_baresip(folder, printed(node, "baresip "), ready=registered, says=tone(PHONE_HZ))


def press_four(node: Node, folder: Path) -> Samples:
    """What a caller hears who wants to be put through."""
    recording = folder / "call.wav"
    words = [str(OFFHOOK), "call", f"sip:demo@demo.sip.localhost:{node.sip_port}"]
    subprocess.run(
        [*words, "--press", "4", "--record", str(recording)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return read_wav(recording)


def end_child(node: Node, *, after_s: int) -> None:
    """Let the call to the phone end so long after its answer."""
    (child,) = sdk_client(node).calls.list(status="in-progress", to="sip:phone@demo.sip.localhost")
    sdk_client(node).calls(child.sid).update(time_limit=after_s)
