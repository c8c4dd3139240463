"""RTP/SAVP and a=crypto in offer and answer; RFC 4568, reference/sip-interface section 10."""

from base64 import b64encode
from dataclasses import replace

import pytest

from offhook.sdp.error import NoCommonCodecError, SdpError, SrtpRefusedError, SrtpRequiredError
from offhook.sdp.offer_answer import LocalAudio, accept_answer, consider_offer, make_offer, wants_srtp
from offhook.sdp.session_description import SessionDescription

KEY, OTHER_KEY, THEIR_KEY = bytes(range(30)), bytes(range(30, 60)), bytes(range(60, 90))
PLAIN = LocalAudio("192.0.2.1", 10000, 7, 1)
SECURE = replace(PLAIN, key_and_salt=KEY)
THEIRS = replace(PLAIN, host="198.51.100.2", key_and_salt=THEIR_KEY)


def line(tag: int, suite: str, key: bytes) -> str:
    return f"{tag} {suite} inline:{b64encode(key).decode()}"


def crypto_of(description: SessionDescription) -> list[list[str]]:
    return [media.values("crypto") for media in description.media]


def offer(*media: str) -> SessionDescription:
    head = "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n"
    return SessionDescription.parse((head + "\n".join(media)).encode())


def test_an_offer_has_one_line_of_the_long_tag_and_a_plain_one_has_none() -> None:
    said = make_offer(SECURE)
    assert said.media[0].protocol == "RTP/SAVP"
    assert crypto_of(said) == [[line(1, "AES_CM_128_HMAC_SHA1_80", KEY)]]
    assert (make_offer(PLAIN).media[0].protocol, crypto_of(make_offer(PLAIN))) == ("RTP/AVP", [[]])


def test_an_answer_takes_the_first_usable_line_under_its_tag_with_a_key_of_its_own() -> None:
    offered = offer(
        "m=audio 4000 RTP/SAVP 0",
        f"a=crypto:{line(1, 'AEAD_AES_128_GCM', OTHER_KEY)}",
        f"a=crypto:{line(7, 'AES_CM_128_HMAC_SHA1_32', THEIR_KEY)}",
        f"a=crypto:{line(8, 'AES_CM_128_HMAC_SHA1_80', OTHER_KEY)}",
    )
    considered = consider_offer(offered, SECURE)
    answer = considered.answer(SECURE)
    assert answer.media[0].protocol == "RTP/SAVP"
    assert crypto_of(answer) == [[line(7, "AES_CM_128_HMAC_SHA1_32", KEY)]]
    agreed = considered.agreement.srtp
    assert agreed is not None
    assert (agreed.local.key_and_salt, agreed.remote.key_and_salt) == (KEY, THEIR_KEY)


def test_both_sides_agree_on_the_same_two_keys() -> None:
    offered = make_offer(SECURE)
    considered = consider_offer(offered, THEIRS)
    ours, theirs = accept_answer(offered, considered.answer(THEIRS)).srtp, considered.agreement.srtp
    assert ours is not None
    assert theirs is not None
    assert ours.local.is_same(theirs.remote)
    assert ours.remote.is_same(theirs.local)
    assert not ours.local.is_same(ours.remote)


@pytest.mark.parametrize("local", [PLAIN, SECURE])
def test_of_a_plain_and_a_secure_stream_the_one_that_is_spoken_is_taken(local: LocalAudio) -> None:
    secure = ("m=audio 4000 RTP/SAVP 0", f"a=crypto:{line(1, 'AES_CM_128_HMAC_SHA1_80', THEIR_KEY)}")
    for media in ((*secure, "m=audio 4002 RTP/AVP 0"), ("m=audio 4002 RTP/AVP 0", *secure)):
        answer = consider_offer(offer(*media), local).answer(local)
        assert {each.protocol: bool(each.port) for each in answer.media} == {
            "RTP/SAVP": local is SECURE,
            "RTP/AVP": local is PLAIN,
        }


@pytest.mark.parametrize("protocol", ["RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF"])
def test_srtp_is_refused_where_plain_rtp_alone_is_taken(protocol: str) -> None:
    with pytest.raises(SrtpRefusedError) as refused:
        consider_offer(offer(f"m=audio 4000 {protocol} 0", "m=video 4002 RTP/AVP 31"), PLAIN)
    assert refused.value.status == 488
    assert protocol in str(refused.value)


GOOD = f"a=crypto:{line(1, 'AES_CM_128_HMAC_SHA1_80', THEIR_KEY)}"
BAD = "a=crypto:1 AEAD_AES_128_GCM inline:x"


