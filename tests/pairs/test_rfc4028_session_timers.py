"""Session timers between two user agents, by section of RFC 4028; reference/sip-interface section 13."""

import pytest

from offhook.sip.event import EndCause, Ended, Invited, Modified, OfferReceived, Refused
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Settings
from tests.support.sip_link import ANSWER, Endpoint, Link

ALICE, BOB = "10.0.0.1", "10.0.0.2"
ALLOW = Settings().allow
NO_UPDATE = tuple(each for each in ALLOW if each != "UPDATE")


def pair(alice: Settings | None = None, bob: Settings | None = None) -> tuple[Link, Endpoint, Endpoint]:
    link = Link()
    made = link.endpoint(ALICE, alice), link.endpoint(BOB, bob)
    made[1].on(Invited, lambda event, now: event.session.accept(ANSWER, now))
    for each in made:
        each.on(OfferReceived, lambda event, now: event.session.accept(ANSWER, now))
    return link, *made


def finish(link: Link, session: InviteSession) -> None:
    session.bye(link.now)
    link.run()
    assert link.is_idle()


def test_rfc4028_7_1_what_an_invite_says() -> None:
    link, alice, bob = pair()
    session = alice.call(bob, now=0.0)
    link.run(until=1000.0)
    invite = link.messages("INVITE")[0]
    assert "timer" in invite.headers.get("Supported")
    assert invite.headers.get("Min-SE") == "120"
    assert invite.headers.get("Session-Expires") is None
    assert link.messages(200)[0].headers.get("Session-Expires") is None
    assert session.refresh.interval_s is None
    finish(link, session)


def test_who_does_not_offer_timers_says_nothing_of_them() -> None:
    link, alice, bob = pair(Settings(supported=(), session_expires_s=120))
    session = alice.call(bob, now=0.0)
    link.run(until=1000.0)
    assert link.messages("INVITE")[0].headers.get("Min-SE") is None
    assert link.messages("INVITE")[0].headers.get("Session-Expires") is None
    finish(link, session)


def test_rfc4028_10_the_uac_refreshes_by_update_at_half_the_interval() -> None:
    link, alice, bob = pair(Settings(session_expires_s=200))
    session = alice.call(bob, now=0.0)
    link.run(until=1000.0)
    success = link.messages(200)[0]
    assert success.headers.get("Session-Expires") == "200;refresher=uac"
    assert success.headers.get("Require") == "timer"
    update = link.messages("UPDATE")[0]
    assert update.body == b""
    assert update.headers.get("Session-Expires") == "200;refresher=uac"
    assert [round(at) for at in link.times("UPDATE")] == [100, 200, 300, 400, 500, 600, 700, 800, 900]
    assert alice.told(Modified) == bob.told(OfferReceived) == []
    finish(link, session)


def test_rfc4028_7_4_or_by_reinvite_with_the_same_description() -> None:
    link, alice, bob = pair(Settings(session_expires_s=200, allow=NO_UPDATE))
    session = alice.call(bob, now=0.0)
    link.run(until=450.0)
    first, *again = link.messages("INVITE")
    assert [round(at) for at in link.times("INVITE")] == [0, 100, 200, 300, 400]
    assert {invite.body for invite in again} == {first.body}
    assert alice.told(Modified) == []  # the answers were the same
    assert len(bob.told(OfferReceived)) == 4
    finish(link, session)


def test_a_refresh_that_is_answered_with_a_new_description_is_told() -> None:
    link, alice, bob = pair(Settings(session_expires_s=200, allow=NO_UPDATE))
    bob.on(OfferReceived, lambda event, now: event.session.accept(b"moved", now))
    session = alice.call(bob, now=0.0)
    link.run(until=250.0)
    assert [(event.description, event.is_refresh) for event in alice.told(Modified)] == [(b"moved", True)]
    finish(link, session)


