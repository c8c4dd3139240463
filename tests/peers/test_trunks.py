"""Carriers played by SIPp: a call out that the second of two takes, a call in that its address lets in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import running_baresip
from tests.support.node import Node, running_node
from tests.support.sdk import downloaded, sdk_client
from tests.support.sipp import answering, play
from tests.support.sound import level, mu_law, read_tracks, read_wav, tone

pytestmark = pytest.mark.peer

OURS, CALLED, HZ = "+15550100300", "+49301234567", 440
CARRIERS: Final = "carrier.sip.localhost"


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(
        tmp_path_factory.mktemp("node"), "--voice-url", voice_url, default_trunk="Carrier"
    ) as node:
        sdk = sdk_client(node)
        sdk.incoming_phone_numbers.create(phone_number=OURS)
        policy = sdk.voice.v1.connection_policies.create("Carrier")
        trunk = sdk.voice.v1.byoc_trunks.create(
            friendly_name="Carrier",
            connection_policy_sid=policy.sid,
            voice_url=f"{application.base_url}/trunk",
        )
        domain = sdk.sip.domains.create(CARRIERS, byoc_trunk_sid=trunk.sid)
        record = sdk.voice.v1.ip_records.create("127.0.0.1")
        sdk.voice.v1.source_ip_mappings.create(record.sid, domain.sid)
        yield node


def carrier(folder: Path) -> Path:
    """Where a carrier finds what it says."""
    folder.mkdir()
    (folder / "tone.ul").write_bytes(mu_law(tone(HZ)))
    return folder


def targets(node: Node, *ports: int) -> None:
    """The carrier's addresses, in this order."""
    (policy,) = sdk_client(node).voice.v1.connection_policies.list()
    for target in policy.targets.list():
        target.delete()
    for priority, port in enumerate(ports):
        policy.targets.create(f"sip:127.0.0.1:{port};x=1", priority=priority)


def test_the_second_carrier_takes_the_call_and_is_heard(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    dial = f"<Dial action='/done' callerId='{OURS}' timeLimit='3'>{CALLED}</Dial>"
    application.documents["/voice"] = f"<Response>{dial}</Response>"
    with (
        answering("callee_fails", tmp_path / "first") as first,
        answering("carrier_answers", carrier(tmp_path / "second")) as second,
        running_baresip(tmp_path / "caller", outbound=f"sip:127.0.0.1:{node.sip_port}") as caller,
    ):
        targets(node, first, second)
        caller.dial("sip:anyone@app.sip.localhost")
        assert application.next_request().path == "/voice"
        done = application.next_request().form
        caller.wait_closed()
        assert level(read_wav(caller.heard()), HZ) > 0.9
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "true")
    (noted,) = sdk_client(node).calls(done["DialCallSid"]).notifications.list()
    assert (noted.error_code, str(first) in noted.message_text) == ("32011", True)


def test_a_call_that_the_api_places_goes_by_the_trunk_it_names(node: Node, tmp_path: Path) -> None:
    (trunk,) = sdk_client(node).voice.v1.byoc_trunks.list()
    with answering("carrier_answers", carrier(tmp_path / "carrier")) as port:
        targets(node, port)
        call = sdk_client(node).calls.create(
            to=CALLED, from_=OURS, byoc=trunk.sid, twiml="<Response><Pause length='1'/></Response>"
        )
        assert (call.to, call._from, call.status) == (CALLED, OURS, "queued")


def test_a_carrier_that_is_known_by_its_address_calls_the_trunk_and_is_heard(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    application.documents["/trunk"] = "<Response><Record maxLength='2' action='/done'/></Response>"
    folder = carrier(tmp_path / "carrier")
    play("carrier_calls", node.sip_port, folder, domain=CARRIERS, service=CALLED)
    asked, done = application.next_request(), application.next_request().form
    assert (asked.path, asked.form["To"], asked.form["From"]) == ("/trunk", CALLED, "+442071838750")
    assert not [name for name in asked.form if name.startswith("Sip")]
    (heard,) = read_tracks(downloaded(node, done["RecordingUrl"]))
    assert level(heard, HZ) > 0.9


@pytest.mark.parametrize("verify", ["", ";verify=false"], ids=["checked", "not checked"])
def test_a_carrier_with_a_certificate_of_its_own_is_called_where_it_is_not_checked(
    node: Node, tmp_path: Path, verify: str
) -> None:
    (trunk,) = sdk_client(node).voice.v1.byoc_trunks.list()
    (policy,) = sdk_client(node).voice.v1.connection_policies.list()
    documents = {"/carrier": "<Response><Pause length='1'/><Hangup/></Response>", "/ended": ""}
    with (
        running_application(documents) as application,
        running_node(tmp_path) as carrier_node,
    ):
        carrier_sdk = sdk_client(carrier_node)
        domain = carrier_sdk.sip.domains.create(
            CARRIERS, voice_url=f"{application.base_url}/carrier", secure=True
        )
        record = carrier_sdk.voice.v1.ip_records.create("127.0.0.1")
        carrier_sdk.voice.v1.source_ip_mappings.create(record.sid, domain.sid)
        for target in policy.targets.list():
            target.delete()
        port = carrier_node.sips_port
        policy.targets.create(f"sip:127.0.0.1:{port};transport=tls;secure=true{verify}")
        call = sdk_client(node).calls.create(
            to=CALLED,
            from_=OURS,
            byoc=trunk.sid,
            twiml="<Response><Pause length='30'/></Response>",
            status_callback=f"{application.base_url}/ended",
        )
        asked = [application.next_request()]
        if verify:
            assert asked[0].path == "/carrier"
            asked.append(application.next_request())
        ended = asked[-1].form
    codes = {int(note.error_code) for note in sdk_client(node).calls(call.sid).notifications.list()}
    assert ended["CallStatus"] == ("completed" if verify else "failed")
    assert codes == (set() if verify else {32011, 32400})
