"""The newcomer's path: what a node prints can be pasted, and does what it says."""

import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.demo.app import GOODBYE, MENU, WELCOME
from offhook.verbs.voice import pieces
from tests.support.free_port import free_port
from tests.support.node import OFFHOOK, ROOT, Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sound import places, read_wav, spoken

pytestmark = pytest.mark.peer

CALL_LIMIT_S = 60


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), "--demo") as node:
        yield node


def offhook(*arguments: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [OFFHOOK, *arguments], cwd=cwd, capture_output=True, text=True, timeout=CALL_LIMIT_S, check=False
    )


def test_the_printed_line_makes_a_call_that_hears_the_menu(demo: Node, tmp_path: Path) -> None:
    (line,) = demo.call_lines
    recording = tmp_path / "call.wav"
    words = [str(recording) if word == "call.wav" else word for word in shlex.split(line)]
    result = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, timeout=CALL_LIMIT_S, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the other side hung up" in result.stdout
    heard = read_wav(recording)
    for piece in pieces(f"{WELCOME} {MENU}"):
        assert places(heard, spoken(piece))
    (call,) = sdk_client(demo).calls.list(limit=1)
    assert (call.status, call.direction, call._from) == ("completed", "inbound", "sip:offhook@localhost")


def test_who_says_nothing_hears_the_menu_again_and_is_bidden_goodbye(demo: Node, tmp_path: Path) -> None:
    recording = tmp_path / "call.wav"
    result = offhook("call", f"sip:demo@127.0.0.1:{demo.sip_port}", "--for", "40", "--record", recording)
    assert result.returncode == 0, result.stderr
    assert places(read_wav(recording)[-8000 * 4 :], spoken(GOODBYE))


def test_a_call_that_is_refused_fails_and_says_with_what(demo: Node) -> None:
    proxy = f"127.0.0.1:{demo.sip_port}"
    result = offhook("call", "sip:x@nobody.sip.localhost", "--proxy", proxy)
    assert result.returncode == 1
    assert "403" in result.stderr


def test_a_call_to_nobody_fails_at_once() -> None:
    began = time.monotonic()
    result = offhook("call", f"sip:x@127.0.0.1:{free_port()}")
    assert result.returncode == 1
    assert "not answered" in result.stderr
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("uri", ["", "sip:", "sip:a b@c", "sip:x@host:99999", "mailto:x@example.com"])
def test_what_is_no_sip_uri_is_unusable(uri: str) -> None:
    result = offhook("call", uri)
    assert result.returncode == 2, result.stdout
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_one_clear_line(demo: Node, tmp_path: Path) -> None:
    taken = f"127.0.0.1:{demo.sip_port}"
    result = offhook("serve", "--sip", taken, "--http", "127.0.0.1:0", "--data-dir", tmp_path)
    assert result.returncode == 1
    complaint = [line for line in result.stderr.splitlines() if line.startswith("offhook serve:")]
    assert len(complaint) == 1
    assert f"{taken} is in use" in complaint[0]
    assert "OFFHOOK_SIP=" in complaint[0]
