"""A real phone put through to a number of the node's own: the number's document speaks, and hears its keys.

On a node behind NAT as well: what it tells its peers outside must not come between it and itself.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from offhook.verbs.voice import pieces
from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import sdk_client
from tests.support.sound import places, read_wav, spoken

pytestmark = pytest.mark.peer

SUPPORT: Final = "+15550100200"
GREETING: Final = "The parcel that you have ordered is waiting for you at the front desk."


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({}) as application:
        base = application.base_url
        application.documents |= {
            "/voice": f"<Response><Dial action='/done'>{SUPPORT}</Dial></Response>",
            "/done": "<Response><Hangup/></Response>",
            "/number": f"<Response><Say>{GREETING}</Say><Redirect>{base}/menu</Redirect></Response>",
            "/menu": "<Response><Gather numDigits='1' action='/key'/></Response>",
            "/key": "<Response><Hangup/></Response>",
            "/news": "",
        }
        yield application


@pytest.fixture(
    scope="module",
    params=[{}, {"sip": "0.0.0.0:0", "advertised_ip": "203.0.113.9"}],
    ids=["loopback", "NAT"],
)
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, application: WebApplication
) -> Iterator[Node]:
    base = application.base_url
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, media_workers="2", **request.param) as node:
        open_office(node, "carol", voice_url=f"{base}/voice")
        sdk_client(node).incoming_phone_numbers.create(
            phone_number=SUPPORT, voice_url=f"{base}/number", status_callback=f"{base}/news"
        )
        yield node


def test_the_caller_hears_the_number_and_its_key_arrives_there(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with registered_baresip(tmp_path / "carol", Login("carol", node.sip_port)) as carol:
        carol.dial(f"sip:parcels@{OFFICE}")
        assert application.next_request().path == "/voice"
        called = application.next_request()
        assert (called.path, called.form["To"], called.form["Direction"]) == ("/number", SUPPORT, "inbound")
        carol.wait_established()
        assert application.next_request().path == "/menu"
        pressed = application.request_for_key(lambda: carol.press("7"))
        assert (pressed.path, pressed.form["Digits"]) == ("/key", "7")
        assert pressed.form["CallSid"] == called.form["CallSid"]
        ends = {each.path: each.form for each in (application.next_request(), application.next_request())}
        carol.wait_closed()
        heard = read_wav(carol.heard())
    greeted = np.concatenate([spoken(piece) for piece in pieces(GREETING)])
    assert places(heard, greeted)
    assert (ends["/done"]["DialCallStatus"], ends["/done"]["DialBridged"]) == ("completed", "true")
    assert (ends["/news"]["CallSid"], ends["/news"]["CallStatus"]) == (called.form["CallSid"], "completed")
    parent, child, inbound = reversed(sdk_client(node).calls.list(limit=3))
    assert [call.status for call in (parent, child, inbound)] == ["completed"] * 3
    assert (child.sid, child.parent_call_sid) == (ends["/done"]["DialCallSid"], parent.sid)
    assert (inbound.sid, inbound.parent_call_sid, inbound.to) == (called.form["CallSid"], None, SUPPORT)
