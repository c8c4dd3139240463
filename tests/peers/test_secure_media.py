"""SRTP with phones of others: baresip, which will not speak without, at a secure SIP Domain and called by us.

Each side of a bridge is protected for itself. Which refusal has which code: reference/sip-interface 10.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.linphone import registered_linphone
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import sdk_client
from tests.support.sound import level, likeness, places, read_wav, spoken, tone

pytestmark = pytest.mark.peer

GREETING: Final = "The parcel is waiting for you at the front desk."
SAFE: Final = "safe.sip.localhost"
"""A Domain with Secure=true; that of the office has Secure=false."""
CAROL_HZ, DAVE_HZ = 440, 710
LIMIT_S: Final = 60


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({}) as application:
        application.documents |= {
            "/voice": f"<Response><Say>{GREETING}</Say><Redirect>/menu</Redirect></Response>",
            "/menu": "<Response><Gather numDigits='1' action='/key'/></Response>",
            "/key": "<Response><Hangup/></Response>",
            "/done": "<Response><Hangup/></Response>",
        }
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    with running_node(tmp_path_factory.mktemp("node")) as node:
        open_office(node, "carol", "dave", voice_url=voice_url)
        sdk = sdk_client(node)
        listed = sdk.sip.ip_access_control_lists.create("Loopback")
        sdk.sip.ip_access_control_lists(listed.sid).ip_addresses.create(
            "Here", "127.0.0.0", cidr_prefix_length=8
        )
        other_url = f"{application.base_url}/other"
        for name, url in ((SAFE, voice_url), ("other.sip.localhost", other_url)):
            domain = sdk.sip.domains.create(name, voice_url=url, secure=True)
            sdk.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings.create(listed.sid)
        yield node


def secure_login(node: Node, user: str) -> Login:
    return Login(user, node.sips_port, "tls", node.ca_file, srtp=True)


def told(node: Node, call_sid: str) -> list[str]:
    return [each.error_code for each in sdk_client(node).calls(call_sid).notifications.list()]


def why(node: Node, name: str) -> str:
    """What `offhook calls why` prints."""
    flags = ["--url", node.base_url, "--account-sid", node.account_sid, "--auth-token", node.auth_token]
    command = [str(OFFHOOK), "calls", "why", name, *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout


def call(node: Node, domain: str, transport: str, *arguments: str) -> tuple[int, Any]:
    """Exit status and report of `offhook call`."""
    port = node.sips_port if transport == "tls" else node.sip_port
    uri = f"sip:desk@{domain}:{port};transport={transport}"
    command = [str(OFFHOOK), "call", uri, "--ca", str(node.ca_file), "--for", "4", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_phone_with_srtp_calls_a_secure_domain_hears_and_presses_a_key(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with registered_baresip(tmp_path / "carol", secure_login(node, "carol")) as carol:
        carol.dial(f"sip:parcels@{SAFE}")
        asked = application.next_request()
        assert asked.path == "/voice"
        carol.wait_established()
        assert application.next_request().path == "/menu"
        pressed = application.request_for_key(lambda: carol.press("7"))
        assert (pressed.path, pressed.form["Digits"]) == ("/key", "7")
        carol.wait_closed()
        assert likeness(read_wav(carol.heard()), spoken(GREETING)) > 0.9
    assert "RTP/SAVP" in carol.printed.text()
    assert told(node, asked.form["CallSid"]) == []
    assert "inline:" not in node.log()


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"])
def test_linphone_calls_a_secure_domain_by_either_suite_hears_and_presses_a_key(
    node: Node, application: WebApplication, tmp_path: Path, suite: str
) -> None:
    application.asked.queue.clear()
    with registered_linphone(tmp_path, replace(secure_login(node, "dave"), srtp_suite=suite)) as dave:
        dave.dial(f"sip:parcels@{SAFE}")
        asked = application.next_request()
        assert asked.path == "/voice"
        dave.wait_established()
        assert application.next_request().path == "/menu"
        pressed = application.request_for_key(lambda: dave.press("7"))
        assert (pressed.path, pressed.form["Digits"]) == ("/key", "7")
        dave.wait_closed()
        assert len(places(read_wav(dave.heard()), spoken(GREETING))) == 1
    assert f"a=crypto:1 {suite} inline:" in dave.printed.text()
    assert told(node, asked.form["CallSid"]) == []


def test_the_phone_of_the_command_line_speaks_srtp(node: Node, application: WebApplication) -> None:
    application.documents["/other"] = (
        f"<Response><Gather numDigits='1' action='/key'><Say>{GREETING}</Say></Gather></Response>"
    )
    status, said = call(node, "other.sip.localhost", "tls", "--srtp", "--expect", GREETING, "--press", "7")
    assert (status, len(said["steps"])) == (0, 2)
    assert application.next_request().path == "/other"
    pressed = application.next_request()
    assert (pressed.path, pressed.form["Digits"]) == ("/key", "7")


CAROL: Final = ("--auth", "carol:Correct-Horse-7")


@pytest.mark.parametrize(
    ("domain", "transport", "flags", "expected"),
    [
        (SAFE, "tls", (), (488, 32208, "Let the peer offer SRTP")),
        (SAFE, "udp", ("--srtp",), (403, 32209, "Let the peer connect by TLS")),
        (SAFE, "udp", (), (403, 32209, "Let the peer connect by TLS")),
        (OFFICE, "tls", ("--srtp", *CAROL), (488, 32207, "Let the peer offer plain")),
        (OFFICE, "udp", ("--srtp", *CAROL), (488, 32207, "Let the peer offer plain")),
    ],
)
def test_what_a_domain_does_not_take_is_refused_and_explained(
    node: Node, domain: str, transport: str, flags: tuple[str, ...], expected: tuple[int, int, str]
) -> None:
    status, code, change = expected
    exit_status, said = call(node, domain, transport, *flags)
    assert (exit_status, said["sip_status"]) == (1, status)
    explained = why(node, said["sip_call_id"])
    assert str(code) in explained
    assert change in explained


def test_as_offered_a_domain_that_is_not_secure_takes_either_and_a_secure_one_stays_strict(
    tmp_path: Path,
) -> None:
    greeting = {"/either": f"<Response><Say>{GREETING}</Say></Response>"}
    with (
        running_application(greeting) as application,
        running_node(tmp_path, secure_media="as-offered") as node,
    ):
        either = f"{application.base_url}/either"
        open_office(node, "carol", voice_url=either)
        sdk = sdk_client(node)
        for transport in ("udp", "tls"):
            for flags in ((), ("--srtp",)):
                status, said = call(node, OFFICE, transport, *CAROL, *flags, "--expect", GREETING)
                assert status == 0, said
        assert [each.status for each in sdk.calls.list()] == ["completed"] * 4
        listed = sdk.sip.ip_access_control_lists.create("Loopback")
        sdk.sip.ip_access_control_lists(listed.sid).ip_addresses.create(
            "Here", "127.0.0.0", cidr_prefix_length=8
        )
        domain = sdk.sip.domains.create(SAFE, voice_url=either, secure=True)
        sdk.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings.create(listed.sid)
        assert call(node, SAFE, "tls")[1]["sip_status"] == 488


def test_a_secure_caller_and_a_plain_callee_hear_each_other(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    application.documents["/other"] = (
        f"<Response><Dial action='/done' timeLimit='4'><Sip>dave@{OFFICE}</Sip></Dial></Response>"
    )
    with (
        registered_baresip(tmp_path / "dave", Login("dave", node.sip_port), says=tone(DAVE_HZ)) as dave,
        registered_baresip(tmp_path / "carol", secure_login(node, "carol"), says=tone(CAROL_HZ)) as carol,
    ):
        carol.dial("sip:anybody@other.sip.localhost")
        assert application.next_request().path == "/other"
        dave.wait_established()
        dave.wait_closed()
        assert application.next_request().form["DialCallStatus"] == "completed"
        carol.wait_established()
        carol.wait_closed()
        assert level(read_wav(carol.heard()), DAVE_HZ) > 0.95
        assert level(read_wav(dave.heard()), CAROL_HZ) > 0.95
    assert "RTP/SAVP" in carol.printed.text()
    assert "RTP/SAVP" not in dave.printed.text()


def test_a_phone_that_is_registered_over_tls_is_called_with_srtp(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    with registered_baresip(tmp_path / "carol", secure_login(node, "carol")) as carol:
        placed = sdk_client(node).calls.create(
            to=f"sip:carol@{OFFICE};secure=true",
            from_=f"sip:desk@{OFFICE}",
            twiml=f"<Response><Say>{GREETING}</Say></Response>",
        )
        carol.wait_established()
        carol.wait_closed()
        assert likeness(read_wav(carol.heard()), spoken(GREETING)) > 0.9
    assert "RTP/SAVP" in carol.printed.text()
    assert told(node, placed.sid) == []
