"""How fast calls may come in: each account's Domains and each trunk's PBX for themselves."""

from dataclasses import replace
from typing import Final

from offhook.model.trunk import Trunk
from offhook.routing.decision import Admitted, AdmittedToTrunk
from offhook.switchboard.call_rates import CallRates
from offhook.switchboard.settings import Settings
from tests.support.memory_store import ACCOUNT, DOMAIN, MOMENT

TRUNK: Final = Trunk("TK" + "1" * 32, ACCOUNT.sid, MOMENT, MOMENT, domain_name="pbx.pstn.localhost")


def test_a_trunk_takes_one_call_a_second_and_says_so() -> None:
    rates = CallRates.of(Settings())
    assert rates.turn_away(AdmittedToTrunk(TRUNK), 0.0) is None
    refusal = rates.turn_away(AdmittedToTrunk(TRUNK), 0.5)
    assert refusal is not None
    assert (refusal.status, refusal.twilio_code, refusal.domain) == (503, 32001, TRUNK)
    assert refusal.headers == (("Retry-After", "1"),)
    assert "trunk_calls_per_second" in refusal.matched
    other = replace(TRUNK, sid="TK" + "2" * 32)
    assert rates.turn_away(AdmittedToTrunk(other), 0.5) is None
    assert rates.turn_away(AdmittedToTrunk(TRUNK), 1.0) is None


def test_domains_are_counted_by_account_and_have_no_limit_by_default() -> None:
    rates = CallRates.of(Settings())
    assert all(rates.turn_away(Admitted(DOMAIN), 0.0) is None for _ in range(100))
    rates = CallRates.of(Settings(domain_calls_per_second=2, trunk_calls_per_second=None))
    sibling = replace(DOMAIN, sid="SD" + "2" * 32)
    assert [rates.turn_away(Admitted(domain), 0.0) for domain in (DOMAIN, sibling)] == [None, None]
    refusal = rates.turn_away(Admitted(DOMAIN), 0.9)
    assert refusal is not None
    assert (refusal.status, refusal.twilio_code) == (503, 32013)
    assert all(rates.turn_away(AdmittedToTrunk(TRUNK), 0.0) is None for _ in range(100))
