"""A registration of our own (RFC 3261 §10.2): kept up, met with what the registrar asks for, removed."""

import pytest

from offhook.base.redact import Secret
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipUsageError
from offhook.sip.event import FlowNeeded, NotRegistered, Registered, Unregistered
from offhook.sip.message import Request
from offhook.sip.registration import Registration, RegistrationPlan, RegistrationState
from offhook.sip.uri import SipUri
from tests.support.sip_wire import Wire, answer

ADDRESS = SipUri.parse("sip:alice@office.example")
PLAN = RegistrationPlan(ADDRESS, Credentials("alice", Secret("sesame")), SipUri.parse("sip:10.0.0.1"))
CHALLENGE = 'WWW-Authenticate: Digest realm="r",qop="auth",nonce="n{}"'
OURS = "<sip:10.0.0.2:5060>"


def registers(wire: Wire) -> list[Request]:
    return [each for each in wire.messages() if isinstance(each, Request) and each.method == "REGISTER"]


def begun(plan: RegistrationPlan = PLAN) -> tuple[Wire, Registration]:
    wire = Wire()
    registration = wire.agent.register(plan, wire.now)
    wire.poll()
    return wire, registration


def registered(extra: str = f"Contact: {OURS};expires=600") -> tuple[Wire, Registration]:
    wire, registration = begun()
    wire.receive(answer(wire.last_request(), 200, extra=extra))
    assert registration.state is RegistrationState.REGISTERED
    return wire, registration


def test_the_first_register_says_who_where_and_for_how_long() -> None:
    wire, registration = begun()
    sent = wire.last_request()
    assert sent.start_line == "REGISTER sip:office.example SIP/2.0"
    assert (str(sent.to.uri), str(sent.from_.uri)) == ("sip:alice@office.example",) * 2
    assert (sent.headers.get("Contact"), sent.headers.get("Expires")) == (OURS, "600")
    assert registration.state is RegistrationState.REGISTERING


def test_a_challenge_is_answered_and_each_register_has_the_call_id_and_the_next_number() -> None:
    wire, _ = begun()
    wire.receive(answer(wire.last_request(), 401, extra=CHALLENGE.format(1)))
    wire.receive(answer(wire.last_request(), 200, extra=f"Contact: {OURS};expires=600"))
    wire.pass_time(540.1)
    wire.receive(answer(wire.last_request(), 401, extra=CHALLENGE.format(2)))
    sent = registers(wire)
    assert [each.cseq.number for each in sent] == [1, 2, 3, 4]
    assert len({each.call_id for each in sent}) == 1
    assert ['nonce="n2"' in (each.headers.get("Authorization") or "") for each in sent] == [
        False, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "granted_s", "refreshed_after_s"),
    [
        (f"Contact: {OURS};expires=600", 600, 540),
        (f"Contact: <sip:bob@10.9.9.9>;expires=60, {OURS};expires=100", 100, 50),
        (f"Contact: {OURS}\nExpires: 1200", 1200, 1140),
        ("", 600, 540),
        (f"Contact: {OURS};expires=99999999999", 600, 540),
        (f"Contact: {OURS};expires=9999999999", 86_400, 86_340),
        (f"Contact: tel:+1555;expires=7, {OURS};expires=soon", 600, 540),
    ],
)
def test_it_is_refreshed_before_the_interval_that_was_granted_ends(
    extra: str, granted_s: int, refreshed_after_s: int
) -> None:
    wire, registration = registered(extra)
    assert wire.told(Registered) == [Registered(registration, granted_s, is_refresh=False)]
    wire.pass_time(refreshed_after_s - 1.0)
    assert len(registers(wire)) == 1
    wire.pass_time(1.0)
    assert len(registers(wire)) == 2
    wire.receive(answer(wire.last_request(), 200, extra=extra))
    assert wire.told(Registered)[1:] == [Registered(registration, granted_s, is_refresh=True)]


def test_rfc3261_10_3_a_423_is_met_with_the_interval_that_it_asks_for() -> None:
    wire, registration = begun()
    wire.receive(answer(wire.last_request(), 423, extra="Min-Expires: 1800"))
    assert registers(wire)[-1].headers.get("Expires") == "1800"
    wire.receive(answer(wire.last_request(), 200))
    assert wire.told(Registered) == [Registered(registration, 1800, is_refresh=False)]


@pytest.mark.parametrize("least", ["Min-Expires: 600", "Min-Expires: soon", ""])
def test_a_423_that_asks_for_no_more_than_we_did_is_a_refusal(least: str) -> None:
    wire, registration = begun()
    wire.receive(answer(wire.last_request(), 423, extra=least))
    assert wire.told(NotRegistered) == [NotRegistered(registration, 423, "Something", None)]
    assert registration.state is RegistrationState.TERMINATED


