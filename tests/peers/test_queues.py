"""A caller who waits and an agent who takes them: two baresip phones, Twilio's SDK beside them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.support.application import Asked, WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import sdk_client
from tests.support.sound import level, read_wav, tone

pytestmark = pytest.mark.peer

CAROL_HZ, DAVE_HZ = 440, 710
TALK_S = 3
ENQUEUE = "<Enqueue action='/left' waitUrl='/wait'>support</Enqueue>"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    documents = {
        "/wait": "<Response><Pause length='30'/></Response>",
        "/left": "<Response><Hangup/></Response>",
        "/served": "<Response><Hangup/></Response>",
        "/called-out": "<Response><Say>Come in.</Say></Response>",
    }
    with running_application(documents) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node"), "--voice-url", voice_url) as node:
        open_office(node, "carol", "dave", voice_url=voice_url)
        yield node


def answer(application: WebApplication, verb: str) -> None:
    application.documents["/voice"] = f"<Response>{verb}</Response>"


def asked_for(application: WebApplication, *paths: str) -> dict[str, Asked]:
    """The next requests, which come in any order."""
    asked = [application.next_request() for _ in paths]
    assert sorted(each.path for each in asked) == sorted(paths)
    return {each.path: each for each in asked}


def test_the_caller_waits_is_seen_over_the_api_and_talks_with_the_agent(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    sdk = sdk_client(node)
    carol_says, dave_says = tone(CAROL_HZ), tone(DAVE_HZ)
    with (
        registered_baresip(tmp_path / "dave", Login("dave", node.sip_port), says=dave_says) as dave,
        registered_baresip(tmp_path / "carol", Login("carol", node.sip_port), says=carol_says) as carol,
    ):
        answer(application, ENQUEUE)
        carol.dial(f"sip:support@{OFFICE}")
        carol.wait_established()
        turn = asked_for(application, "/voice", "/wait")["/wait"].form
        (queue,) = sdk.queues.list()
        assert (queue.friendly_name, queue.current_size, queue.max_size) == ("support", 1, 100)
        (member,) = sdk.queues(queue.sid).members.list()
        front = sdk.queues(queue.sid).members("Front").fetch()
        assert member.call_sid == front.call_sid == turn["CallSid"]
        assert (member.position, turn["QueuePosition"], turn["QueueSid"]) == (1, "1", queue.sid)
        with pytest.raises(TwilioRestException, match="cannot be deleted"):
            queue.delete()

        dial = f"<Dial action='/served' timeLimit='{TALK_S}'><Queue>support</Queue></Dial>"
        answer(application, dial)
        dave.dial(f"sip:agent@{OFFICE}")
        asked_for(application, "/voice")
        ends = asked_for(application, "/left", "/served")
        dave.wait_established()
        dave.wait_closed()
        carol.wait_closed()
        assert level(read_wav(carol.heard()), DAVE_HZ) > 0.95
        assert level(read_wav(dave.heard()), CAROL_HZ) > 0.95
    assert ends["/left"].form["QueueResult"] == "bridged"
    served = ends["/served"].form
    assert (served["DialCallStatus"], served["DialBridged"]) == ("completed", "true")
    assert (served["DialCallSid"], served["DequeingCallSid"]) == (member.call_sid, served["CallSid"])
    assert int(served["DialCallDuration"]) == TALK_S
    assert sdk.queues(queue.sid).fetch().current_size == 0


def test_who_waits_is_called_out_over_the_api(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    sdk = sdk_client(node)
    with registered_baresip(tmp_path / "carol", Login("carol", node.sip_port)) as carol:
        answer(application, ENQUEUE.replace("support", "sales"))
        carol.dial(f"sip:sales@{OFFICE}")
        carol.wait_established()
        asked_for(application, "/voice", "/wait")
        (queue,) = [queue for queue in sdk.queues.list() if queue.friendly_name == "sales"]
        url = f"{application.base_url}/called-out"
        member = sdk.queues(queue.sid).members("Front").update(url=url)
        assert member.position == 1
        asked = asked_for(application, "/left", "/called-out")
        assert asked["/left"].form["QueueResult"] == "redirected"
        assert asked["/called-out"].form["CallSid"] == member.call_sid
        carol.wait_closed()
    queue.delete()
    assert "sales" not in [queue.friendly_name for queue in sdk.queues.list()]
