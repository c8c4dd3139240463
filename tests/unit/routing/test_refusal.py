"""The record that a refused request leaves."""

import pytest

from offhook.routing.decision import TurnedAway
from offhook.routing.refusal import SHOWN_MAX, refusal_of
from tests.support.arrival import arrival
from tests.support.stores import BORN, numbered, sip_domain

SID = numbered("RF", 1)


def test_a_refusal_says_what_arrived_and_what_it_was_held_against() -> None:
    request, flow = arrival("INVITE", "sip:help@office.sip.twilio.com", source="203.0.113.9")
    turned = TurnedAway(403, 32201, "not in ACL", sip_domain(), "203.0.113.9 against 1", "203.0.113.8/32")
    kept = refusal_of(turned, request, flow, sid=SID, at=BORN)
    assert (kept.sid, kept.account_sid, kept.count) == (SID, sip_domain().account_sid, 1)
    assert (kept.source, kept.transport, kept.method) == ("203.0.113.9", "UDP", "INVITE")
    assert (kept.request_uri, kept.domain) == ("sip:help@office.sip.twilio.com", "office.sip.localhost")
    assert (kept.from_, kept.sip_call_id) == ("<sip:alice@192.0.2.1>;tag=a", "call@192.0.2.1")
    assert (kept.matched, kept.nearly) == ("203.0.113.9 against 1", "203.0.113.8/32")
    assert (kept.status, kept.code, kept.text) == (403, 32201, "not in ACL")


@pytest.mark.parametrize(
    ("uri", "domain"), [("sip:help@Nobody.Example:5062", "nobody.example"), ("tel:+15551234567", "")]
)
def test_without_a_domain_the_host_that_was_asked_for_stands(uri: str, domain: str) -> None:
    turned = TurnedAway(403, None, "nothing", None, "domain_suffixes")
    kept = refusal_of(turned, *arrival("INVITE", uri, to="<sip:a@b>"), sid=SID, at=BORN)
    assert (kept.account_sid, kept.domain) == (None, domain)


def test_what_came_from_outside_is_cut_and_harmless() -> None:
    call_id = "c" * 1000
    turned = TurnedAway(403, None, "\x1b[31mred", None, "x")
    request, flow = arrival("INVITE", "sip:a@b", call_id=call_id, from_="<sip:a\x07@b>")
    kept = refusal_of(turned, request, flow, sid=SID, at=BORN)
    assert (len(kept.sip_call_id), kept.text, kept.from_) == (SHOWN_MAX, ".[31mred", "<sip:a.@b>")
