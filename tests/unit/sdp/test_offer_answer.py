"""RFC 3264 for one audio stream; reference/sip-interface sections 11 and 12."""

import pytest

from offhook.sdp.direction import Direction
from offhook.sdp.error import NoCommonCodecError, SdpError, SdpUsageError
from offhook.sdp.offer_answer import (
    AudioAgreement,
    Codec,
    LocalAudio,
    accept_answer,
    consider_offer,
    make_offer,
)
from offhook.sdp.session_description import SessionDescription

LOCAL = LocalAudio("192.0.2.1", 10000, 7, 1)
HEAD = "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n"


def description(*lines: str, head: str = HEAD) -> SessionDescription:
    return SessionDescription.parse((head + "\n".join(lines)).encode())


def answer_to(*lines: str, local: LocalAudio = LOCAL) -> tuple[list[str], AudioAgreement]:
    considered = consider_offer(description(*lines), local)
    return considered.answer(local).to_bytes().decode().split("\r\n")[:-1], considered.agreement


def test_offer_has_both_laws_and_telephone_event() -> None:
    assert make_offer(LOCAL).to_bytes().decode().split("\r\n") == [
        "v=0", "o=- 7 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
        "m=audio 10000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv", "",
    ]  # fmt: skip


def test_answer_takes_the_first_codec_of_the_offer_and_its_event_number() -> None:
    lines, agreement = answer_to(
        "m=audio 4000 RTP/AVP 9 8 0 96",
        "a=rtpmap:9 G722/8000",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
        "a=rtcp:4005 IN IP4 10.0.0.1",
        "a=rtcp-mux",
    )
    assert lines[3:] == [
        "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 10000 RTP/AVP 8 96", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16", "a=ptime:20", "a=sendrecv",
    ]  # fmt: skip
    assert agreement == AudioAgreement(
        remote_host="10.0.0.1",
        remote_port=4000,
        remote_rtcp_port=4005,
        codec=Codec.PCMA,
        payload_type=8,
        receive=((8, Codec.PCMA),),
        telephone_event=96,
        direction=Direction.SENDRECV,
        ptime_ms=30,
        receive_events=(96, 101),
    )


def test_dynamic_numbers_and_lower_case_names_are_taken() -> None:
    lines, agreement = answer_to("m=audio 4000 RTP/AVP 120", "a=rtpmap:120 pcmu/8000/1")
    assert agreement.codec is Codec.PCMU
    assert agreement.payload_type == 120
    assert "a=rtpmap:120 PCMU/8000" in lines


def test_rtpmap_wins_over_the_static_number() -> None:
    _, agreement = answer_to("m=audio 4000 RTP/AVP 0 8", "a=rtpmap:0 PCMA/8000")
    assert (agreement.codec, agreement.payload_type) == (Codec.PCMA, 0)


@pytest.mark.parametrize("rtpmap", ["PCMU/16000", "PCMU/8000/2", "opus/48000/2"])
def test_other_rates_and_channels_are_other_codecs(rtpmap: str) -> None:
    with pytest.raises(NoCommonCodecError):
        answer_to("m=audio 4000 RTP/AVP 96", f"a=rtpmap:96 {rtpmap}")


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_an_event_of_another_clock_is_taken_where_there_is_none_of_ours(rate_hz: int) -> None:
    lines, agreement = answer_to("m=audio 4000 RTP/AVP 0 97", f"a=rtpmap:97 telephone-event/{rate_hz}")
    assert (agreement.telephone_event, agreement.telephone_event_hz) == (97, rate_hz)
    assert agreement.receive_events == (97, 101)
    assert f"a=rtpmap:97 telephone-event/{rate_hz}" in lines


def test_the_event_of_our_clock_is_preferred_and_the_other_one_is_heard_too() -> None:
    lines, agreement = answer_to(
        "m=audio 4000 RTP/AVP 0 97 98",
        "a=rtpmap:97 telephone-event/48000",
        "a=rtpmap:98 telephone-event/8000",
    )
    assert (agreement.telephone_event, agreement.telephone_event_hz) == (98, 8000)
    assert agreement.receive_events == (97, 98, 101)
    assert "m=audio 10000 RTP/AVP 0 98" in lines