def test_rfc4028_9_the_callee_refreshes_where_the_caller_knows_no_timers() -> None:
    link, alice, bob = pair(Settings(supported=()), Settings(session_expires_s=200))
    session = alice.call(bob, now=0.0)
    link.run(until=350.0)
    success = link.messages(200)[0]
    assert success.headers.get("Session-Expires") == "200;refresher=uas"
    assert success.headers.get("Require") is None
    assert [each.sender for each in link.sent if getattr(each.message, "method", "") == "UPDATE"] == [BOB]
    # §7.2: the 2xx to that had no Session-Expires, nor a proxy to put one in: nothing expires any more.
    assert bob.told(Invited)[0].session.refresh.interval_s is None
    finish(link, session)


def test_rfc4028_9_an_interval_that_a_proxy_asked_for_is_kept_up_by_the_callee() -> None:
    link, alice, bob = pair(Settings(supported=()))
    session = alice.call(bob, now=0.0, headers=(("Session-Expires", "100"),))
    link.run(until=60.0)
    assert link.messages(200)[0].headers.get("Session-Expires") == "100;refresher=uas"
    assert len(link.messages("UPDATE")) == 1
    finish(link, session)


def test_rfc4028_9_the_interval_is_not_below_the_min_se_of_the_request() -> None:
    link, alice, bob = pair(Settings(min_se_s=200))
    session = alice.call(bob, now=0.0, headers=(("Session-Expires", "120"),))
    link.run(until=99.0)
    invite = link.messages("INVITE")[0]
    assert (invite.headers.get("Session-Expires"), invite.headers.get("Min-SE")) == ("120", "200")
    assert link.messages(200)[0].headers.get("Session-Expires") == "200;refresher=uac"
    assert link.messages("UPDATE") == []
    link.run(until=101.0)
    assert len(link.messages("UPDATE")) == 1
    finish(link, session)


@pytest.mark.parametrize("allow", [ALLOW, NO_UPDATE])
def test_rfc4028_7_4_the_peers_min_se_is_that_of_our_own_requests_in_the_dialog(
    allow: tuple[str, ...],
) -> None:
    link, alice, bob = pair(Settings(min_se_s=300, allow=allow), Settings(allow=allow))
    session = alice.call(bob, now=0.0, headers=(("Session-Expires", "400;refresher=uas"),))
    link.run(until=201.0)
    refresh = link.messages("UPDATE" if "UPDATE" in allow else "INVITE")[-1]
    assert refresh.headers.get("Session-Expires") == "400;refresher=uac"
    assert refresh.headers.get("Min-SE") == "300"
    assert [each.sender for each in link.sent if each.message is refresh] == [BOB]
    finish(link, session)


@pytest.mark.parametrize(("refresher", "sender"), [("uac", ALICE), ("uas", BOB)])
def test_rfc4028_9_who_refreshes_is_the_callers_to_say(refresher: str, sender: str) -> None:
    link, alice, bob = pair()
    session = alice.call(bob, now=0.0, headers=(("Session-Expires", f"120;refresher={refresher}"),))
    link.run(until=61.0)
    assert [each.sender for each in link.sent if getattr(each.message, "method", "") == "UPDATE"] == [sender]
    finish(link, session)


def test_rfc4028_8_a_short_interval_is_422_and_the_caller_asks_again() -> None:
    link, alice, bob = pair(Settings(session_expires_s=100, min_se_s=90), Settings(min_se_s=300))
    session = alice.call(bob, now=0.0)
    link.run(until=1.0)
    assert link.messages(422)[0].headers.get("Min-SE") == "300"
    first, second = link.messages("INVITE")
    assert (first.headers.get("Session-Expires"), second.headers.get("Session-Expires")) == ("100", "300")
    assert second.headers.get("Min-SE") == "300"
    assert (second.cseq.number, second.call_id, second.from_.tag) == (2, first.call_id, first.from_.tag)
    assert session.refresh.interval_s == 300
    assert link.messages("ACK")[1].cseq.number == 2
    assert alice.told(Refused) == []
    finish(link, session)


