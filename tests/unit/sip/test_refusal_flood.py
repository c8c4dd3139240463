"""Refused INVITEs that nobody acknowledges: what they cost, and how many are kept (RFC 6026 §7.1)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.sip.dialog import Dialog
from offhook.sip.event import Flooded, Invited
from offhook.sip.flow import Address, Flow
from offhook.sip.message import Request
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.transaction import server_invite
from offhook.sip.transaction.layer import TOLD_EVERY_S
from offhook.sip.transaction.refusals import IN_ALL, PER_FAR_END
from offhook.sip.transaction.server_invite import ServerInvite
from tests.support.sip_wire import FLOW, Wire, request
from tests.unit.sip.test_transactions import INVITE, Bench, message, ours

T2_S = 4.0


def source(number: int) -> Flow:
    """One of many far ends."""
    return replace(FLOW, remote=Address(f"10.1.{number // 250}.{number % 250}", 5060))


def nth(number: int, flow: Flow = FLOW, method: str = "INVITE") -> Request:
    remote = flow.remote
    via = f"SIP/2.0/UDP {remote};branch=z9hG4bK{number};rport"
    sent = message(request(method, via=via, call_id=f"c{number}"))
    sent.stamp(remote.host, remote.port)
    return sent


def refuse(bench: Bench, number: int, flow: Flow = FLOW, now: float = 0.0) -> ServerInvite:
    transaction = bench.layer.serve_invite(nth(number, flow), flow, bench.user)
    transaction.respond(ours(404, transaction.request), now)
    return transaction


# The error of a transport


def test_an_error_makes_timer_g_wait_t2_and_the_next_one_ends_the_repetitions() -> None:
    bench = Bench()
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    transaction.respond(ours(404), 0.0)
    bench.layer.handle_flow_lost(FLOW, 0.1)
    assert [at for at, _ in bench.until(5.0)] == [0.0, 0.1 + T2_S]
    bench.layer.handle_flow_lost(FLOW, 5.0)
    assert bench.until(31.9) == []
    assert transaction.state is server_invite.State.COMPLETED
    bench.until(32.0)
    assert transaction.is_terminated


def test_one_error_that_was_forged_loses_no_response() -> None:
    bench = Bench()
    refuse(bench, 1)
    bench.layer.handle_flow_lost(FLOW, 0.1)
    assert len(bench.until(40.0)) == 1 + 7  # at 0, then every T2 from 4.1 s on until timer H


def test_rfc6026_7_1_an_invite_that_comes_again_after_errors_is_absorbed_and_answered() -> None:
    bench = Bench()
    transaction = refuse(bench, 1)
    for now in (0.1, 0.2, 0.3):
        bench.layer.handle_flow_lost(FLOW, now)
    bench.sent()
    again = nth(1)
    assert bench.layer.find_server(again) is transaction
    bench.layer.handle_request(transaction, again, 1.0)
    assert bench.sent() == ["SIP/2.0 404 Not Found"]


def test_an_error_says_nothing_to_who_waits_for_another_far_end() -> None:
    bench = Bench()
    refuse(bench, 1)
    bench.layer.handle_flow_lost(source(7), 0.1)
    bench.layer.handle_flow_lost(source(7), 0.2)
    assert [at for at, _ in bench.until(2.0)] == [0.0, 0.5, 1.5]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[ServerInvite]:
    """Every transaction that was told of an error, as often as it was."""
    told: list[ServerInvite] = []
    take = ServerInvite.handle_transport_error

    def handle(transaction: ServerInvite, now: float) -> None:
        told.append(transaction)
        take(transaction, now)

    monkeypatch.setattr(ServerInvite, "handle_transport_error", handle)
    return told


@pytest.mark.parametrize("sources", [1, 50])
def test_a_port_that_closed_costs_each_transaction_two_errors_however_many_come(
    told: list[ServerInvite], sources: int
) -> None:
    bench = Bench()
    refused = 400
    for number in range(refused):
        refuse(bench, number, source(number % sources))
    errors = 0
    for now in range(40):
        bench.now = float(now)
        bench.deadlines.handle_timeout(bench.now)
        while (transmit := bench.layer.poll_transmit()) is not None:  # each is answered by ICMP
            bench.layer.handle_flow_lost(transmit.flow, bench.now)
            errors += 1
    assert errors >= refused
    assert len(told) <= 2 * refused
    bench.events()
    assert len(bench.layer) == 0


# Bounds


def test_from_one_far_end_the_oldest_refusals_are_abandoned() -> None:
    bench = Bench()
    refused = [refuse(bench, number) for number in range(PER_FAR_END + 3)]
    other = refuse(bench, 0, source(1))
    bench.layer.poll_event()
    assert [each.is_terminated for each in refused] == [True] * 3 + [False] * PER_FAR_END
    assert not other.is_terminated
    assert len(bench.layer) == PER_FAR_END + 1


def test_from_everywhere_too() -> None:
    bench = Bench()
    refused = [refuse(bench, number, source(number)) for number in range(IN_ALL + 2)]
    bench.layer.poll_event()
    assert [each.is_terminated for each in refused[:3]] == [True, True, False]
    assert len(bench.layer) == IN_ALL


def test_who_acknowledges_may_be_refused_as_often_as_they_call() -> None:
    bench = Bench()
    for number in range(2 * PER_FAR_END):
        transaction = refuse(bench, number)
        bench.layer.handle_request(transaction, nth(number, method="ACK"), 0.0)
        assert transaction.state is server_invite.State.CONFIRMED
    assert bench.events() == []
    assert len(bench.layer) == 2 * PER_FAR_END


def test_a_challenge_below_the_bounds_is_repeated_until_its_ack() -> None:
    bench = Bench()
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    transaction.respond(ours(407), 0.0)
    assert [line for _, line in bench.until(4.0)] == ["SIP/2.0 407 Proxy Authentication Required"] * 4


def flood(wire: Wire, began: int, count: int) -> None:
    for number in range(began, began + count):
        wire.receive(
            request("INVITE", via=f"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{number}", call_id=f"c{number}")
        )
        session: InviteSession = wire.told(Invited)[-1].session
        session.reject(404, wire.now)
        wire.poll()
        wire.events.remove(wire.told(Invited)[-1])


def test_a_flood_is_told_once_a_minute_with_its_source_and_leaves_nothing() -> None:
    wire = Wire()
    flood(wire, 0, PER_FAR_END)
    assert wire.told(Flooded) == []
    flood(wire, PER_FAR_END, 10)
    assert wire.told(Flooded) == [Flooded(FLOW, PER_FAR_END, PER_FAR_END)]
    wire.pass_time(TOLD_EVERY_S)
    flood(wire, 1000, PER_FAR_END + 10)
    assert len(wire.told(Flooded)) == 2
    assert wire.settle()
    assert wire.agent.describe() == []
    assert len(wire.agent._core.dialogs_by_flow) == 0


def test_an_error_is_told_to_the_dialogs_of_its_far_end_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    for number in range(20):
        flow = source(number % 10)
        via = f"SIP/2.0/UDP {flow.remote};branch=z9hG4bK{number}"
        wire.receive(request("INVITE", via=via, call_id=f"c{number}"), flow)
    told: list[str] = []
    monkeypatch.setattr(Dialog, "lose_flow", lambda dialog, _: told.append(dialog.call_id))
    wire.agent.handle_flow_lost(source(3), wire.now)
    assert told == ["c3", "c13"]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(["refuse", "ack", "lost", "pass"]), st.integers(0, 3)), max_size=60)
)
def test_whatever_happens_nothing_stays(acts: list[tuple[str, int]]) -> None:
    bench = Bench()
    refused: list[tuple[ServerInvite, int]] = []
    for number, (act, which) in enumerate(acts):
        if act == "refuse":
            refused.append((refuse(bench, number, source(which), bench.now), number))
        elif act == "ack" and refused:
            transaction, sent = refused.pop(which % len(refused))
            bench.layer.handle_request(transaction, nth(sent, transaction.source, "ACK"), bench.now)
        elif act == "lost":
            bench.layer.handle_flow_lost(source(which), bench.now)
        else:
            bench.until(bench.now + 2.0 * which)
    bench.until(bench.now + 70.0)
    bench.events()
    assert len(bench.layer) == 0
    assert all(transaction.is_terminated for transaction, _ in refused)
    assert len(bench.layer._by_flow) == len(bench.layer._refusals) == 0
