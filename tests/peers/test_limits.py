"""Every limit that is a setting, set low on a live node: one more gets what `docs/limits.md` says."""

from collections.abc import Callable, Iterator

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from offhook.sip.message import Response
from tests.support.application import WebApplication, running_application
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office
from tests.support.sdk import sdk_client
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

SETTINGS = {
    "registration_expires_min": "60",
    "registration_expires_max": "120",
    "registration_contacts": "2",
    "registrations_per_domain": "4",
    "registrations_per_second": "50",
    "sip_domains_per_account": "2",
    "credential_lists_per_account": "2",
    "credentials_per_list": "4",
    "ip_access_control_lists_per_account": "1",
    "ip_addresses_per_list": "1",
    "call_length_max": "600",
    "api_calls_per_second": "1",
    "api_call_queue": "1",
    "domain_calls_per_second": "2",
    "source_calls_per_second": "4",
    "options_per_second": "3",
    "sip_message_bytes": "4000",
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The office, and `open`, which this machine may call."""
    with running_node(tmp_path_factory.mktemp("node"), **SETTINGS) as node:
        sdk = sdk_client(node)
        open_office(node, "alice", "bob", "carol")
        domain = sdk.sip.domains.create("open.sip.localhost")
        here = sdk.sip.ip_access_control_lists.create("Here")
        sdk.sip.ip_access_control_lists(here.sid).ip_addresses.create("Here", "127.0.0.1")
        sdk.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings.create(here.sid)
        yield node


@pytest.fixture
def phone(node: Node) -> Iterator[UdpPhone]:
    with UdpPhone(node.sip_port) as phone:
        yield phone


def told(response: Response) -> tuple[int, int | None]:
    """The status, and the code in X-Twilio-Error."""
    text = response.headers.get("X-Twilio-Error")
    return response.status, None if text is None else int(text.partition(" ")[0])


def register(phone: UdpPhone, user: str, *ports: int, expires: int = 100) -> Response:
    contacts = ", ".join(f"<sip:{user}@127.0.0.1:{port}>" for port in ports)
    return phone.ask(
        "REGISTER",
        f"sip:{OFFICE}",
        to=f"sip:{user}@{OFFICE}",
        call_id="-".join(map(str, (user, *ports, expires))),
        login=(user, PASSWORD),
        headers=(("Contact", contacts), ("Expires", str(expires))),
    )


def test_the_bounds_of_registrations(phone: UdpPhone) -> None:
    brief = register(phone, "alice", 6001, expires=59)
    assert (told(brief), brief.headers.get("Min-Expires")) == ((423, None), "60")
    long = register(phone, "alice", 6001, expires=7200)
    assert (long.status, long.headers.get("Contact")) == (200, "<sip:alice@127.0.0.1:6001>;expires=120")
    assert told(register(phone, "alice", 6001, 6002, 6003)) == (403, 32007)
    assert told(register(phone, "alice", 6001, 6002)) == (200, None)
    assert told(register(phone, "bob", 6004, 6005)) == (200, None)
    assert told(register(phone, "carol", 6006)) == (403, 32007), "the Domain has its four"


def one_domain_more(sdk: Client) -> None:
    sdk.sip.domains.create("third.sip.localhost")


def one_list_more(sdk: Client) -> None:
    sdk.sip.credential_lists.create("Second")
    sdk.sip.credential_lists.create("Third")


def one_user_more(sdk: Client) -> None:
    users = sdk.sip.credential_lists.list()[-1]
    for name in ("dave", "eve"):
        sdk.sip.credential_lists(users.sid).credentials.create(name, PASSWORD)


def one_access_list_more(sdk: Client) -> None:
    sdk.sip.ip_access_control_lists.create("Second")


def one_address_more(sdk: Client) -> None:
    (acl,) = sdk.sip.ip_access_control_lists.list()
    sdk.sip.ip_access_control_lists(acl.sid).ip_addresses.create("There", "192.0.2.1")


def one_call_more(sdk: Client) -> None:
    for _ in range(8):  # one leaves at once, two more may wait a second each; placing takes its time
        sdk.calls.create(to=f"sip:nobody@{OFFICE}", from_=f"sip:desk@{OFFICE}", twiml="<Response/>")


def one_second_more(sdk: Client) -> None:
    sdk.calls.create(
        to=f"sip:nobody@{OFFICE}", from_=f"sip:desk@{OFFICE}", twiml="<Response/>", time_limit=601
    )


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (one_domain_more, 21230),
        (one_list_more, 21239),
        (one_user_more, 21242),
        (one_access_list_more, 21255),
        (one_address_more, 21237),
        (one_second_more, 20422),
        (one_call_more, 22005),
    ],
)
def test_one_more_is_refused_by_the_api(node: Node, act: Callable[[Client], None], code: int) -> None:
    with pytest.raises(TwilioRestException) as caught:
        act(sdk_client(node))
    assert caught.value.code == code


def test_a_message_that_is_too_long_is_513(phone: UdpPhone) -> None:
    uri = "sip:a@open.sip.localhost"
    response = phone.ask("INVITE", uri, to=uri, call_id="long", headers=(("X-Long", "x" * 4000),))
    assert response.status in (400, 513)


def burst(phone: UdpPhone, method: str, uri: str, count: int) -> list[tuple[int, int | None, str | None]]:
    """So many requests at once: status, code and Retry-After of each."""
    for number in range(count):
        request = phone.request(method, uri, to=uri, call_id=f"{method}-{uri}-{number}")
        branch = (("branch", f"z9hG4bK{method}{number}"), ("rport", ""))
        phone.send(
            request.with_via(
                type(request.via)(request.via.transport, "127.0.0.1", phone.address.port, branch)
            )
        )
    answers = [phone.final() for _ in range(count)]
    return [(*told(answer), answer.headers.get("Retry-After")) for answer in answers]


def test_calls_to_the_domains_of_an_account_and_from_one_address(node: Node) -> None:
    """Without a Voice URL each is 404 at once; two pass the account's rate, two more the address's."""
    with UdpPhone(node.sip_port) as phone:
        answers = burst(phone, "INVITE", "sip:a@open.sip.localhost", 6)
    assert sorted(answers, key=str) == sorted(
        [(404, 21205, None)] * 2 + [(503, 32013, "1")] * 2 + [(503, None, "1")] * 2, key=str
    )


def test_options_from_one_address(node: Node) -> None:
    with UdpPhone(node.sip_port) as phone:
        answers = burst(phone, "OPTIONS", "sip:open.sip.localhost", 5)
    assert sorted(answers, key=str) == sorted([(200, None, None)] * 3 + [(503, None, "10")] * 2, key=str)


def test_a_call_that_waits_for_its_turn_is_queued_and_can_be_given_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_application({"/news": ""}) as application:
        slow = {"api_calls_per_second": "1", "calls_max": "50"}
        with running_node(tmp_path_factory.mktemp("slow"), **slow) as node:
            open_office(node)
            first, *_, last = [place(node, application) for _ in range(20)]
            sdk = sdk_client(node)
            assert sdk.calls(last).fetch().status == "queued"
            assert sdk.calls(last).update(status="canceled").status == "canceled"
            told = application.next_request().form
            assert (told["CallSid"], told["CallStatus"]) == (first, "failed")


def place(node: Node, application: WebApplication) -> str:
    call = sdk_client(node).calls.create(
        to=f"sip:nobody@{OFFICE}",
        from_=f"sip:desk@{OFFICE}",
        twiml="<Response/>",
        status_callback=f"{application.base_url}/news",
    )
    return str(call.sid)
