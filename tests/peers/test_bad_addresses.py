"""Names and redirections that lead a call back to the node, or where the operator lets none go."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.application import WebApplication, running_application
from tests.support.dnsmasq import running_dnsmasq
from tests.support.free_port import free_port
from tests.support.node import Node, running_node
from tests.support.sdk import sdk_client
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer


@dataclass(frozen=True)
class Place:
    """A node whose DNS knows names for it."""

    node: Node
    application: WebApplication

    def call(self, to: str) -> str:
        """Place a call; its Sid."""
        news = f"{self.application.base_url}/news"
        call = sdk_client(self.node).calls.create(
            to=to, from_="sip:desk@example.com", twiml="<Response/>", status_callback=news
        )
        return str(call.sid)

    def outcome(self, sid: str) -> tuple[str, list[tuple[str, str]]]:
        """Its status and what was logged about it, once it has ended."""
        while (told := self.application.next_request().form)["CallSid"] != sid:
            pass
        notes = sdk_client(self.node).api.v2010.account.calls(sid).notifications.list()
        return told["CallStatus"], [(note.error_code, note.message_text) for note in notes]


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/news": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Place]:
    folder, port = tmp_path_factory.mktemp("dns"), free_port()
    records = ["host-record=home.test,127.0.0.1", f"srv-host=_sip._udp.service.test,home.test,{port},10,1"]
    with running_dnsmasq(folder, records) as (host, dns_port):
        settings = {"sip": f"127.0.0.1:{port}", "dns_servers": f"{host}:{dns_port}"}
        with running_node(tmp_path_factory.mktemp("node"), **settings) as node:
            yield Place(node, application)


@pytest.mark.parametrize("uri", ["sip:x@127.0.0.1:{port}", "sip:x@home.test:{port}", "sip:x@service.test"])
def test_a_name_that_leads_back_to_the_node_is_32105(place: Place, uri: str) -> None:
    sid = place.call(uri.format(port=place.node.sip_port))
    status, ((code, text),) = place.outcome(sid)
    assert (status, code) == ("failed", "32105")
    assert "leads back to this node" in text


def test_a_redirection_back_to_the_node_is_not_followed(place: Place) -> None:
    with UdpPhone(place.node.sip_port) as phone:
        sid = place.call(f"sip:x@{phone.address}")
        home = f"<sip:x@home.test:{place.node.sip_port}>"
        phone.respond(302, headers=(("Contact", home),))
        status, notes = place.outcome(sid)
    assert (status, [code for code, _ in notes]) == ("failed", ["32219"])


def test_a_private_address_is_called_where_the_operator_lets_it_alone(
    place: Place, application: WebApplication, tmp_path: Path
) -> None:
    with UdpPhone(place.node.sip_port) as phone:
        place.call(f"sip:x@{phone.address}")
        assert phone.heard().startswith(b"INVITE")
    with running_node(tmp_path, allow_private_webhooks="false") as strict:
        sdk = sdk_client(strict)
        call = sdk.calls.create(to="sip:x@127.0.0.1:5099", from_="sip:a@b.test", twiml="<Response/>")
        while (found := sdk.calls(call.sid).fetch()).status != "failed":
            pass
        (note,) = sdk.api.v2010.account.calls(found.sid).notifications.list()
        assert (note.error_code, "allow_private_webhooks" in note.message_text) == ("13254", True)
