"""baresip, a real softphone, calls the demo: it hears the menu, presses a key, hears the answer to it."""

from pathlib import Path

import pytest

from offhook.verbs.voice import pieces
from tests.support.application import running_application
from tests.support.baresip import running_baresip
from tests.support.node import running_node
from tests.support.sdk import sdk_client
from tests.support.sound import places, read_wav, spoken

pytestmark = pytest.mark.peer

MENU = (
    "Welcome to the test bench of the telephone company, dear caller from far away. Please press a key now."
)
ANSWER = "You have pressed the seventh key of your telephone, and this is the answer to it."


def test_baresip_presses_a_key_and_hears_its_answer(tmp_path: Path) -> None:
    documents = {
        "/voice": f"<Response><Gather numDigits='1' action='/key'><Say>{MENU}</Say></Gather></Response>",
        "/key": f"<Response><Say>{ANSWER}</Say></Response>",
    }
    with (
        running_application(documents) as application,
        running_node(tmp_path, "--voice-url", f"{application.base_url}/voice") as node,
        running_baresip(tmp_path / "phone", outbound=f"sip:127.0.0.1:{node.sip_port}") as phone,
    ):
        phone.command("dial", "sip:anyone@app.sip.localhost")
        phone.wait_for("CALL_ESTABLISHED")
        assert application.next_request().path == "/voice"
        phone.command("sndcode", "7")
        pressed = application.next_request()
        phone.wait_for("CALL_CLOSED")
        assert (pressed.path, pressed.form["Digits"]) == ("/key", "7")
        heard = read_wav(phone.heard())
        for piece in pieces(ANSWER):
            assert places(heard, spoken(piece))
        (call,) = sdk_client(node).calls.list()
        assert (call.sid, call.status) == (pressed.form["CallSid"], "completed")