@pytest.mark.parametrize("status", [301, 401, 403, 404, 407, 604])
def test_what_waiting_does_not_mend_ends_it(status: int) -> None:
    wire, registration = begun()
    wire.receive(answer(wire.last_request(), status))
    assert wire.told(NotRegistered) == [NotRegistered(registration, status, "Something", None)]
    wire.pass_time(100_000.0)
    assert len(registers(wire)) == 1
    assert wire.settle()


def test_a_registrar_that_is_busy_is_asked_again_ever_more_seldom() -> None:
    wire, registration = begun()
    for _ in range(9):
        wire.receive(answer(wire.last_request(), 503))
        wire.pass_time(wire.told(NotRegistered)[-1].retry_s)
    waits = [event.retry_s for event in wire.told(NotRegistered)]
    assert waits == [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]
    assert len(registers(wire)) == 10
    wire.receive(answer(wire.last_request(), 200))
    wire.pass_time(540.0)
    wire.receive(answer(wire.last_request(), 500))
    assert wire.told(NotRegistered)[-1] == NotRegistered(registration, 500, "Something", 5.0)


def test_retry_after_is_obeyed() -> None:
    wire, _ = begun()
    wire.receive(answer(wire.last_request(), 503, extra="Retry-After: 77 (soon);duration=9"))
    assert wire.told(NotRegistered)[0].retry_s == 77.0
    wire.pass_time(76.9)
    assert len(registers(wire)) == 1
    wire.pass_time(0.2)
    assert len(registers(wire)) == 2


def test_no_answer_is_told_and_tried_again() -> None:
    wire, registration = begun()
    wire.pass_time(33.0)
    told = wire.told(NotRegistered)[0]
    assert (told.registration, told.status, told.retry_s) == (registration, 408, 5.0)
    assert registration.state is RegistrationState.WAITING


def test_no_way_to_the_registrar_is_told() -> None:
    wire = Wire()
    registration = wire.agent.register(PLAN, wire.now)
    needed = wire.agent.poll_event()
    assert isinstance(needed, FlowNeeded)
    wire.agent.handle_no_flow(needed.request_id, "office.example has no address", wire.now)
    wire.poll()
    (told,) = wire.told(NotRegistered)
    assert told == NotRegistered(registration, 503, "office.example has no address", 5.0)


def test_remove_sends_expires_0_and_is_told_when_the_registrar_has_answered() -> None:
    wire, registration = registered()
    registration.remove(wire.now)
    wire.poll()
    assert (registers(wire)[-1].headers.get("Expires"), registration.state) == (
        "0", RegistrationState.REMOVING,
    )  # fmt: skip
    wire.receive(answer(wire.last_request(), 200))
    assert wire.told(Unregistered) == [Unregistered(registration, is_removed=True)]
    registration.remove(wire.now)
    assert wire.settle()
    assert len(registers(wire)) == 2


@pytest.mark.parametrize("status", [403, 423, 503])
def test_a_removal_that_is_refused_ends_it_all_the_same(status: int) -> None:
    wire, registration = registered()
    registration.remove(wire.now)
    wire.poll()
    wire.receive(answer(wire.last_request(), status))
    assert wire.told(Unregistered) == [Unregistered(registration, is_removed=False)]
    assert wire.settle()


def test_rfc3261_10_2_a_removal_waits_for_the_register_that_is_out() -> None:
    wire, registration = begun()
    registration.remove(wire.now)
    wire.poll()
    assert [each.headers.get("Expires") for each in registers(wire)] == ["600"]
    wire.receive(answer(wire.last_request(), 200))
    assert [each.headers.get("Expires") for each in registers(wire)] == ["600", "0"]
    wire.receive(answer(wire.last_request(), 200))
    assert wire.told(Unregistered) == [Unregistered(registration, is_removed=True)]


def test_a_removal_while_the_register_that_is_out_fails_needs_no_other() -> None:
    wire, registration = begun()
    registration.remove(wire.now)
    wire.receive(answer(wire.last_request(), 403))
    assert wire.told(Unregistered) == [Unregistered(registration, is_removed=False)]
    assert len(registers(wire)) == 1


def test_a_removal_while_it_waits_is_sent_at_once() -> None:
    wire, registration = begun()
    wire.receive(answer(wire.last_request(), 503))
    registration.remove(wire.now)
    wire.poll()
    assert registers(wire)[-1].headers.get("Expires") == "0"
    wire.receive(answer(wire.last_request(), 200))
    assert wire.settle()
    assert len(registers(wire)) == 2


def test_an_address_that_cannot_be_sent_is_refused_at_once() -> None:
    wire = Wire()
    with pytest.raises(SipUsageError):
        wire.agent.register(RegistrationPlan(SipUri("sip", "two words", "alice")), wire.now)
    assert wire.agent.is_idle
