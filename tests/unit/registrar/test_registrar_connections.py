"""Registrations over a connection, and what becomes of them when it ends (RFC 5626)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from offhook.registrar.flow import flow_of, has_flow
from offhook.registrar.settings import Settings
from offhook.sip.flow import Flow, Transport
from tests.support.arrival import answered
from tests.support.registration import Shop
from tests.support.stores import PASSWORD
from tests.unit.registrar.test_registrar import header

PHONE_HOST = "203.0.113.9"
OVER_TCP: Mapping[str, Any] = {"transport": Transport.TCP, "source": PHONE_HOST, "port": 40000}


def lose_connection(shop: Shop) -> int:
    """The connection of the only binding ends."""
    (row,) = shop.rows.rows.values()
    return shop.registrar.lose_flow(flow_of(row))


def connected(shop: Shop, contact: str, **how: Any) -> None:
    """Alice registers on a connection, her only one."""
    request, flow = shop.request("alice", contact, **OVER_TCP, **how)
    answer = shop.ask(answered(request, shop.ask(request, flow).headers, "alice", PASSWORD), on(flow, 7))
    assert answer.status == 200


def on(flow: Flow, serial: int) -> Flow:
    return replace(flow, serial=serial)


def test_a_connection_that_ends_takes_the_binding_of_a_phone_behind_a_nat_with_it() -> None:
    shop = Shop()
    connected(shop, "<sip:alice@192.168.1.7:5060;transport=tcp>")
    assert len(shop.bindings("alice")) == 1
    assert lose_connection(shop) == 1
    assert (shop.bindings("alice"), shop.rows.rows) == ([], {})


def test_a_browser_s_binding_ends_with_its_connection() -> None:
    shop = Shop()
    connected(shop, "<sip:alice@df7jal23ls0d.invalid;transport=ws>")
    assert lose_connection(shop) == 1


@pytest.mark.parametrize("host", [f"{PHONE_HOST}:5070", "8.8.4.4", "phone.example.com"])
def test_a_contact_that_can_be_dialled_outlives_its_connection(host: str) -> None:
    shop = Shop()
    connected(shop, f"<sip:alice@{host};transport=tcp>")
    (before,) = shop.found("alice")
    assert has_flow(before)
    assert lose_connection(shop) == 0
    (after,) = shop.found("alice")
    assert not has_flow(after)
    assert (after.contact, shop.registrar.lose_flow(flow_of(before))) == (before.contact, 0)
    connected(shop, f"<sip:alice@{host};transport=tcp>")
    assert [has_flow(binding) for binding in shop.found("alice")] == [True]


def test_rfc5626_an_outbound_binding_is_its_flow_unless_a_proxy_keeps_it() -> None:
    contact = f'<sip:alice@{PHONE_HOST};transport=tcp>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    outbound = ("Supported", "outbound")
    shop = Shop()
    connected(shop, contact, headers=(outbound,))
    assert lose_connection(shop) == 1
    behind = Shop()
    connected(behind, contact, headers=(outbound, ("Path", "<sip:edge.example;lr;ob>")))
    assert lose_connection(behind) == 0
    assert len(behind.bindings("alice")) == 1


def test_rfc5626_flow_timer_is_told_to_who_keeps_a_connection() -> None:
    contact = f'<sip:alice@{PHONE_HOST};transport=tcp>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    outbound = (("Supported", "outbound"),)
    shop = Shop(settings=Settings(flow_timer_s=90))
    told = shop.register("alice", contact, headers=outbound, **OVER_TCP)
    assert (header(told, "Flow-Timer"), told.keepalive_s) == (["90"], 90)
    over_udp = shop.register("alice", contact, headers=outbound)
    plain = shop.register("alice", "<sip:alice@10.0.0.1:5060;transport=tcp>", **OVER_TCP)
    behind = (*outbound, ("Path", "<sip:edge.example;lr;ob>"))
    for answer in (over_udp, plain, shop.register("alice", contact, headers=behind, **OVER_TCP)):
        assert (header(answer, "Flow-Timer"), answer.keepalive_s) == ([], None)


def test_no_connection_outlives_the_node() -> None:
    shop = Shop()
    connected(shop, "<sip:alice@192.168.1.7;transport=tcp>")
    again = Shop(rows=shop.rows)
    asyncio.run(again.registrar.restore(again.clock.now))
    assert (again.bindings("alice"), again.rows.rows) == ([], {})
    connected(shop, f"<sip:alice@{PHONE_HOST}:5070;transport=tcp>")
    asyncio.run(again.registrar.restore(again.clock.now))
    assert [has_flow(binding) for binding in again.found("alice")] == [False]
