import pytest

from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.uri import SipUri


def flow(transport: Transport = Transport.UDP, host: str = "10.0.0.1", port: int = 5060) -> Flow:
    us = Address("10.0.0.2", 5060)
    return Flow(transport, us, Address(host, port), us)


def test_addresses_print_with_brackets_for_ipv6() -> None:
    assert str(Address("10.0.0.1", 5060)) == "10.0.0.1:5060"
    assert str(Address("2001:db8::1", 5060)) == "[2001:db8::1]:5060"


def test_default_ports() -> None:
    assert [each.default_port for each in Transport] == [5060, 5060, 5061, 80, 443]
    assert [each.is_reliable for each in Transport] == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("given", "uri", "leads"),
    [
        (flow(), "sip:10.0.0.1", True),
        (flow(), "sip:a@10.0.0.1:5060;lr", True),
        (flow(), "sip:a@10.0.0.1;transport=UDP", True),
        (flow(), "sip:a@10.0.0.1;transport=tcp", False),
        (flow(), "sip:a@10.0.0.1:5070", False),
        (flow(), "sip:a@10.0.0.9", False),
        (flow(), "sip:a@10.0.0.9;maddr=10.0.0.1", True),
        (flow(), "sip:a@example.com", False),
        (flow(), "sips:a@10.0.0.1", False),
        (flow(Transport.TCP, port=5061), "sip:10.0.0.1:5061", True),
        (flow(Transport.TLS, port=5061), "sips:10.0.0.1", True),
        (flow(host="2001:DB8::1"), "sip:[2001:db8::1]", True),
    ],
)
def test_a_flow_leads_to_the_address_it_ends_at(given: Flow, uri: str, leads: bool) -> None:
    assert given.leads_to(SipUri.parse(uri)) is leads
