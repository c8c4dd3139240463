"""A flood of REGISTERs: who floods is told to wait, everybody else registers, and the node does not grow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.sip.digest.client import DigestSession
from offhook.sip.digest.credentials import Credentials
from offhook.sip.message import Headers, Request, Response
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office, registrations
from tests.support.udp_phone import UdpPhone

pytestmark = pytest.mark.peer

BURST: Final = 50
"""At once: more answers would not fit into the phone's socket."""
BURSTS: Final = 6
ANSWERS: Final = (200, 403, 407, 503)
"""403 is for the eleventh contact; 407 for a count of the nonce that was overtaken."""
GROWTH_MAX_BYTES: Final = 16 * 2**20


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with running_node(tmp_path) as node:
        open_office(node, "alice", "bob")
        yield node


def a_register(phone: UdpPhone, user: str, number: int) -> Request:
    """The number-th of a phone, with a Contact of its own."""
    request = phone.request(
        "REGISTER",
        f"sip:{OFFICE}",
        to=f"sip:{user}@{OFFICE}",
        call_id=f"{user}-{number}",
        headers=(("Contact", f"<sip:{user}@127.0.0.1:{10_000 + number}>"),),
    )
    branch = f"z9hG4bK{user}{number}"
    return request.with_via(replace(request.via, parameters=(("branch", branch), ("rport", ""))))


def with_credentials(request: Request, session: DigestSession) -> Request:
    answers = session.repeat("REGISTER", request.request_uri)
    return Request("REGISTER", request.request_uri, Headers([*request.headers.fields, *answers]))


def resident_bytes(node: Node) -> int:
    fields = Path(f"/proc/{node.process.pid}/statm").read_text().split()
    return int(fields[1]) * 4096


def test_a_flood_on_one_address_of_record_is_told_to_wait_and_harms_nobody_else(node: Node) -> None:
    with UdpPhone(node.sip_port) as flood, UdpPhone(node.sip_port) as phone:
        challenge = flood.ask("REGISTER", f"sip:{OFFICE}", to=f"sip:alice@{OFFICE}", call_id="first")
        assert challenge.status == 407
        session = DigestSession(Credentials("alice", Secret(PASSWORD)), SeededChance(1))
        assert session.answer("REGISTER", f"sip:{OFFICE}", challenge.headers.fields)
        before = resident_bytes(node)
        answers: list[Response] = []
        for burst in range(BURSTS):
            for number in range(BURST * burst, BURST * (burst + 1)):
                flood.send(with_credentials(a_register(flood, "alice", number), session))
            answers += [flood.final() for _ in range(BURST)]
        registered = phone.ask(
            "REGISTER",
            f"sip:{OFFICE}",
            to=f"sip:bob@{OFFICE}",
            call_id="bob",
            login=("bob", PASSWORD),
            headers=(("Contact", f"<sip:bob@{phone.address}>"),),
        )
        assert registered.status == 200
        by_status = {status: [one for one in answers if one.status == status] for status in ANSWERS}
        assert {one.status for one in answers} <= {*by_status}
        assert by_status[503], "five a second are all that one user may send"
        for one in by_status[503]:
            assert one.headers.get("Retry-After") == "1"
            assert (one.headers.get("X-Twilio-Error") or "").startswith("32008 ")
        assert len(registrations(node, "alice")) <= 10
        assert len(registrations(node, "bob")) == 1
        assert resident_bytes(node) - before < GROWTH_MAX_BYTES


def test_a_flood_without_credentials_leaves_nothing(node: Node) -> None:
    with UdpPhone(node.sip_port) as flood:

        def challenged(bursts: int) -> set[int]:
            statuses = set()
            for burst in range(bursts):
                for number in range(BURST):
                    flood.send(a_register(flood, f"nobody{burst}-", number))
                statuses |= {flood.final().status for _ in range(BURST)}
            return statuses

        assert challenged(BURSTS) == {407}
        before = resident_bytes(node)
        assert challenged(10 * BURSTS) == {407}
        assert resident_bytes(node) - before < GROWTH_MAX_BYTES
