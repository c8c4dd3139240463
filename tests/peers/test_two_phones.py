"""Two real phones put through to each other by `<Dial>`: each hears the other, and the records say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import sdk_client
from tests.support.sound import RATE_HZ, read_wav

pytestmark = pytest.mark.peer

CAROL_HZ, DAVE_HZ = 440, 710
PEAK = 8000.0
TALK_S = 4


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>", "/news": ""}) as application:
        yield application


@pytest.fixture(scope="module", params=[1, 2], ids=["1 worker", "2 workers"])
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, application: WebApplication
) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", voice_url, media_workers=str(request.param)) as node:
        open_office(node, "carol", "dave", voice_url=voice_url)
        yield node


def tone(hz: int) -> bytes:
    """One second, which joins to itself."""
    return (PEAK * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)).astype("<i2").tobytes()


def level(recording: Path, hz: int) -> float:
    """How much of the loudest second is this tone, 0 to 1."""
    samples = read_wav(recording)
    seconds = [samples[start : start + RATE_HZ] for start in range(0, len(samples) - RATE_HZ, RATE_HZ // 4)]
    loudest = max(seconds, key=lambda second: float(np.sum(second**2)))
    spectrum = np.abs(np.fft.rfft(loudest)) ** 2
    return float(np.sum(spectrum[hz - 3 : hz + 4]) / np.sum(spectrum))


def put_through(application: WebApplication, noun: str, attributes: str = "") -> None:
    application.documents["/voice"] = f"<Response><Dial action='/done' {attributes}>{noun}</Dial></Response>"


def calls(node: Node) -> dict[str, Any]:
    """The two last calls by their direction."""
    return {call.direction: call for call in sdk_client(node).calls.list(limit=2)}


@pytest.mark.parametrize(
    "noun", [f"<Sip>dave@{OFFICE}</Sip>", "<Client>dave</Client>"], ids=["Sip", "Client"]
)
def test_each_hears_the_other_until_the_time_is_up(
    node: Node, application: WebApplication, tmp_path: Path, noun: str
) -> None:
    put_through(application, noun, f"timeLimit='{TALK_S}'")
    with (
        registered_baresip(tmp_path / "dave", Login("dave", node.sip_port), says=tone(DAVE_HZ)) as dave,
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=tone(CAROL_HZ)) as carol,
    ):
        carol.dial(f"sip:anybody@{OFFICE}")
        assert application.next_request().path == "/voice"
        dave.wait_established()
        dave.wait_closed()
        done = application.next_request()
        carol.wait_established()
        carol.wait_closed()
        assert level(carol.heard(), DAVE_HZ) > 0.95
        assert level(dave.heard(), CAROL_HZ) > 0.95
    parent, child = calls(node)["inbound"], calls(node)["outbound-dial"]
    assert (done.path, done.form["DialCallStatus"], done.form["DialBridged"]) == (
        "/done",
        "completed",
        "true",
    )
    assert (done.form["CallSid"], done.form["DialCallSid"]) == (parent.sid, child.sid)
    assert (child.parent_call_sid, child.status, parent.status) == (parent.sid, "completed", "completed")
    assert int(child.duration) == TALK_S
