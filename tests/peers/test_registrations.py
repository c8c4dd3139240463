"""What ends a registration on a live node before its time, as its operator and its callers see it."""

import socket
from collections.abc import Callable, Iterator

import pytest
from twilio.rest import Client

from offhook.sip.message import Response
from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office, registrations
from tests.support.sdk import sdk_client
from tests.support.tcp_phone import TcpPhone, TlsPhone
from tests.support.udp_phone import LIMIT_S, UdpPhone

pytestmark = pytest.mark.peer

DESK = f"sip:desk@{OFFICE}"
BEHIND_A_NAT = "192.168.77.7:5060"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running_node(tmp_path_factory.mktemp("node")) as node:
        open_office(node, "TCP", "TLS", "carol", "dave")
        yield node


@pytest.fixture
def application() -> Iterator[WebApplication]:
    with running_application({"/news": ""}) as application:
        yield application


def register(phone: UdpPhone, user: str, contact: str, domain: str = OFFICE) -> Response:
    """REGISTER with the password."""
    return phone.ask(
        "REGISTER",
        f"sip:{domain}",
        to=f"sip:{user}@{domain}",
        call_id=f"{user}-{phone.address}",
        login=(user, PASSWORD),
        headers=(("Contact", contact), ("Supported", "outbound, path")),
    )


def codes_of_a_call_to(node: Node, user: str, application: WebApplication, domain: str = OFFICE) -> list[str]:
    """The codes that a call to a user ends with, once it has."""
    sdk = sdk_client(node)
    news = f"{application.base_url}/news"
    call = sdk.calls.create(to=f"sip:{user}@{domain}", from_=DESK, twiml="<Response/>", status_callback=news)
    assert application.next_request().form["CallStatus"] == "failed"
    notes = sdk.api.v2010.account.calls(call.sid).notifications.list()
    return [note.error_code for note in notes]


@pytest.mark.parametrize("kind", [TcpPhone, TlsPhone])
def test_a_phone_behind_a_nat_is_gone_with_its_connection(
    node: Node, application: WebApplication, kind: type[TcpPhone]
) -> None:
    with kind(node.sips_port if kind is TlsPhone else node.sip_port) as phone:
        contact = f"<sip:phone@{BEHIND_A_NAT};transport={kind.transport.lower()}>"
        assert register(phone, kind.transport, contact).status == 200
        assert len(registrations(node, kind.transport)) == 1
    assert registrations(node, kind.transport) == []
    assert codes_of_a_call_to(node, kind.transport, application) == ["32009"]


def test_a_flow_of_outbound_is_gone_with_its_connection(node: Node) -> None:
    with TcpPhone(node.sip_port) as phone:
        contact = f'<sip:carol@{phone.address};transport=tcp;ob>;reg-id=1;+sip.instance="<urn:uuid:1>"'
        answer = register(phone, "carol", contact)
        assert (answer.status, answer.headers.get("Require")) == (200, "outbound")
    assert registrations(node, "carol") == []


def test_a_phone_that_takes_connections_is_dialled_where_its_contact_says(node: Node) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(LIMIT_S)
        with TcpPhone(node.sip_port) as phone:
            contact = f"<sip:dave@127.0.0.1:{elsewhere.getsockname()[1]};transport=tcp>"
            assert register(phone, "dave", contact).status == 200
        sdk_client(node).calls.create(to=f"sip:dave@{OFFICE}", from_=DESK, twiml="<Response/>")
        connection, _ = elsewhere.accept()
        with connection:
            assert connection.recv(65_535).startswith(b"INVITE sip:dave@")
            assert len(registrations(node, "dave")) == 1


def remove_user(sdk: Client, users: str, domain: str) -> None:
    (alice,) = [
        user for user in sdk.sip.credential_lists(users).credentials.list() if user.username == "alice"
    ]
    assert sdk.sip.credential_lists(users).credentials(alice.sid).delete()


def change_password(sdk: Client, users: str, domain: str) -> None:
    (alice,) = [
        user for user in sdk.sip.credential_lists(users).credentials.list() if user.username == "alice"
    ]
    sdk.sip.credential_lists(users).credentials(alice.sid).update("Another-Horse-8")


def unmap_list(sdk: Client, users: str, domain: str) -> None:
    assert sdk.sip.domains(domain).auth.registrations.credential_list_mappings(users).delete()


def switch_off(sdk: Client, users: str, domain: str) -> None:
    sdk.sip.domains(domain).update(sip_registration=False)


def delete_domain(sdk: Client, users: str, domain: str) -> None:
    assert sdk.sip.domains(domain).delete()


@pytest.mark.parametrize(
    ("act", "keeps_bob", "code"),
    [
        (remove_user, True, "32009"),
        (change_password, True, "32009"),
        (unmap_list, False, "32009"),
        (switch_off, False, "32009"),
        (delete_domain, False, "32002"),
    ],
)
def test_what_allowed_a_registration_ends_and_so_does_it(
    node: Node,
    application: WebApplication,
    act: Callable[[Client, str, str], None],
    keeps_bob: bool,
    code: str,
) -> None:
    sdk, name = sdk_client(node), f"{act.__name__.replace('_', '-')}.sip.localhost"
    open_office(node, "alice", "bob", name=name)
    (users,) = [each for each in sdk.sip.credential_lists.list() if name in each.friendly_name]
    (domain,) = [each for each in sdk.sip.domains.list() if each.domain_name == name]
    with UdpPhone(node.sip_port) as phone:
        for user in ("alice", "bob"):
            assert register(phone, user, f"<sip:{user}@{phone.address}>", name).status == 200
        assert len(registrations(node, "alice", name)) == 1
        act(sdk, users.sid, domain.sid)
        assert registrations(node, "alice", name) == []
        assert len(registrations(node, "bob", name)) == keeps_bob
        assert codes_of_a_call_to(node, "alice", application, name) == [code]