@pytest.mark.parametrize(
    ("lines", "wants"),
    [
        (("m=audio 4000 RTP/AVP 0",), False),
        (("m=audio 4000 RTP/AVP 0", GOOD), False),
        (("m=audio 4000 RTP/SAVP 0", GOOD), True),
        (("m=audio 4000 RTP/SAVP 0", BAD), True),
        (("m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/SAVP 0", GOOD), True),
        (("m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/SAVP 0", BAD), False),
        (("m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/SAVP 0", GOOD), False),
        (("m=video 4000 RTP/SAVP 31", GOOD), False),
        (("m=audio 9 UDP/TLS/RTP/SAVPF 0",), False),
    ],
)
def test_who_takes_both_answers_with_srtp_where_its_key_can_be_used(
    lines: tuple[str, ...], wants: bool
) -> None:
    assert wants_srtp(offer(*lines)) is wants


@pytest.mark.parametrize("local", [PLAIN, SECURE])
def test_an_offer_of_webrtc_is_told_that_dtls_is_missing(local: LocalAudio) -> None:
    with pytest.raises(SdpError, match=r"DTLS-SRTP \(WebRTC\) is not spoken yet"):
        consider_offer(offer("m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=fingerprint:sha-256 00"), local)


def test_lines_with_keys_under_plain_rtp_are_left_alone() -> None:
    lines = ("m=audio 4000 RTP/AVP 0", f"a=crypto:{line(1, 'AES_CM_128_HMAC_SHA1_80', THEIR_KEY)}")
    considered = consider_offer(offer(*lines), PLAIN)
    assert considered.agreement.srtp is None
    assert crypto_of(considered.answer(PLAIN)) == [[]]
    with pytest.raises(SrtpRequiredError):
        consider_offer(offer(*lines), SECURE)


@pytest.mark.parametrize(
    "media",
    [
        ("m=audio 4000 RTP/AVP 0",),
        ("m=audio 4000 RTP/AVPF 0",),
        ("m=audio 4000 UDP/TLS/RTP/SAVPF 0",),
        ("m=audio 4000 RTP/SAVP 0",),
        ("m=audio 4000 RTP/SAVP 0", f"a=crypto:{line(1, 'AES_CM_128_HMAC_SHA1_80', KEY)}|2^20|1:4"),
    ],
)
def test_an_offer_without_a_usable_line_is_refused_where_srtp_is_required(media: tuple[str, ...]) -> None:
    with pytest.raises(SrtpRequiredError) as refused:
        consider_offer(offer("m=video 4002 RTP/AVP 31", *media), SECURE)
    assert refused.value.status == 488


def test_another_fault_than_the_profile_is_told_as_itself() -> None:
    with pytest.raises(NoCommonCodecError):
        consider_offer(offer("m=audio 4000 RTP/AVPF 0"), PLAIN)
    with pytest.raises(NoCommonCodecError):
        consider_offer(offer("m=audio 0 RTP/SAVP 0"), SECURE)


@pytest.mark.parametrize(
    "answered",
    [
        ("m=audio 4000 RTP/AVP 0",),
        ("m=audio 4000 RTP/SAVP 0",),
        ("m=audio 4000 RTP/SAVP 0", f"a=crypto:{line(2, 'AES_CM_128_HMAC_SHA1_80', THEIR_KEY)}"),
        ("m=audio 4000 RTP/SAVP 0", f"a=crypto:{line(1, 'AES_CM_128_HMAC_SHA1_32', THEIR_KEY)}"),
    ],
)
def test_an_answer_that_does_not_take_our_line_is_none(answered: tuple[str, ...]) -> None:
    with pytest.raises(SrtpRequiredError) as refused:
        accept_answer(make_offer(SECURE), offer(*answered))
    assert refused.value.status == 488


def test_a_new_offer_repeats_the_line_of_a_key_that_stays_and_begins_anew_with_another() -> None:
    offered = offer("m=audio 4000 RTP/SAVP 0", f"a=crypto:{line(7, 'AES_CM_128_HMAC_SHA1_32', THEIR_KEY)}")
    said = consider_offer(offered, SECURE).answer(SECURE)
    assert crypto_of(make_offer(SECURE, said)) == [[line(7, "AES_CM_128_HMAC_SHA1_32", KEY)]]
    changed = replace(SECURE, key_and_salt=OTHER_KEY)
    assert crypto_of(make_offer(changed, said)) == [[line(1, "AES_CM_128_HMAC_SHA1_80", OTHER_KEY)]]


def test_no_key_gets_into_what_is_printed_of_a_description_or_an_error() -> None:
    considered = consider_offer(make_offer(THEIRS), SECURE)
    shown = b64encode(THEIR_KEY).decode()[:12]
    assert shown in considered.offer.to_bytes().decode()
    for value in (considered, considered.offer, considered.agreement, SECURE, THEIRS):
        assert shown not in repr(value)
        assert repr(KEY)[2:-1] not in repr(value)
        assert repr(THEIR_KEY)[2:-1] not in repr(value)
    broken = make_offer(THEIRS).to_bytes().replace(b"inline:", b"\0inline:")
    with pytest.raises(SdpError) as refused:
        SessionDescription.parse(broken)
    assert shown not in str(refused.value)
