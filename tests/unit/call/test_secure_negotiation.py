"""Our key of SRTP over the life of a call (RFC 4568 §7.1.4), and what the media core is told."""

import pytest

from offhook.base.ids import SeededChance
from offhook.call.media_plan import srtp_keys
from offhook.call.negotiation import Negotiation
from offhook.sdp.error import SrtpRefusedError, SrtpRequiredError
from offhook.sdp.offer_answer import LocalAudio
from offhook.sdp.session_description import SessionDescription

OURS = LocalAudio(host="192.0.2.1", port=10_000, session_id=7, version=7)
THEIRS = LocalAudio(host="192.0.2.2", port=20_000, session_id=9, version=9)


def line_of(body: bytes) -> str:
    (line,) = SessionDescription.parse(body).media[0].values("crypto")
    return line


def protected(seed: int) -> Negotiation:
    negotiation = Negotiation(SeededChance(seed))
    negotiation.protect(is_secure=True)
    return negotiation


def exchange(offerer: Negotiation, answerer: Negotiation, edit: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """One offer and its answer, which is given."""
    offer = offerer.offer(THEIRS)
    answerer.consider(offer.replace(*edit) if edit[0] else offer, OURS)
    answer = answerer.respond(OURS)
    offerer.accept_answer(answer)
    return answer


def test_each_end_sends_with_its_own_key_and_knows_the_others() -> None:
    ours, theirs = protected(1), protected(2)
    exchange(theirs, ours)
    assert ours.agreement is not None
    assert theirs.agreement is not None
    here, there = srtp_keys(ours.agreement), srtp_keys(theirs.agreement)
    assert here is not None
    assert there is not None
    assert here.local.key_and_salt == there.remote.key_and_salt != here.remote.key_and_salt
    assert here.remote.key_and_salt == there.local.key_and_salt


def test_hold_and_resume_keep_both_keys() -> None:
    ours, theirs = protected(1), protected(2)
    first = exchange(theirs, ours)
    held = exchange(theirs, ours, (b"a=sendrecv", b"a=sendonly"))
    resumed = exchange(theirs, ours)
    assert b"a=recvonly" in held
    assert line_of(first) == line_of(held) == line_of(resumed)


def test_a_new_key_of_the_peer_gets_a_new_one_of_ours() -> None:
    ours, theirs = protected(1), protected(2)
    first = exchange(theirs, ours)
    theirs.protect(is_secure=True)
    second = exchange(theirs, ours)
    assert line_of(second) != line_of(first)
    assert line_of(exchange(theirs, ours)) == line_of(second)


def test_an_offer_of_ours_in_the_call_keeps_our_key() -> None:
    ours, theirs = protected(1), protected(2)
    answer = exchange(theirs, ours)
    ours.consider(b"", OURS)
    offered = ours.respond(OURS)
    assert line_of(offered) == line_of(answer)
    theirs.consider(offered, THEIRS)
    ours.accept_answer(theirs.respond(THEIRS))
    assert ours.agreement is not None
    assert srtp_keys(ours.agreement) is not None


def test_an_invite_without_an_offer_gets_one_with_a_key_and_needs_one_in_the_answer() -> None:
    ours = protected(1)
    ours.consider(b"", OURS)
    plain = ours.respond(OURS).replace(b"RTP/SAVP", b"RTP/AVP")
    theirs = Negotiation(SeededChance(2))
    theirs.consider(plain, THEIRS)
    with pytest.raises(SrtpRequiredError):
        ours.accept_answer(theirs.respond(THEIRS))
    assert ours.agreement is None


def test_a_plain_end_and_a_secure_one_do_not_meet() -> None:
    with pytest.raises(SrtpRefusedError):
        Negotiation(SeededChance(1)).consider(protected(2).offer(THEIRS), OURS)
    with pytest.raises(SrtpRequiredError):
        protected(1).consider(Negotiation(SeededChance(2)).offer(THEIRS), OURS)


def test_each_attempt_has_another_key() -> None:
    ours = protected(1)
    first = ours.offer(OURS)
    ours.protect(is_secure=True)
    assert line_of(ours.offer(OURS)) != line_of(first)
    ours.protect(is_secure=False)
    assert b"RTP/AVP" in ours.offer(OURS)