def test_a_number_that_is_mapped_twice_is_the_one_of_our_clock() -> None:
    _, agreement = answer_to(
        "m=audio 4000 RTP/AVP 0 101",
        "a=rtpmap:101 telephone-event/16000",
        "a=rtpmap:101 telephone-event/8000",
    )
    assert (agreement.telephone_event, agreement.telephone_event_hz) == (101, 8000)


def test_101_without_a_map_is_telephone_event() -> None:
    lines, agreement = answer_to("m=audio 4000 RTP/AVP 0 101", "a=fmtp:101 0-15")
    assert agreement.telephone_event == 101
    assert "a=rtpmap:101 telephone-event/8000" in lines


def test_101_that_is_audio_is_no_event() -> None:
    _, agreement = answer_to("m=audio 4000 RTP/AVP 101", "a=rtpmap:101 PCMU/8000")
    assert (agreement.telephone_event, agreement.receive_events) == (None, ())


@pytest.mark.parametrize("rtpmap", ["telephone-event/0", "telephone-event/44100"])
def test_an_event_of_a_clock_that_no_codec_has_is_passed_over(rtpmap: str) -> None:
    _, agreement = answer_to("m=audio 4000 RTP/AVP 0 97", f"a=rtpmap:97 {rtpmap}")
    assert agreement.telephone_event is None


def test_an_answer_with_another_event_number_is_heard_under_both() -> None:
    agreement = accept_answer(
        make_offer(LOCAL), description("m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000")
    )
    assert (agreement.telephone_event, agreement.receive_events) == (96, (96, 101))


def test_audio_that_is_taken_away_is_held_and_comes_back_in_its_place() -> None:
    considered = consider_offer(description("m=audio 4000 RTP/AVP 0"), LOCAL)
    before = considered.agreement
    held = consider_offer(description("m=video 0 RTP/AVP 96", "m=audio 0 RTP/AVP 0"), LOCAL, before)
    assert (held.agreement.direction, held.agreement.remote_port) == (Direction.INACTIVE, 4000)
    answer = held.answer(LOCAL)
    assert [(media.media, media.port) for media in answer.media] == [("video", 0), ("audio", 0)]
    ours = make_offer(LOCAL, answer)
    assert [(media.media, media.port) for media in ours.media] == [("video", 0), ("audio", 10000)]
    assert ours.media[1].formats == ("0", "8", "101")


def test_other_streams_are_refused_in_their_places() -> None:
    lines, agreement = answer_to(
        "m=video 5000 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "m=audio 4000 RTP/AVP 0",
        "m=audio 4002 RTP/AVP 0",
        "m=image 6000 udptl t38",
    )
    assert [line for line in lines if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 96", "m=audio 10000 RTP/AVP 0", "m=audio 0 RTP/AVP 0", "m=image 0 udptl t38"
    ]  # fmt: skip
    assert agreement.remote_port == 4000


def test_secure_stream_beside_a_plain_one_is_refused() -> None:
    lines, agreement = answer_to("m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVP 0")
    assert "m=audio 0 RTP/SAVP 0" in lines
    assert agreement.remote_port == 4002


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["m=audio 0 RTP/AVP 0"],
        ["m=audio 4000 RTP/AVPF 0"],
        ["m=audio 4000 RTP/AVP 18"],
        ["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
        ["m=video 4000 RTP/AVP 0"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP6 ::1"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 phone.example.com"],
        ["m=audio 4000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127"],
    ],
)
def test_offers_that_cannot_be_used_are_488(lines: list[str]) -> None:
    with pytest.raises(NoCommonCodecError) as caught:
        answer_to(*lines)
    assert caught.value.status == 488


@pytest.mark.parametrize(
    "lines",
    [
        ["m=audio 4000 RTP/AVP zero"],
        ["m=audio 4000 RTP/AVP 0", "a=rtpmap:x"],
        ["m=audio 4000 RTP/AVP 0", "a=rtcp:0"],
        ["m=audio 4000 RTP/AVP 0", "a=rtcp:99999"],
    ],
)
def test_malformed_offers_are_400(lines: list[str]) -> None:
    with pytest.raises(SdpError) as caught:
        answer_to(*lines)
    assert caught.value.status == 400
    assert not isinstance(caught.value, NoCommonCodecError)


