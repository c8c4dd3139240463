"""`offhook trace` of real calls: the ladder with what happened between, and a file that Wireshark reads."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offhook.base.clock import SystemClock
from offhook.trace.journal import Settings, TraceJournal
from tests.support.application import WebApplication, running_application
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import PASSWORD, open_office

pytestmark = pytest.mark.peer

LIMIT_S = 60
NOBODY = "sip:nobody@127.0.0.1:9"
DOCUMENTS = {
    "/voice": "<Response><Gather numDigits='1' action='/menu' timeout='9'/></Response>",
    "/menu": f"<Response><Dial action='/done'><Sip>{NOBODY}</Sip></Dial></Response>",
    "/done": "<Response><Foo/></Response>",
}


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application(dict(DOCUMENTS)) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), traces_max="2", traces_mb="0") as node:
        open_office(node, "carol", voice_url=f"{application.base_url}/voice")
        yield node


@pytest.fixture(scope="module")
def call_sid(node: Node, application: WebApplication) -> str:
    """A call of carol's, who gives her password and presses a key."""
    return called(node, application)


def called(node: Node, application: WebApplication) -> str:
    uri = f"sip:anybody@office.sip.localhost:{node.sip_port}"
    arguments = ["--auth", f"carol:{PASSWORD}", "--press", "7"]
    subprocess.run([OFFHOOK, "call", uri, *arguments], capture_output=True, timeout=LIMIT_S, check=True)
    asked = [application.next_request() for _ in range(3)]
    assert [request.path for request in asked] == ["/voice", "/menu", "/done"]
    return asked[0].form["CallSid"]


def offhook(node: Node, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    login = ["--url", node.base_url, "--account-sid", node.account_sid, "--auth-token", node.auth_token]
    return subprocess.run(
        [OFFHOOK, "trace", *arguments, *login], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def traced(node: Node, call_sid: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(offhook(node, call_sid, "--json").stdout)
    return found


def test_the_ladder_has_the_messages_of_the_call_and_what_happened_between_them(
    node: Node, call_sid: str
) -> None:
    drawn = offhook(node, call_sid)

    assert drawn.returncode == 0, drawn.stderr
    shown = [re.sub(r"^[ |*<-]+|[ |>-]+$", "", line[12:]) for line in drawn.stdout.splitlines()[1:]]
    own = [text.split("  [")[0].split(" (method")[0].split(" http")[0] for text in shown]
    wanted = [
        "INVITE, SDP",
        "407 Proxy Authentication Required …",
        "ACK",
        "INVITE, SDP",
        "180 Ringing (INVITE)",
        "webhook",
        "200 OK (INVITE), SDP",
        "verb Gather (line 1)",
        "digit 7",
        "verb Dial (line 1)",
        "BYE",
        "200 OK (BYE)",
    ]
    places = iter(own)
    assert all(text in places for text in wanted), drawn.stdout
    assert any("12200" in text and "<Foo>" in text for text in shown)
    assert any("Digits 7" in text for text in shown)


def test_the_calls_that_it_made_are_drawn_with_it_unless_it_is_wanted_alone(
    node: Node, call_sid: str
) -> None:
    both = traced(node, call_sid)
    alone = json.loads(offhook(node, call_sid, "--json", "--alone").stdout)

    assert [one["parent_call_sid"] for one in both] == [None, call_sid]
    assert any(entry["kind"] == "note" and NOBODY in entry["text"] for entry in both[1]["entries"])
    assert [one["call_sid"] for one in alone] == [call_sid]


def test_neither_the_password_nor_its_hash_is_shown(node: Node, call_sid: str) -> None:
    trace = offhook(node, call_sid, "--json").stdout

    assert PASSWORD not in trace
    entries = [entry for one in json.loads(trace) for entry in one["entries"]]
    messages = [entry["message"] for entry in entries if entry["kind"] == "sip"]
    answered = [message for message in messages if "Proxy-Authorization" in message]
    assert answered
    assert all('response="********************************"' in message for message in answered)


def test_wireshark_reads_the_file_and_finds_nothing_wrong(node: Node, call_sid: str, tmp_path: Path) -> None:
    file = tmp_path / "call.pcap"

    written = offhook(node, call_sid, "--pcap", file)

    assert written.returncode == 0, written.stderr
    fields = ["sip.Method", "sip.Status-Code", "sip.Call-ID", "_ws.malformed"]
    command = [
        "tshark",
        "-r",
        str(file),
        "-T",
        "fields",
        *(part for field in fields for part in ("-e", field)),
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    read = [line.split("\t") for line in printed.splitlines()]
    assert written.stdout == f"{file}: {len(read)} messages\n"
    own = [method or status for method, status, call_id, _ in read if call_id == read[0][2]]
    assert own[:4] == ["INVITE", "100", "407", "ACK"] or own[:3] == ["INVITE", "407", "ACK"]
    assert own[-2:] == ["BYE", "200"]
    assert all(malformed == "" for _, _, _, malformed in read)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("CA" + "9" * 32,), 1, "no trace is kept of CA9999"),
        (("nonsense",), 2, "nonsense is no CallSid"),
    ],
)
def test_what_is_not_there_is_said(node: Node, arguments: tuple[str, ...], status: int, says: str) -> None:
    failed = offhook(node, *arguments)

    assert (failed.returncode, failed.stdout) == (status, "")
    assert says in failed.stderr


def test_a_file_that_cannot_be_written_is_2(node: Node, call_sid: str, tmp_path: Path) -> None:
    failed = offhook(node, call_sid, "--pcap", tmp_path / "none" / "call.pcap")

    assert failed.returncode == 2
    assert "No such file or directory" in failed.stderr


def test_other_calls_take_the_place_of_one_that_has_ended(
    node: Node, application: WebApplication, call_sid: str
) -> None:
    later = called(node, application)

    assert traced(node, later)
    assert offhook(node, call_sid).returncode == 1


def test_a_trace_outlives_a_node_that_is_killed(tmp_path: Path, application: WebApplication) -> None:
    with running_node(tmp_path) as node:
        open_office(node, "carol", voice_url=f"{application.base_url}/voice")
        call_sid = called(node, application)
        (before,) = json.loads(offhook(node, call_sid, "--json", "--alone").stdout)
        wait_until_written(tmp_path / "data" / "traces", len(before["entries"]), call_sid)
        node.process.kill()
        node.process.wait()
    with running_node(tmp_path) as node:
        shown = offhook(node, call_sid)
        (after,) = json.loads(offhook(node, call_sid, "--json", "--alone").stdout)
    assert shown.returncode == 0, shown.stderr
    assert "INVITE, SDP" in shown.stdout
    assert "BYE" in shown.stdout
    assert after == before
    written = b"".join(file.read_bytes() for file in (tmp_path / "data" / "traces").iterdir())
    assert b'username="carol"' in written
    assert b'response="*' in written


def wait_until_written(folder: Path, entries: int, call_sid: str) -> None:
    """Until the batch with the last entry is on disk, which is a second at most."""
    journal = TraceJournal(Settings(folder, 1, 1.0), SystemClock())
    give_up_at = time.monotonic() + LIMIT_S
    while len(getattr(journal.read(call_sid), "entries", ())) < entries:
        assert time.monotonic() < give_up_at, "the trace is not written"
        time.sleep(0.1)
