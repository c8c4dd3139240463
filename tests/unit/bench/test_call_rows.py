"""What the rows about whole calls rest on: their bare parts, their callers and who hears them."""

import io
import json
import socket
import wave

import pytest
from bench.call_parts import CallParts
from bench.process import DRIVER_CORE, python, run, running
from bench.programs import web_application
from bench.rows.setup import at_share

from offhook.twiml.parser import parse
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.play import Play


def test_the_limit_is_the_sum_of_the_parts() -> None:
    parts = CallParts(250, 325, 15, 14)
    assert parts.sum_us == 604
    assert parts.words == "user agent 250 + webhook 325 + TwiML 15 + record 14 µs"


@pytest.mark.parametrize(
    ("count", "share", "value"), [(100, 0.5, 50), (100, 0.99, 99), (101, 0.5, 51), (1, 0.99, 1), (2, 0.5, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(count: int, share: float, value: float) -> None:
    assert at_share([*range(count, 0, -1)], share) == value


def test_the_prompt_is_two_seconds_long() -> None:
    head, _, body = web_application.ANSWERS[b"/two.wav"].partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    with wave.open(io.BytesIO(body)) as prompt:
        assert prompt.getnframes() / prompt.getframerate() == 2


def test_the_documents_are_twiml_without_a_problem() -> None:
    verbs = {}
    for path in (b"/voice", b"/prompt", b"/hold"):
        document = parse(web_application.ANSWERS[path].partition(b"\r\n\r\n")[2])
        assert not document.problems
        verbs[path] = [type(verb) for verb in document.verbs]
    assert verbs[b"/prompt"] == [Play, Pause]
    assert verbs[b"/hold"] == [Gather]


@pytest.mark.parametrize(
    ("program", "asks"), [("bare_user_agent", False), ("bare_user_agent", True), ("bare_switch", True)]
)
def test_callers_measure_each_call_of_what_is_bare(program: str, asks: bool) -> None:
    with running(DRIVER_CORE, python("web_application")) as application:
        url = f"http://127.0.0.1:{int(application.line())}/voice"
        with running(DRIVER_CORE, python(program, *([url] if asks else []))) as bare:
            port = bare.line()
            said = json.loads(run(DRIVER_CORE, python("sip_callers", port, "x.test", "100", "20")))
    assert said["failed"] == 0
    assert len(said["answer_ms"]) == 20
    assert all(took_ms > 0 for took_ms in said["answer_ms"])


def test_who_hears_counts_packets() -> None:
    with (
        running(DRIVER_CORE, python("rtp_sink")) as sink,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        sender.connect(("127.0.0.1", int(sink.line())))
        for _ in range(7):
            sender.send(b"\x80")
        heard = 0
        while heard < 7:  # they are on their way; each answer takes a turn of its own
            sink.tell("")
            heard = int(sink.line())
        assert heard == 7
