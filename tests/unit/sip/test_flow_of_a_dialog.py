"""Where requests inside a dialog go when the peer's Contact is not where it sends from (NAT)."""

import pytest

from offhook.sip.event import FlowNeeded, Invited
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.invitation import Invitation
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Settings
from offhook.sip.uri import SipUri
from tests.support.sip_wire import FLOW, SDP, US, Wire, answer, request

HOME = Flow(Transport.UDP, US, Address("203.0.113.7", 61_000), US)
"""A phone behind a NAT, as we see it."""
TCP = Flow(Transport.TCP, US, Address("10.0.0.1", 49_152), US, 1)


TLS = Flow(Transport.TLS, US, Address("10.0.0.1", 5061), US, 1, "office.example")
"""A connection that we opened to a peer whose certificate was checked for this domain."""


def asked(wire: Wire) -> list[str]:
    """The URIs for which a flow is looked for."""
    found = []
    while (event := wire.agent.poll_event()) is not None:
        if isinstance(event, FlowNeeded):
            found.append(str(event.uri))
    return found


def called(wire: Wire, flow: Flow, *, contact: str, extra: str = "", via: str = "10.0.0.1") -> InviteSession:
    branch = f"SIP/2.0/{flow.transport} {via};branch=z9hG4bKa;rport"
    wire.receive(request("INVITE", via=branch, contact=contact, body=SDP, extra=extra), flow)
    session: InviteSession = wire.told(Invited)[0].session
    session.accept(b"v=0", wire.now)
    ack = request("ACK", via=branch.replace("Ka", "Kb"), to=f"<sip:bob@10.0.0.2>;tag={session.local_tag}")
    wire.receive(ack, flow)
    wire.poll()
    return session


@pytest.mark.parametrize(
    ("flow", "contact"),
    [
        (HOME, "<sip:alice@192.168.1.20:5060>"),
        (HOME, "<sip:alice@phone.invalid>"),
        (TCP, "<sip:alice@10.0.0.1:5060;transport=tcp>"),
    ],
)
def test_a_phone_that_calls_us_is_answered_where_it_calls_from(flow: Flow, contact: str) -> None:
    wire = Wire()
    session = called(wire, flow, contact=contact)
    session.bye(wire.now)
    assert asked(wire) == []
    wire.poll()
    assert wire.transmits[-1].flow == flow
    assert wire.last_request().request_uri == contact.strip("<>")


@pytest.mark.parametrize(
    ("contact", "extra", "next_hop"),
    [
        ("<sip:alice@192.168.1.20>", "Record-Route: <sip:192.0.2.9;lr>", "sip:192.0.2.9;lr"),
        ("<sip:alice@192.0.2.8>", "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKb", "sip:alice@192.0.2.8"),
        ("<sip:alice@203.0.113.7:5060>", "", "sip:alice@203.0.113.7:5060"),
    ],
)
def test_a_proxy_is_no_phone_and_a_port_is_the_contacts_to_say(
    contact: str, extra: str, next_hop: str
) -> None:
    wire = Wire()
    session = called(wire, HOME, contact=contact, extra=extra)
    session.bye(wire.now)
    assert asked(wire) == [next_hop]


def test_the_rule_can_be_switched_off() -> None:
    wire = Wire(Settings(follow_flow=False))
    session = called(wire, HOME, contact="<sip:alice@192.168.1.20>")
    session.bye(wire.now)
    assert asked(wire) == ["sip:alice@192.168.1.20"]


def test_a_flow_that_is_lost_is_followed_no_more() -> None:
    wire = Wire()
    session = called(wire, TCP, contact="<sip:alice@10.0.0.1;transport=tcp>")
    wire.agent.handle_flow_lost(TCP, wire.now)
    session.bye(wire.now)
    assert asked(wire) == ["sip:alice@10.0.0.1;transport=tcp"]


@pytest.mark.parametrize(
    ("contact", "extra", "follows"),
    [
        ("<sip:bob@192.168.1.20>", "", True),
        ("<sip:bob@100.64.3.4>", "", True),
        ("<sip:bob@[fd00::1]>", "", True),
        ("<sip:bob@192.168.1.20>", "Record-Route: <sip:10.0.0.9;lr>", False),
        ("<sip:bob@8.8.8.8>", "", False),
        ("<sip:bob@phone.example.com>", "", False),
    ],
)
def test_a_phone_that_we_call_is_reached_where_the_invite_reached_it(
    contact: str, extra: str, follows: bool
) -> None:
    wire = Wire()
    uri, us = SipUri.parse("sip:bob@10.0.0.1"), SipUri.parse("sip:us@10.0.0.2")
    wire.agent.invite(Invitation(uri, us, offer=SDP.encode()), wire.now)
    wire.poll()
    sent = wire.last_request()
    data = answer(sent, 200, extra=f"Contact: {contact}\n{extra}", body=SDP)
    wire.agent.handle_datagram(data, FLOW, wire.now)
    assert (asked(wire) == []) is follows
    if follows:
        wire.poll()
        assert wire.last_request().method == "ACK"
        assert wire.transmits[-1].flow == FLOW


@pytest.mark.parametrize(
    ("contact", "looked_for"),
    [
        (
            "<sip:bob@10.0.0.1:5061;transport=tls>",
            "sip:bob@10.0.0.1:5061;transport=tls;certified as=office.example",
        ),
        ("<sip:bob@10.0.0.1:7061;transport=tls>", "sip:bob@10.0.0.1:7061;transport=tls"),
        ("<sip:bob@other.example;transport=tls>", "sip:bob@other.example;transport=tls"),
    ],
)
def test_a_lost_tls_connection_is_opened_again_for_whom_the_peer_had_proved_to_be(
    contact: str, looked_for: str
) -> None:
    wire = Wire()
    uri, us = SipUri.parse("sip:bob@office.example;transport=tls"), SipUri.parse("sip:us@10.0.0.2")
    session = wire.agent.invite(Invitation(uri, us, offer=SDP.encode()), wire.now)
    needed = wire.agent.poll_event()
    assert isinstance(needed, FlowNeeded)
    wire.agent.handle_flow(needed.request_id, TLS, wire.now)
    wire.poll()
    data = answer(wire.last_request(), 200, extra=f"Contact: {contact}\n", body=SDP)
    wire.agent.handle_datagram(data, TLS, wire.now)
    asked(wire)
    wire.agent.handle_flow_lost(TLS, wire.now)
    session.bye(wire.now)
    assert asked(wire)[-1] == looked_for
    assert "certified as" not in str(wire.last_request().request_uri)
