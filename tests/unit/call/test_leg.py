"""The leg's table is total, and what it does about hold, late offers and offers that cannot be met."""

import itertools

import pytest

from offhook.base.errors import PeerError, UsageError
from offhook.base.ids import SeededChance
from offhook.call.leg_state import TRANSITIONS, LegInput, LegState
from offhook.call.negotiation import Negotiation
from offhook.sdp.offer_answer import LocalAudio, make_offer
from offhook.sdp.session_description import SessionDescription

OURS = LocalAudio(host="192.0.2.1", port=10_000, session_id=7, version=7)
THEIRS = LocalAudio(host="192.0.2.2", port=20_000, session_id=9, version=9)


def test_the_table_is_total() -> None:
    assert set(TRANSITIONS) == set(itertools.product(LegState, LegInput))


def test_an_ended_leg_ignores_everything() -> None:
    assert all(TRANSITIONS[LegState.ENDED, given] is None for given in LegInput)


def version(body: bytes) -> int:
    return SessionDescription.parse(body).origin.version


def test_an_answer_agrees_on_the_first_codec_of_the_offer() -> None:
    negotiation = Negotiation(SeededChance(1))
    offer = make_offer(THEIRS).to_bytes()
    negotiation.consider(offer, OURS)
    negotiation.respond(OURS)
    assert negotiation.agreement is not None
    assert (negotiation.agreement.remote_host, negotiation.agreement.remote_port) == ("192.0.2.2", 20_000)


def test_the_version_grows_only_when_what_we_say_changes() -> None:
    negotiation = Negotiation(SeededChance(1))
    offer = make_offer(THEIRS).to_bytes()
    negotiation.consider(offer, OURS)
    first = negotiation.respond(OURS)
    negotiation.consider(offer, OURS)
    again = negotiation.respond(OURS)
    negotiation.consider(offer.replace(b"a=sendrecv", b"a=sendonly"), OURS)
    held = negotiation.respond(OURS)
    assert again == first
    assert version(held) == version(first) + 1
    assert b"a=recvonly" in held


def test_an_invite_without_an_offer_is_answered_with_ours_and_agreed_in_the_ack() -> None:
    negotiation = Negotiation(SeededChance(1))
    negotiation.consider(b"", OURS)
    offered = SessionDescription.parse(negotiation.respond(OURS))
    assert (negotiation.awaits_answer, negotiation.agreement) == (True, None)
    theirs = Negotiation(SeededChance(1))
    theirs.consider(offered.to_bytes(), THEIRS)
    negotiation.accept_answer(theirs.respond(THEIRS))
    assert not negotiation.awaits_answer
    assert negotiation.agreement is not None


def test_an_answer_that_never_came_is_the_peers_fault() -> None:
    negotiation = Negotiation(SeededChance(1))
    negotiation.offer(OURS)
    with pytest.raises(PeerError):
        negotiation.accept_answer(b"")


def test_an_offer_without_a_common_codec_is_488_and_leaves_the_agreement_in_force() -> None:
    negotiation = Negotiation(SeededChance(1))
    offer = make_offer(THEIRS).to_bytes()
    negotiation.consider(offer, OURS)
    negotiation.respond(OURS)
    before = negotiation.agreement
    opus = b"\r\n".join(
        line for line in offer.replace(b"RTP/AVP 0 8", b"RTP/AVP 96 97").split(b"\r\n") if b"PCM" not in line
    )
    with pytest.raises(PeerError) as refused:
        negotiation.consider(opus, OURS)
    assert refused.value.status == 488
    assert negotiation.agreement == before


def test_an_offer_that_was_answered_early_gets_the_same_answer_again_in_the_200() -> None:
    negotiation = Negotiation(SeededChance(1))
    negotiation.consider(make_offer(THEIRS).to_bytes(), OURS)
    assert negotiation.has_offer
    early = negotiation.answer_early(OURS)
    assert negotiation.agreement is not None
    assert negotiation.respond(OURS) == early
    negotiation.respond(OURS)
    assert negotiation.awaits_answer, "the next one without an offer is a re-INVITE's"


def test_a_change_between_the_early_answer_and_the_200_stays() -> None:
    negotiation = Negotiation(SeededChance(1))
    offer = make_offer(THEIRS).to_bytes()
    negotiation.consider(offer, OURS)
    early = negotiation.answer_early(OURS)
    negotiation.consider(offer.replace(b"a=sendrecv", b"a=sendonly"), OURS)
    held = negotiation.respond(OURS)
    assert held != early
    assert negotiation.respond(OURS) == held
    assert not negotiation.awaits_answer


def test_without_an_offer_there_is_no_early_answer() -> None:
    negotiation = Negotiation(SeededChance(1))
    negotiation.consider(b"", OURS)
    assert not negotiation.has_offer
    with pytest.raises(UsageError):
        negotiation.answer_early(OURS)


def test_what_a_provisional_response_describes_holds_until_the_200_says_otherwise() -> None:
    negotiation = Negotiation(SeededChance(1))
    negotiation.offer(OURS)
    negotiation.foresee(make_offer(THEIRS).to_bytes(), "a")
    assert negotiation.agreement is not None
    assert (negotiation.agreement.remote_port, negotiation.awaits_answer) == (20_000, True)
    foreseen = negotiation.agreement
    with pytest.raises(PeerError):
        negotiation.foresee(b"v=0\r\n", "a")
    assert negotiation.agreement is foreseen
    negotiation.accept_answer(make_offer(THEIRS).to_bytes().replace(b"20000", b"20002"))
    assert negotiation.agreement.remote_port == 20_002


def test_a_200_without_a_description_means_that_of_its_own_early_dialog() -> None:
    negotiation = Negotiation(SeededChance(1))
    for tag in ("b", None):
        negotiation.offer(OURS)
        negotiation.foresee(make_offer(THEIRS).to_bytes(), "a")
        with pytest.raises(PeerError, match="no answer"):
            negotiation.accept_answer(b"", tag)
    negotiation.offer(OURS)
    with pytest.raises(PeerError, match="no answer"):
        negotiation.accept_answer(b"", "a")  # of the offer before
    negotiation.offer(OURS)
    negotiation.foresee(make_offer(THEIRS).to_bytes(), "a")
    negotiation.accept_answer(b"", "a")
    assert negotiation.agreement is not None
    assert negotiation.agreement.remote_port == THEIRS.port
