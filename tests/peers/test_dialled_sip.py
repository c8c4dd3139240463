"""`<Dial><Sip>` to an independent stack: what it says reaches the application, what it plays the caller."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import running_baresip
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.sipp import answering, play
from tests.support.sound import level, mu_law, read_wav, tone

pytestmark = pytest.mark.peer

DOMAIN = "app.sip.localhost"
ANNOUNCEMENT_HZ = 440


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", f"{application.base_url}/voice") as node:
        yield node


def put_through(application: WebApplication, nouns: str, attributes: str = "") -> None:
    application.documents["/voice"] = f"<Response><Dial action='/done' {attributes}>{nouns}</Dial></Response>"


def test_the_action_is_told_what_the_200_to_the_bye_says(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with answering("callee_says_headers", tmp_path / "callee") as port:
        put_through(application, f"<Sip>sip:agent@127.0.0.1:{port}</Sip>", "timeLimit='2'")
        play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
        assert application.next_request().path == "/voice"
        done = application.next_request().form
    assert (done["DialCallStatus"], done["DialSipResponseCode"]) == ("completed", "200")
    assert (done["DialSipHeader_X-Agent"], done["DialSipHeader_X-Seconds"]) == ("seven", "2")


def test_the_next_uri_is_tried_and_its_answer_is_what_the_whisper_is_told(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    application.documents["/whisper"] = "<Response/>"
    with (
        answering("callee_fails", tmp_path / "first") as first,
        answering("callee_says_headers", tmp_path / "second") as second,
    ):
        uris = "".join(
            f"<Uri priority='{priority}'>sip:agent@127.0.0.1:{port}</Uri>"
            for priority, port in ((2, second), (1, first))
        )
        put_through(application, f"<Sip url='/whisper'>{uris}</Sip>", "timeLimit='2'")
        play("application_hangs_up", node.sip_port, tmp_path, domain=DOMAIN)
        assert application.next_request().path == "/voice"
        whisper, done = application.next_request(), application.next_request()
    assert (whisper.path, whisper.form["SipHeader_X-Agent"]) == ("/whisper", "seven")
    assert (whisper.form["SipDomain"], whisper.form["SipSourceIp"]) == ("127.0.0.1", "127.0.0.1")
    assert "SipDomainSid" not in whisper.form
    assert whisper.form["SipCallId"] == done.form["DialSipCallId"]
    (noted,) = sdk_client(node).calls(whisper.form["CallSid"]).notifications.list()
    assert (noted.error_code, str(first) in noted.message_text) == ("32011", True)


@pytest.mark.parametrize("attributes", ["", "answerOnBridge='true'"], ids=["answered", "left ringing"])
def test_the_caller_hears_the_announcement_of_a_callee_that_then_refuses(
    node: Node, application: WebApplication, tmp_path: Path, attributes: str
) -> None:
    folder = tmp_path / "callee"
    folder.mkdir()
    (folder / "tone.ul").write_bytes(mu_law(tone(ANNOUNCEMENT_HZ)))
    proxy = f"sip:127.0.0.1:{node.sip_port}"
    with (
        answering("callee_announces", folder) as port,
        running_baresip(tmp_path / "caller", outbound=proxy) as caller,
    ):
        put_through(application, f"<Sip>sip:nobody@127.0.0.1:{port}</Sip>", attributes)
        caller.dial(f"sip:anyone@{DOMAIN}")
        assert application.next_request().path == "/voice"
        done = application.next_request().form
        if attributes:
            assert done["CallStatus"] == "ringing", "all that was before the answer"
        caller.wait_established()
        caller.wait_closed()
        assert level(read_wav(caller.heard()), ANNOUNCEMENT_HZ) > 0.9
    assert (done["DialCallStatus"], done["DialSipResponseCode"]) == ("failed", "404")
