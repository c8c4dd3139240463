"""A flood of INVITEs that are refused and never acknowledged, from a port that then closes.

Every response that is repeated brings an ICMP error. The node answers all others meanwhile, keeps no more
refusals than it may, and says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from offhook.sip.transaction.refusals import PER_FAR_END
from tests.support.node import Node, running_node
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

BURST: Final = 50
"""At once: more answers would not fit into the phone's socket."""
BURSTS: Final = 80
QUESTIONS: Final = 40


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with running_node(tmp_path) as node:
        yield node


def flood(phone: UdpPhone) -> None:
    """Each INVITE has a refusal; none of them gets an ACK."""
    uri = "sip:x@nosuch.sip.localhost"
    for burst in range(BURSTS):
        for number in range(burst * BURST, (burst + 1) * BURST):
            via = ("Via", f"SIP/2.0/UDP {phone.address};branch=z9hG4bK{number};rport")
            phone.send(phone.request("INVITE", uri, to=uri, call_id=f"flood-{number}", headers=[via]))
        while phone.final().call_id != f"flood-{(burst + 1) * BURST - 1}":
            pass


def test_the_node_answers_while_and_after_invites_from_a_closed_port_flood_it(node: Node) -> None:
    with UdpPhone(node.sip_port) as source:
        flood(source)
        address = source.address
    with UdpPhone(node.sip_port) as phone:
        uri = "sip:127.0.0.1"
        for number in range(QUESTIONS):  # each within the limits of the phone and of HTTP
            assert node.fetch("/healthz") == "ok\n"
            assert phone.ask("OPTIONS", uri, to=uri, call_id=f"alive-{number}").status == 200
    warnings = [line for line in node.log().splitlines() if "transport.flood" in line]
    assert len(warnings) == 1
    assert f"{PER_FAR_END} of {address}" in warnings[0]