@pytest.mark.parametrize(
    ("attribute", "ours"),
    [
        ("sendrecv", Direction.SENDRECV),
        ("sendonly", Direction.RECVONLY),
        ("recvonly", Direction.SENDONLY),
        ("inactive", Direction.INACTIVE),
    ],
)
def test_direction_is_answered_with_its_mirror(attribute: str, ours: Direction) -> None:
    lines, agreement = answer_to("m=audio 4000 RTP/AVP 0", f"a={attribute}")
    assert agreement.direction is ours
    assert lines[-1] == f"a={ours.value}"


@pytest.mark.parametrize(
    ("attribute", "ours"), [("sendrecv", Direction.RECVONLY), ("recvonly", Direction.INACTIVE)]
)
def test_zero_address_is_hold_in_the_old_way(attribute: str, ours: Direction) -> None:
    lines, agreement = answer_to("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0", f"a={attribute}")
    assert agreement.direction is ours
    assert agreement.remote_host == "0.0.0.0"
    assert lines[-1] == f"a={ours.value}"


def test_our_own_direction_bounds_the_answer() -> None:
    local = LocalAudio("192.0.2.1", 10000, 7, 1, direction=Direction.SENDONLY)
    _, agreement = answer_to("m=audio 4000 RTP/AVP 0", local=local)
    assert agreement.direction is Direction.SENDONLY


@pytest.mark.parametrize(
    ("ptime", "taken"), [("10", 10), ("20", 20), ("60", 60), ("5", 20), ("100", 20), ("x", 20)]
)
def test_packet_lengths_of_10_to_60_ms_are_taken(ptime: str, taken: int) -> None:
    assert answer_to("m=audio 4000 RTP/AVP 0", f"a=ptime:{ptime}")[1].ptime_ms == taken


def test_offer_and_answer_agree_with_each_other() -> None:
    offer = make_offer(LOCAL)
    callee = LocalAudio("198.51.100.2", 20000, 9, 1, codecs=(Codec.PCMA,))
    considered = consider_offer(offer, callee)
    ours, theirs = accept_answer(offer, considered.answer(callee)), considered.agreement
    assert (ours.remote_host, ours.remote_port) == ("198.51.100.2", 20000)
    assert (theirs.remote_host, theirs.remote_port) == ("192.0.2.1", 10000)
    assert ours.codec is theirs.codec is Codec.PCMA
    assert ours.receive == theirs.receive == ((8, Codec.PCMA),)
    assert ours.telephone_event == theirs.telephone_event == 101


def test_answer_with_several_codecs_may_bring_any_of_them() -> None:
    agreement = accept_answer(make_offer(LOCAL), description("m=audio 4000 RTP/AVP 8 0 3"))
    assert agreement.codec is Codec.PCMA
    assert agreement.receive == ((8, Codec.PCMA), (0, Codec.PCMU))
    assert agreement.telephone_event is None


def test_answer_that_holds() -> None:
    agreement = accept_answer(make_offer(LOCAL), description("m=audio 4000 RTP/AVP 0", "a=sendonly"))
    assert agreement.direction is Direction.RECVONLY


@pytest.mark.parametrize(
    "lines", [["m=audio 0 RTP/AVP 0"], ["m=audio 4000 RTP/AVP 18"], ["m=video 4000 RTP/AVP 0"]]
)
def test_answers_that_refuse_the_stream_are_488(lines: list[str]) -> None:
    with pytest.raises(NoCommonCodecError):
        accept_answer(make_offer(LOCAL), description(*lines))


@pytest.mark.parametrize("lines", [[], ["m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/AVP 0"]])
def test_answers_of_another_shape_are_400(lines: list[str]) -> None:
    with pytest.raises(SdpError) as caught:
        accept_answer(make_offer(LOCAL), description(*lines))
    assert caught.value.status == 400


def test_wrong_calls_of_ours() -> None:
    with pytest.raises(SdpUsageError):
        make_offer(LocalAudio("192.0.2.1", 10000, 7, 1, codecs=()))
    video = description("m=video 4000 RTP/AVP 96")
    with pytest.raises(SdpUsageError):
        accept_answer(video, video)


def offer_after(*lines: str, local: LocalAudio = LOCAL) -> list[str]:
    """Our next offer, in a session in which we answered those lines."""
    said = consider_offer(description(*lines), local).answer(local)
    return make_offer(local, said).to_bytes().decode().split("\r\n")[5:-1]


