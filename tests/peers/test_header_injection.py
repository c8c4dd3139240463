"""CR, LF and NUL in what the REST API takes: nothing of it becomes a header of its own, anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
import requests

from offhook.sip.message import Request
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

ENDS = ("\r\nInjected: yes", "\nInjected: yes", "\rInjected: yes", "\r\n\r\nInjected: yes", "\0Injected: yes")


@dataclass(frozen=True)
class Api:
    """The REST API of a node, without an SDK in between that would mend what is sent."""

    node: Node

    def ask(self, method: str, path: str, **form: str) -> requests.Response:
        """path: below the account's, or from the root."""
        root = f"/2010-04-01/Accounts/{self.node.account_sid}" if not path.startswith("/offhook") else ""
        return requests.request(
            method,
            f"{self.node.base_url}{root}{path}",
            data=form if method == "POST" else None,
            params=form if method == "GET" else None,
            auth=(self.node.account_sid, self.node.auth_token),
            timeout=20,
        )


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        open_office(node, "alice")
        yield Api(node)


@pytest.fixture(scope="module")
def phone(api: Api) -> Iterator[UdpPhone]:
    """Alice's."""
    with UdpPhone(api.node.sip_port) as phone:
        registered = phone.ask(
            "REGISTER",
            f"sip:{OFFICE}",
            to=f"sip:alice@{OFFICE}",
            call_id=f"alice-{phone.address}",
            login=("alice", PASSWORD),
            headers=(("Contact", f"<sip:alice@{phone.address}>"),),
        )
        assert registered.status == 200
        yield phone


def invite(phone: UdpPhone) -> Request:
    """The next INVITE, answered with 486 so that its call is over."""
    return phone.respond(486)


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("field", ["To", "To in its headers", "From", "SipAuthUsername"])
def test_a_placed_call_carries_no_header_that_was_smuggled_in(
    api: Api, phone: UdpPhone, field: str, end: str
) -> None:
    form = {"To": f"sip:alice@{OFFICE}", "From": f"sip:desk@{OFFICE}", "Twiml": "<Response/>"}
    match field:
        case "To in its headers":
            form["To"] += f"?X-Note=a{quote(end)}"
        case "SipAuthUsername":
            form |= {"SipAuthUsername": f"a{end}", "SipAuthPassword": "b"}
        case _:
            form[field] += end
    answer = api.ask("POST", "/Calls.json", **form)
    if answer.status_code == 201:
        assert "Injected" not in {name for name, _ in invite(phone).headers.fields}
    else:
        assert answer.status_code == 400, answer.text
        assert "Injected" not in answer.headers


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/SIP/Domains.json", "DomainName"),
        ("/SIP/CredentialLists.json", "FriendlyName"),
        ("/SIP/IpAccessControlLists.json", "FriendlyName"),
    ],
)
def test_a_resource_of_such_a_name_is_refused_or_harmless(api: Api, path: str, field: str, end: str) -> None:
    answer = api.ask("POST", path, **{field: f"name{end}"})
    assert answer.status_code in (201, 400)
    assert "Injected" not in answer.headers


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/offhook/v1/Registrations", "User"),
        ("/offhook/v1/Registrations", "Domain"),
        ("/offhook/v1/Refusals", "CallId"),
        ("/offhook/v1/Refusals", "Source"),
        ("/offhook/v1/Calls", "CallId"),
    ],
)
def test_a_filter_like_that_finds_nothing(api: Api, path: str, field: str, end: str) -> None:
    answer = api.ask("GET", path, **{field: f"alice{end}"})
    assert answer.status_code in (200, 422)
    assert "Injected" not in answer.headers
    if answer.status_code == 200:
        assert answer.json()[path.rpartition("/")[2].lower()] == []


def test_what_a_phone_smuggles_into_its_contact_comes_back_as_it_was_or_not_at_all(api: Api) -> None:
    """A quoted instance with an escaped line end: it is refused, or quoted again, in the answer."""
    with UdpPhone(api.node.sip_port) as phone:
        contact = f'<sip:alice@{phone.address}>;+sip.instance="a\\\rInjected: yes"'
        request = phone.request(
            "REGISTER", f"sip:{OFFICE}", to=f"sip:alice@{OFFICE}", call_id="smuggled", headers=()
        )
        raw = request.to_bytes().replace(b"\r\n\r\n", b"\r\nContact: " + contact.encode() + b"\r\n\r\n")
        phone.send_bytes(raw)
        answer = parse_message(phone.heard(), Limits())
        assert not isinstance(answer, Request)
        assert answer.status in (400, 407)
        assert "Injected" not in {name for name, _ in answer.headers.fields}
