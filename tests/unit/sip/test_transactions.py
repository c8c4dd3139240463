"""The four transactions by their timers (RFC 3261 §17, RFC 6026), each alone with a layer."""

import pytest

from offhook.sip.deadlines import Deadlines
from offhook.sip.error import SipUsageError
from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.message import Request, Response
from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits
from offhook.sip.transaction import client_invite, client_non_invite, server_invite, server_non_invite
from offhook.sip.transaction.layer import TransactionLayer
from offhook.sip.transaction.timers import Timers
from offhook.sip.transaction.transaction import ClientFailed, Failure, ResponseArrived
from tests.support.sip_wire import FLOW, PEER, US, answer, request

TCP = Flow(Transport.TCP, US, PEER, US, 1)


class User:
    """Takes nothing in: the layer's events are read instead."""

    def handle_response(self, response: Response, now: float) -> None: ...

    def handle_failure(self, failure: Failure, now: float) -> None: ...

    def handle_cancel(self, request: Request, now: float) -> None: ...


class Bench:
    """A layer, its deadlines, and what left it."""

    def __init__(self) -> None:
        self.deadlines = Deadlines()
        self.layer = TransactionLayer(Timers(), self.deadlines)
        self.user = User()
        self.now = 0.0

    def sent(self) -> list[str]:
        lines = []
        while (transmit := self.layer.poll_transmit()) is not None:
            lines.append(transmit.data.split(b"\r\n")[0].decode())
        return lines

    def events(self) -> list[int | Failure]:
        events: list[int | Failure] = []
        while (event := self.layer.poll_event()) is not None:
            assert isinstance(event, ResponseArrived | ClientFailed)
            events.append(event.response.status if isinstance(event, ResponseArrived) else event.failure)
            assert event.user is self.user
        return events

    def until(self, end: float) -> list[tuple[float, str]]:
        """Everything sent up to that second."""
        lines = [(self.now, line) for line in self.sent()]
        while (at := self.deadlines.poll_timeout()) is not None and at <= end:
            self.now = at
            self.deadlines.handle_timeout(at)
            lines += [(at, line) for line in self.sent()]
        self.now = end
        return lines


def message(data: bytes) -> Request:
    parsed = parse_message(data, Limits())
    assert isinstance(parsed, Request)
    return parsed


def response(sent: Request, status: int, **parts: str) -> Response:
    parsed = parse_message(answer(sent, status, **parts), Limits())
    assert isinstance(parsed, Response)
    return parsed


INVITE, OPTIONS = message(request("INVITE")), message(request("OPTIONS"))


def ours(status: int, to: Request = INVITE) -> Response:
    return Response.answering(to, status, to_tag="us")


# INVITE client


def test_client_invite_timer_a_doubles_until_timer_b() -> None:
    bench = Bench()
    transaction = bench.layer.invite(INVITE, FLOW, bench.user, 0.0)
    times = [at for at, _ in bench.until(40.0)]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert transaction.is_terminated
    assert bench.events() == [Failure.TIMEOUT]
    assert len(bench.layer) == 0


def test_client_invite_on_tcp_is_sent_once() -> None:
    bench = Bench()
    bench.layer.invite(INVITE, TCP, bench.user, 0.0)
    assert [at for at, _ in bench.until(40.0)] == [0.0]
    assert bench.events() == [Failure.TIMEOUT]


def test_client_invite_stops_repeating_at_a_provisional_and_waits_for_ever() -> None:
    bench = Bench()
    transaction = bench.layer.invite(INVITE, FLOW, bench.user, 0.0)
    bench.layer.handle_response(response(INVITE, 180), 0.1)
    assert len(bench.until(1000.0)) == 1
    assert transaction.state is client_invite.State.PROCEEDING
    assert bench.events() == [180]
    transaction.abandon(1000.0)
    assert transaction.is_terminated
    bench.events()
    assert len(bench.layer) == 0


