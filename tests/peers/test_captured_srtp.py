"""What is on the wire of a call with SRTP: audio for who has the key of its SDP, noise for everybody else.

libsrtp, which others use, reads the capture; Wireshark reads what it makes of it. And what a call makes of
packets under another key, and of packets that come again.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from pylibsrtp import Error

from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.sdk import downloaded, sdk_client
from tests.support.secure_phone import PROFILES, SecurePhone, reading_session
from tests.support.sound import from_mu_law, level, likeness, mu_law, read_tracks, spoken, tone
from tests.support.tap import dissect, write_pcap

pytestmark = pytest.mark.peer

GREETING: Final = "The parcel is waiting for you at the front desk."
SAFE: Final = "safe.sip.localhost"
PHONE_HZ: Final = 440
NOISE: Final = 0.2
"""Likeness of noise to a sentence: below it nothing of the sentence is there."""
QUIET_S: Final = 3
"""A call whose peer sends nothing that can be read is ended after so long."""


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>"}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node"), media_timeout=str(QUIET_S)) as node:
        sdk = sdk_client(node)
        listed = sdk.sip.ip_access_control_lists.create("Loopback")
        sdk.sip.ip_access_control_lists(listed.sid).ip_addresses.create(
            "Here", "127.0.0.0", cidr_prefix_length=8
        )
        domain = sdk.sip.domains.create(SAFE, voice_url=f"{application.base_url}/voice", secure=True)
        sdk.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings.create(listed.sid)
        yield node


@pytest.mark.parametrize("suite", PROFILES)
def test_a_captured_call_is_the_audio_with_its_key_and_noise_without(
    node: Node, application: WebApplication, tmp_path: Path, suite: str
) -> None:
    application.documents["/voice"] = f"<Response><Say>{GREETING}</Say></Response>"
    with SecurePhone(node.sips_port, node.ca_file) as phone:
        agreed = phone.call(f"sip:parcels@{SAFE}", suite)
        assert agreed.suite == suite
        phone.talk(agreed, bytes(8000 * 4))
        assert "Q.850;cause=16" in (phone.wait_bye().headers.get("Reason") or "")
        captured = phone.captured
    assert len(captured) > 100
    greeting = spoken(GREETING)
    on_the_wire = from_mu_law(b"".join(packet.data[12:172] for packet in captured))
    assert likeness(on_the_wire, greeting) < NOISE
    session = reading_session(agreed.key, suite)
    clear = [replace(packet, data=session.unprotect(packet.data)) for packet in captured]
    write_pcap(tmp_path / "clear.pcap", clear)
    packets = dissect(tmp_path / "clear.pcap", [captured[0].destination])
    payload = bytes.fromhex("".join(each["rtp"]["rtp.payload"] for each in packets).replace(":", ""))
    assert likeness(from_mu_law(payload), greeting) > 0.9
    stranger = reading_session(bytes(30), suite)
    for packet in captured:
        with pytest.raises(Error):
            stranger.unprotect(packet.data)
    assert "inline:" not in node.log()


def test_packets_under_another_key_are_not_heard_and_the_call_ends_as_one_without_audio(
    node: Node, application: WebApplication
) -> None:
    application.documents["/voice"] = "<Response><Gather timeout='20'/></Response>"
    application.asked.queue.clear()
    with SecurePhone(node.sips_port, node.ca_file) as phone:
        agreed = phone.call(f"sip:parcels@{SAFE}", "AES_CM_128_HMAC_SHA1_80")
        phone.talk(agreed, mu_law(tone(PHONE_HZ)) * (QUIET_S + 2), key=bytes(30))
        phone.wait_bye()
    sid = application.next_request().form["CallSid"]
    assert [each.error_code for each in sdk_client(node).calls(sid).notifications.list()] == ["32014"]


def test_packets_that_come_again_are_recorded_once(node: Node, application: WebApplication) -> None:
    application.documents["/voice"] = (
        "<Response><Record action='/done' maxLength='2' playBeep='false' trim='do-not-trim'/></Response>"
    )
    application.asked.queue.clear()
    with SecurePhone(node.sips_port, node.ca_file) as phone:
        agreed = phone.call(f"sip:parcels@{SAFE}", "AES_CM_128_HMAC_SHA1_80")
        phone.talk(agreed, mu_law(tone(PHONE_HZ)) * 3, copies=3)
        phone.wait_bye()
    assert application.next_request().path == "/voice"
    done = application.next_request()
    assert (done.path, done.form["RecordingDuration"]) == ("/done", "2")
    (heard,) = read_tracks(downloaded(node, done.form["RecordingUrl"]))
    assert level(heard, PHONE_HZ) > 0.95
