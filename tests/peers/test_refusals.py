"""Each refusal on a live node: what the phone hears, and what `offhook calls why` says about it."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from offhook.model.refusal import ADVICE
from offhook.sip.message import Response
from tests.support.node import OFFHOOK, Node, running_node
from tests.support.sdk import sdk_client
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

PASSWORD = "Correct-Horse-7"
ALICE = ("alice", PASSWORD)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """`desks` wants a listed address, `phones` a password, `secure` TLS; `closed` takes nobody."""
    with running_node(tmp_path_factory.mktemp("node")) as node:
        sdk = sdk_client(node)
        users = sdk.sip.credential_lists.create("Phones")
        for name in ("alice", "bob"):
            sdk.sip.credential_lists(users.sid).credentials.create(name, PASSWORD)
        desks = sdk.sip.ip_access_control_lists.create("Desks")
        sdk.sip.ip_access_control_lists(desks.sid).ip_addresses.create(
            "Lab", "127.0.0.0", cidr_prefix_length=30
        )
        sdk.sip.ip_access_control_lists(desks.sid).ip_addresses.create("Roof", "192.0.2.1")
        domains = {
            name: sdk.sip.domains.create(f"{name}.sip.localhost", sip_registration=name in ("phones", "list"))
            for name in ("desks", "phones", "closed", "list")
        }
        roof = sdk.sip.ip_access_control_lists.create("Roof")
        sdk.sip.ip_access_control_lists(roof.sid).ip_addresses.create("Roof", "127.0.9.9")
        sdk.sip.domains(domains["desks"].sid).auth.calls.ip_access_control_list_mappings.create(roof.sid)
        phones = sdk.sip.domains(domains["phones"].sid).auth
        phones.calls.credential_list_mappings.create(users.sid)
        phones.registrations.credential_list_mappings.create(users.sid)
        secure = sdk.sip.domains.create("secure.sip.localhost", secure=True)
        sdk.sip.domains(secure.sid).auth.calls.ip_access_control_list_mappings.create(desks.sid)
        yield node


@pytest.fixture
def phone(node: Node) -> Iterator[UdpPhone]:
    with UdpPhone(node.sip_port) as phone:
        yield phone


def why(node: Node, name: str) -> tuple[int, Any]:
    """Exit status and JSON of `offhook calls why`."""
    flags = ["--url", node.base_url, "--account-sid", node.account_sid, "--auth-token", node.auth_token]
    done = subprocess.run(
        [OFFHOOK, "calls", "why", name, "--json", *flags], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def told(response: Response) -> int | None:
    """The code in X-Twilio-Error."""
    text = response.headers.get("X-Twilio-Error")
    return None if text is None else int(text.partition(" ")[0])


@dataclass(frozen=True)
class Case:
    """A request that is refused, and how."""

    domain: str
    status: int
    code: int | None
    login: tuple[str, str] | None = None
    nearly: str | None = None
    expires: int = 3600


CALLS = {
    "source": Case("desks.sip.localhost", 403, 32201, nearly="127.0.9.9/32 (Roof) of access list Roof"),
    "nothing-mapped": Case("closed.sip.localhost", 403, 32200),
    "no-tls": Case("secure.sip.localhost", 403, 32209),
    "misspelt": Case("desk.sip.localhost", 403, None, nearly="SIP Domain desks.sip.localhost"),
    "address": Case("192.0.2.77", 403, None),
    "password": Case(
        "phones.sip.localhost", 403, 32202, ("alice", "x"), "there is a user alice: the password is another"
    ),
    "no-such-user": Case("phones.sip.localhost", 403, 32202, ("eve", "x")),
}
REGISTRATIONS = {
    "off": Case("closed.sip.localhost", 403, 32210, ALICE),
    "no-list": Case("list.sip.localhost", 403, 32212, ALICE),
    "another-user": Case("phones.sip.localhost", 403, 32106, ("bob", PASSWORD)),
    "wrong": Case("phones.sip.localhost", 403, 32202, ("alice", "x")),
    "brief": Case("phones.sip.localhost", 423, None, ALICE, expires=60),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_refused_call_is_explained(node: Node, phone: UdpPhone, name: str) -> None:
    case, call_id = CALLS[name], f"invite-{name}"
    uri = f"sip:a@{case.domain}"
    response = phone.ask("INVITE", uri, to=uri, call_id=call_id, login=case.login)
    assert (response.status, told(response)) == (case.status, case.code)
    exit_status, found = why(node, call_id)
    assert exit_status == 0
    (refusal,) = found["refusals"]
    assert (refusal["method"], refusal["request_uri"]) == ("INVITE", uri)
    assert (refusal["source"], refusal["transport"]) == ("127.0.0.1", "UDP")
    assert (refusal["status"], refusal["code"], refusal["domain"]) == (case.status, case.code, case.domain)
    assert refusal["nearly"] == case.nearly
    assert refusal["matched"]
    assert refusal["advice"]
    if case.code is not None:
        assert refusal["advice"] == ADVICE[case.code]


@pytest.mark.parametrize("name", REGISTRATIONS)
def test_a_refused_registration_is_explained(node: Node, phone: UdpPhone, name: str) -> None:
    case, call_id = REGISTRATIONS[name], f"register-{name}"
    response = phone.ask(
        "REGISTER",
        f"sip:{case.domain}",
        to=f"sip:alice@{case.domain}",
        call_id=call_id,
        login=case.login,
        headers=(("Contact", f"<sip:alice@{phone.address}>"), ("Expires", str(case.expires))),
    )
    assert (response.status, told(response)) == (case.status, case.code)
    assert response.headers.get("Min-Expires") == ("600" if case.status == 423 else None)
    exit_status, found = why(node, call_id)
    assert exit_status == 0
    (refusal,) = found["refusals"]
    assert (refusal["method"], refusal["status"], refusal["code"]) == ("REGISTER", case.status, case.code)
    assert refusal["advice"]


def test_a_refer_outside_a_call_is_refused_and_explained(node: Node, phone: UdpPhone) -> None:
    uri = "sip:a@phones.sip.localhost"
    headers = (("Refer-To", "<sip:premium@192.0.2.1>"), ("Contact", f"<sip:x@{phone.address}>"))
    response = phone.ask("REFER", uri, to=uri, call_id="refer-outside", login=ALICE, headers=headers)
    assert (response.status, told(response)) == (403, 13802)
    exit_status, found = why(node, "refer-outside")
    assert exit_status == 0
    (refusal,) = found["refusals"]
    assert (refusal["method"], refusal["status"], refusal["code"]) == ("REFER", 403, 13802)
    assert refusal["advice"] == ADVICE[13802]


def test_a_notify_outside_a_call_belongs_to_no_subscription(node: Node, phone: UdpPhone) -> None:
    uri = "sip:a@phones.sip.localhost"
    headers = (("Event", "refer"), ("Subscription-State", "active"))
    assert phone.ask("NOTIFY", uri, to=uri, call_id="notify-outside", headers=headers).status == 481


def test_a_call_without_a_voice_url_is_explained(node: Node, phone: UdpPhone) -> None:
    uri = "sip:a@phones.sip.localhost"
    response = phone.ask("INVITE", uri, to=uri, call_id="no-voice-url", login=ALICE)
    assert response.status in (400, 404)
    exit_status, found = why(node, "no-voice-url")
    assert exit_status == 0
    (call,) = found["calls"]
    assert (call["status"], call["sip_response_code"]) == ("failed", response.status)
    assert call["notifications"]
    assert why(node, call["sid"]) == (0, {"calls": [call], "refusals": []})


def test_what_never_came_is_1(node: Node) -> None:
    assert why(node, "never-heard-of") == (1, {"calls": [], "refusals": []})