def test_rfc3264_8_our_next_offer_keeps_places_and_numbers() -> None:
    lines = offer_after(
        "m=video 5000 RTP/AVP 96",
        "m=audio 4000 RTP/AVP 101 99",
        "a=rtpmap:101 PCMA/8000",
        "a=rtpmap:99 telephone-event/8000",
        "m=image 6000 udptl t38",
    )
    assert lines == [
        "m=video 0 RTP/AVP 96", "m=audio 10000 RTP/AVP 101 0 99", "a=rtpmap:101 PCMA/8000",
        "a=rtpmap:0 PCMU/8000", "a=rtpmap:99 telephone-event/8000", "a=fmtp:99 0-16", "a=ptime:20",
        "a=sendrecv", "m=image 0 udptl t38",
    ]  # fmt: skip


def test_rfc3264_8_3_2_no_number_gets_another_meaning() -> None:
    lines = offer_after("m=audio 4000 RTP/AVP 8 101", "a=rtpmap:8 PCMU/8000", "a=rtpmap:101 PCMA/8000")
    assert lines[0] == "m=audio 10000 RTP/AVP 8 96 101"
    assert lines[1:3] == ["a=rtpmap:8 PCMU/8000", "a=rtpmap:96 PCMA/8000"]
    assert "a=rtpmap:101 telephone-event/8000" in lines  # our answer had not used 101


@pytest.mark.parametrize(
    ("ours", "said", "direction", "answered"),
    [
        (Direction.SENDONLY, "a=sendonly", Direction.SENDONLY, "a=recvonly"),
        (Direction.INACTIVE, "a=inactive", Direction.INACTIVE, "a=inactive"),
        (Direction.RECVONLY, "a=recvonly", Direction.RECVONLY, "a=sendonly"),
        (Direction.SENDRECV, "a=sendrecv", Direction.SENDRECV, "a=sendrecv"),
    ],
)
def test_rfc3264_8_4_our_own_hold(ours: Direction, said: str, direction: Direction, answered: str) -> None:
    held = LocalAudio("192.0.2.1", 10000, 7, 2, direction=ours)
    offer = make_offer(held, make_offer(LOCAL))
    assert offer.to_bytes().decode().split("\r\n")[-2] == said
    theirs = LocalAudio("198.51.100.2", 20000, 9, 2)
    answer = consider_offer(offer, theirs).answer(theirs)
    assert answer.to_bytes().decode().split("\r\n")[-2] == answered
    assert accept_answer(offer, answer).direction is direction


def test_rfc3264_8_3_1_a_changed_port_and_8_3_2_a_removed_codec_are_agreed_anew() -> None:
    _, before = answer_to("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000")
    _, after = answer_to("m=audio 4010 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000")
    assert (before.remote_port, before.codec) == (4000, Codec.PCMU)
    assert (after.remote_port, after.codec, after.telephone_event) == (4010, Codec.PCMA, 101)


def test_a_dead_stream_in_our_last_words_is_offered_anew() -> None:
    refused = description("m=audio 0 RTP/AVP 0")
    assert make_offer(LOCAL, refused) == make_offer(LOCAL)


def test_of_several_event_clocks_that_of_our_codec_is_taken() -> None:
    lines, agreement = answer_to(
        "m=audio 4000 RTP/AVP 96 0 100 101 102",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:100 telephone-event/48000",
        "a=rtpmap:101 telephone-event/16000",
        "a=rtpmap:102 telephone-event/8000",
    )
    assert agreement.telephone_event == 102
    assert lines[5] == "m=audio 10000 RTP/AVP 0 102"


def test_what_concerns_ice_bundles_and_bandwidth_is_passed_over() -> None:
    lines, agreement = answer_to(
        "m=audio 4000 RTP/AVP 0",
        "b=AS:64",
        "b=TIAS:64000",
        "a=ice-ufrag:8hhY",
        "a=ice-pwd:asd88fgpdd777uzjYhagZg",
        "a=candidate:1 1 UDP 2130706431 10.0.0.1 4000 typ host",
        "a=rtcp-mux",
        "a=ssrc:1 cname:x",
        "a=mid:0",
    )
    assert agreement.remote_port == 4000
    assert lines[5:] == ["m=audio 10000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv"]