def test_client_invite_acknowledges_every_failure_and_tells_one() -> None:
    bench = Bench()
    transaction = bench.layer.invite(INVITE, FLOW, bench.user, 0.0)
    bench.sent()
    for _ in range(3):
        bench.layer.handle_response(response(INVITE, 486), 1.0)
    assert transaction.state is client_invite.State.COMPLETED
    assert bench.sent() == ["ACK sip:bob@10.0.0.2 SIP/2.0"] * 3
    assert bench.events() == [486]
    bench.until(33.5)
    assert transaction.is_terminated


def test_client_invite_acknowledgement_has_branch_route_and_the_responses_to() -> None:
    sent = message(request("INVITE", extra="Route: <sip:p1;lr>\nRoute: <sip:p2;lr>"))
    ack = client_invite.acknowledgement(sent, response(sent, 486))
    assert ack.via == sent.via
    assert ack.headers.get_all("Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert (ack.cseq.number, ack.cseq.method) == (1, "ACK")
    assert ack.to.tag == "bob"
    assert ack.request_uri == sent.request_uri


def test_client_invite_tells_every_2xx_for_64_t1() -> None:
    bench = Bench()
    transaction = bench.layer.invite(INVITE, FLOW, bench.user, 0.0)
    bench.sent()
    for tag in ("one", "one", "two"):
        bench.layer.handle_response(response(INVITE, 200, tag=tag), 1.0)
    assert transaction.state is client_invite.State.ACCEPTED
    assert bench.events() == [200, 200, 200]
    assert bench.sent() == []
    bench.until(33.0)
    assert transaction.is_terminated


def test_client_invite_transport_error_ends_it_while_calling_only() -> None:
    bench = Bench()
    bench.layer.invite(INVITE, FLOW, bench.user, 0.0)
    bench.layer.handle_flow_lost(TCP, 0.1)
    assert bench.events() == []
    bench.layer.handle_flow_lost(FLOW, 0.1)
    assert bench.events() == [Failure.TRANSPORT]
    bench.layer.invite(INVITE, FLOW, bench.user, 1.0)
    bench.layer.handle_response(response(INVITE, 180), 1.1)
    bench.layer.handle_flow_lost(FLOW, 1.2)
    assert bench.events() == [180]


# Other clients


def test_client_non_invite_timer_e_doubles_up_to_t2_until_timer_f() -> None:
    bench = Bench()
    bench.layer.request(OPTIONS, FLOW, bench.user, 0.0)
    times = [at for at, _ in bench.until(40.0)]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert bench.events() == [Failure.TIMEOUT]


def test_client_non_invite_repeats_every_t2_after_a_provisional() -> None:
    bench = Bench()
    bench.layer.request(OPTIONS, FLOW, bench.user, 0.0)
    bench.layer.handle_response(response(OPTIONS, 100), 0.1)
    assert [at for at, _ in bench.until(10.0)][1:] == [0.5, 4.5, 8.5]
    assert bench.events() == [100]


def test_client_non_invite_tells_one_final_response_and_swallows_the_rest_for_t4() -> None:
    bench = Bench()
    bench.layer.request(OPTIONS, FLOW, bench.user, 0.0)
    transaction = next(iter(bench.layer))
    for _ in range(2):
        assert bench.layer.handle_response(response(OPTIONS, 200), 1.0)
    assert transaction.state is client_non_invite.State.COMPLETED
    assert bench.events() == [200]
    bench.until(6.0)
    bench.events()
    assert len(bench.layer) == 0
    assert not bench.layer.handle_response(response(OPTIONS, 200), 6.0)


def test_client_non_invite_on_tcp_ends_with_its_response() -> None:
    bench = Bench()
    bench.layer.request(OPTIONS, TCP, bench.user, 0.0)
    bench.layer.handle_response(response(OPTIONS, 200), 1.0)
    bench.until(1.0)
    bench.events()
    assert len(bench.layer) == 0


def test_response_with_another_branch_sent_by_or_method_has_no_transaction() -> None:
    bench = Bench()
    bench.layer.request(OPTIONS, FLOW, bench.user, 0.0)
    data = answer(OPTIONS, 200)
    for old, new in (
        (b"z9hG4bKa", b"z9hG4bKb"),
        (b"10.0.0.1:5060;branch", b"10.0.0.1:5061;branch"),
        (b"1 OPT", b"1 XPT"),
    ):
        stray = parse_message(data.replace(old, new), Limits())
        assert isinstance(stray, Response)
        assert not bench.layer.handle_response(stray, 0.1)


# INVITE server


def test_server_invite_repeats_its_last_provisional() -> None:
    bench = Bench()
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    bench.layer.handle_request(transaction, INVITE, 0.0)
    assert bench.sent() == []
    transaction.respond(ours(100), 0.1)
    transaction.respond(ours(180), 0.2)
    bench.layer.handle_request(transaction, INVITE, 0.3)
    assert bench.sent() == ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 180 Ringing"]


def test_server_invite_repeats_a_failure_with_timer_g_until_timer_h() -> None:
    bench = Bench()
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    transaction.respond(ours(486), 0.0)
    times = [at for at, _ in bench.until(40.0)]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert transaction.is_terminated


def test_server_invite_is_quiet_after_the_ack_and_gone_after_t4() -> None:
    bench = Bench()
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    transaction.respond(ours(486), 0.0)
    bench.sent()
    ack = message(request("ACK"))
    assert bench.layer.find_server(ack) is transaction
    bench.layer.handle_request(transaction, ack, 0.1)
    bench.layer.handle_request(transaction, ack, 0.2)
    assert transaction.state is server_invite.State.CONFIRMED
    assert bench.until(5.0) == []
    assert not transaction.is_terminated
    bench.until(5.2)
    assert transaction.is_terminated


def test_server_invite_swallows_repeated_invites_after_2xx_for_64_t1() -> None:
    bench = Bench()
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    transaction.respond(ours(200), 0.0)
    bench.layer.handle_request(transaction, INVITE, 0.3)
    transaction.respond(ours(200), 0.5)
    assert bench.sent() == ["SIP/2.0 200 OK"] * 2
    assert transaction.state is server_invite.State.ACCEPTED
    bench.layer.handle_flow_lost(FLOW, 1.0)
    assert transaction.state is server_invite.State.ACCEPTED
    bench.until(32.0)
    assert transaction.is_terminated


@pytest.mark.parametrize("final", [200, 486])
def test_server_invite_refuses_a_response_after_the_final_one(final: int) -> None:
    transaction = Bench().layer.serve_invite(INVITE, FLOW, User())
    transaction.respond(ours(final), 0.0)
    for status in (180, 487):
        with pytest.raises(SipUsageError):
            transaction.respond(ours(status), 0.1)


# Other servers


def test_server_non_invite_repeats_its_answer_for_64_t1() -> None:
    bench = Bench()
    transaction = bench.layer.serve(OPTIONS, FLOW, 0.0)
    bench.layer.handle_request(transaction, OPTIONS, 0.1)
    assert bench.sent() == []
    transaction.respond(ours(200, OPTIONS), 0.2)
    bench.layer.handle_request(transaction, OPTIONS, 0.3)
    assert bench.sent() == ["SIP/2.0 200 OK"] * 2
    with pytest.raises(SipUsageError):
        transaction.respond(ours(500, OPTIONS), 0.4)
    bench.until(32.1)
    assert not transaction.is_terminated
    bench.until(32.3)
    assert transaction.is_terminated


def test_server_non_invite_keeps_only_its_answer_of_what_it_answered() -> None:
    bench = Bench()
    transaction = bench.layer.serve(OPTIONS, FLOW, 0.0)
    assert len(transaction.request.headers) > 0
    transaction.respond(ours(200, OPTIONS), 0.1)
    assert (transaction.request.method, len(transaction.request.headers)) == ("OPTIONS", 0)
    bench.layer.handle_request(transaction, OPTIONS, 0.2)
    assert bench.sent() == ["SIP/2.0 200 OK"] * 2


@pytest.mark.parametrize("status", [401, 407])
def test_server_non_invite_ends_with_a_challenge(status: int) -> None:
    """RFC 3261 §8.2.7: a flood of requests without credentials leaves no state behind."""
    bench = Bench()
    transaction = bench.layer.serve(OPTIONS, FLOW, 0.0)
    assert bench.layer.is_merged(OPTIONS)
    transaction.respond(ours(status, OPTIONS), 0.1)
    assert transaction.is_terminated
    bench.events()
    assert len(bench.layer) == 0
    assert bench.layer.find_server(OPTIONS) is None
    assert not bench.layer.is_merged(OPTIONS)
    assert len(bench.sent()) == 1


def test_server_non_invite_is_challenged_no_more_once_it_is_answered() -> None:
    bench = Bench()
    transaction = bench.layer.serve(OPTIONS, FLOW, 0.0)
    transaction.respond(ours(200, OPTIONS), 0.1)
    with pytest.raises(SipUsageError):
        transaction.respond(ours(407, OPTIONS), 0.2)


def test_server_non_invite_repeats_a_provisional() -> None:
    bench = Bench()
    transaction = bench.layer.serve(OPTIONS, FLOW, 0.0)
    transaction.respond(ours(100, OPTIONS), 0.1)
    assert transaction.state is server_non_invite.State.PROCEEDING
    bench.layer.handle_request(transaction, OPTIONS, 0.2)
    assert bench.sent() == ["SIP/2.0 100 Trying"] * 2


def test_server_non_invite_that_is_never_answered_goes_away() -> None:
    bench = Bench()
    transaction = bench.layer.serve(OPTIONS, FLOW, 0.0)
    bench.until(32.0)
    assert transaction.is_terminated
    transaction.respond(ours(200, OPTIONS), 33.0)
    assert bench.sent() == []


# Matching and the way back


def test_rfc2543_requests_match_without_a_branch() -> None:
    bench = Bench()
    old = message(request("INVITE", via="SIP/2.0/UDP 10.0.0.1:5060"))
    transaction = bench.layer.serve_invite(old, FLOW, bench.user)
    assert bench.layer.find_server(old) is transaction
    ack = message(request("ACK", via="SIP/2.0/UDP 10.0.0.1:5060", to="<sip:bob@10.0.0.2>;tag=us"))
    assert bench.layer.find_server(ack) is transaction
    other = message(request("INVITE", via="SIP/2.0/UDP 10.0.0.1:5060", cseq="2 INVITE"))
    assert bench.layer.find_server(other) is None


def test_merged_requests_are_seen_while_the_first_runs() -> None:
    bench = Bench()
    merged = message(request("INVITE", via="SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKother"))
    assert not bench.layer.is_merged(merged)
    transaction = bench.layer.serve_invite(INVITE, FLOW, bench.user)
    assert bench.layer.is_merged(merged)
    transaction.respond(ours(200), 0.0)
    bench.until(33.0)
    bench.events()
    assert not bench.layer.is_merged(merged)


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport", 7777),
        ("SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bKa", 5080),
        ("SIP/2.0/UDP somewhere;branch=z9hG4bKa", 5060),
        ("SIP/2.0/UDP 10.0.0.1:5080;maddr=224.2.0.1;branch=z9hG4bKa", 5080),
    ],
)
def test_responses_go_to_the_source_address(via: str, port: int) -> None:
    bench = Bench()
    source = Flow(Transport.UDP, US, Address("10.0.0.1", 7777), US)
    bench.layer.serve(message(request("OPTIONS", via=via)), source, 0.0).respond(ours(200, OPTIONS), 0.0)
    transmit = bench.layer.poll_transmit()
    assert transmit is not None
    assert transmit.flow.remote == Address("10.0.0.1", port)