@pytest.mark.parametrize(("allow", "method"), [(ALLOW, "UPDATE"), (NO_UPDATE, "INVITE")])
def test_rfc4028_7_3_a_refresh_that_gets_422_is_made_again_with_its_min_se_for_the_rest_of_the_call(
    allow: tuple[str, ...], method: str
) -> None:
    link, alice, bob = pair(Settings(session_expires_s=200, allow=allow), Settings(allow=allow))
    session = alice.call(bob, now=0.0)
    link.run(until=90.0)
    bob.told(Invited)[0].session.core.settings = Settings(min_se_s=300, allow=allow)
    link.run(until=400.0)
    asked = [each for each in link.messages(method) if each.to.tag is not None]
    assert [each.headers.get("Session-Expires") for each in asked] == [
        "200;refresher=uac", "300;refresher=uac", "300;refresher=uac",
    ]  # fmt: skip
    assert [each.headers.get("Min-SE") for each in asked] == ["120", "300", "300"]
    assert [round(at) for at in link.times(method)][-3:] == [100, 100, 250]
    assert session.refresh.interval_s == 300
    finish(link, session)


def test_rfc4028_10_without_refresh_the_session_ends_shortly_before_its_time() -> None:
    link, alice, bob = pair(Settings(session_expires_s=120))
    alice.call(bob, now=0.0)
    link.drop = lambda message: getattr(message, "method", "") == "UPDATE"
    link.run()
    bye = link.messages("BYE")[0]
    assert bye.headers.get("Reason").startswith("SIP;cause=408")
    assert round(link.times("BYE")[0]) == 88  # 120 s less 32
    assert [event.cause for event in bob.told(Ended)] == [EndCause.SESSION_EXPIRED]
    assert link.is_idle()


def test_rfc4028_10_the_refresher_ends_it_too() -> None:
    """Both leave at second 88, each before the other's BYE is in; the UPDATE would have failed at 92."""
    link, alice, bob = pair(Settings(session_expires_s=120))
    link.drop = lambda message: getattr(message, "method", "") == "UPDATE"
    alice.call(bob, now=0.0)
    link.run(until=87.0)
    assert alice.told(Ended) == bob.told(Ended) == []
    link.run()
    assert [each.sender for each in link.sent if getattr(each.message, "method", "") == "BYE"] == [BOB, ALICE]
    assert [event.cause for event in alice.told(Ended)] == [EndCause.SESSION_EXPIRED]
    assert link.is_idle()


def test_a_change_of_the_owner_waits_for_the_refresh_and_follows_it() -> None:
    link, alice, bob = pair(Settings(session_expires_s=200))
    session = alice.call(bob, now=0.0)
    link.run(until=100.025)
    assert link.times("UPDATE") == [100.02]
    session.modify(b"hold", link.now)
    link.run(until=102.0)
    assert [message.body for message in link.messages("UPDATE")] == [b"", b"hold"]
    assert len(alice.told(Modified)) == 1
    finish(link, session)


def test_an_update_before_the_answer_says_nothing_of_session_timers() -> None:
    link, alice, bob = pair(Settings(session_expires_s=200), Settings(session_expires_s=200))
    bob.on(Invited, lambda event, now: event.session.ring(now, 183, body=ANSWER))
    session = alice.call(bob, now=0.0)
    link.run(until=1.0)
    session.modify(b"hold", link.now)
    link.run(until=2.0)
    bob.told(Invited)[0].session.modify(b"hold", link.now)
    link.run(until=300.0)
    assert [message.headers.get("Session-Expires") for message in link.messages("UPDATE")] == [None, None]
    assert session.refresh.interval_s is None
    session.close(link.now)
    link.run()
    assert link.is_idle()


def test_every_2xx_to_a_change_refreshes_too() -> None:
    link, alice, bob = pair(Settings(session_expires_s=200))
    session = alice.call(bob, now=0.0)
    link.run(until=90.0)
    bob.told(Invited)[0].session.modify(b"hold", link.now)
    link.run(until=189.0)
    assert [round(at) for at in link.times("UPDATE")] == [90]
    link.run(until=191.0)
    assert [round(at) for at in link.times("UPDATE")] == [90, 190]
    finish(link, session)
