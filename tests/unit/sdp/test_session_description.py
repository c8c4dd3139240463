import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.sdp.direction import Direction
from offhook.sdp.error import SdpError
from offhook.sdp.session_description import MediaDescription, Origin, SessionDescription

BARESIP = b"""v=0
o=- 3936128 1 IN IP4 192.168.1.20
s=-
i=a phone
b=AS:128
c=IN IP4 192.168.1.20
t=0 0
a=tool:baresip
a=sendonly
m=audio 10452 RTP/AVP 8 0 101
b=AS:125
c=IN IP4 192.168.1.21/127
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=recvonly
a=rtcp:10453
m=video 10454/2 RTP/AVP 96
"""

WORD = st.text(alphabet="abcXYZ019-", min_size=1, max_size=10)
TEXT = st.text(alphabet=st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=20)
ATTRIBUTES = st.lists(st.tuples(WORD, st.none() | TEXT), max_size=4).map(tuple)
HOST = st.sampled_from(["10.0.0.1", "2001:db8::1", "host.example.com"])
NUMBER = st.integers(0, 10**20 - 1)


@st.composite
def media(draw: st.DrawFn) -> MediaDescription:
    return MediaDescription(
        media=draw(WORD),
        port=draw(st.integers(0, 65535)),
        protocol=draw(st.sampled_from(["RTP/AVP", "RTP/SAVPF", "udptl"])),
        formats=tuple(draw(st.lists(WORD, min_size=1, max_size=4))),
        host=draw(st.none() | HOST),
        attributes=draw(ATTRIBUTES),
        port_count=draw(st.none() | st.integers(0, 9)),
    )


@st.composite
def descriptions(draw: st.DrawFn) -> SessionDescription:
    origin = Origin(draw(WORD), draw(NUMBER), draw(NUMBER), draw(HOST))
    streams = tuple(draw(st.lists(media(), max_size=3)))
    return SessionDescription(
        origin, streams, draw(st.none() | HOST), draw(ATTRIBUTES), draw(TEXT.filter(bool))
    )


@given(descriptions())
def test_printed_descriptions_come_back(description: SessionDescription) -> None:
    assert SessionDescription.parse(description.to_bytes()) == description


@given(st.binary(max_size=200))
def test_any_bytes_are_a_description_or_an_error(data: bytes) -> None:
    for each in (data, BARESIP + data, BARESIP[: len(data)] + data):
        try:
            SessionDescription.parse(each)
        except SdpError as error:
            status = error.status
        else:
            status = 400
        assert status == 400


def test_every_line_that_is_needed_is_read() -> None:
    description = SessionDescription.parse(BARESIP)
    assert description.origin == Origin("-", 3936128, 1, "192.168.1.20")
    assert description.host == "192.168.1.20"
    assert description.attributes == (("tool", "baresip"), ("sendonly", None))
    audio, video = description.media
    assert (audio.media, audio.port, audio.protocol, audio.formats) == (
        "audio",
        10452,
        "RTP/AVP",
        ("8", "0", "101"),
    )
    assert description.host_of(audio) == "192.168.1.21"
    assert description.host_of(video) == "192.168.1.20"
    assert description.direction_of(audio) is Direction.RECVONLY
    assert description.direction_of(video) is Direction.SENDONLY
    assert audio.attribute("rtcp") == "10453"
    assert audio.attribute("recvonly") == ""
    assert audio.attribute("ptime") is None
    assert len(audio.values("rtpmap")) == 3
    assert video.port_count == 2


def test_crlf_and_lf_are_the_same() -> None:
    assert SessionDescription.parse(BARESIP.replace(b"\n", b"\r\n")) == SessionDescription.parse(BARESIP)


def test_name_and_timing_may_be_missing() -> None:
    description = SessionDescription.parse(b"v=0\no=- 1 1 IN IP4 h\nc=IN IP4 h\nm=audio 1 RTP/AVP 0")
    assert (
        description.to_bytes()
        == b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 h\r\nt=0 0\r\nm=audio 1 RTP/AVP 0\r\n"
    )


def test_latin_1_is_read() -> None:
    assert SessionDescription.parse(BARESIP.replace(b"s=-", b"s=J\xfcrgen")).name == "Jürgen"


def test_no_address_at_all_is_an_error_when_it_is_needed() -> None:
    description = SessionDescription.parse(b"v=0\no=- 1 1 IN IP4 h\nm=audio 1 RTP/AVP 0")
    with pytest.raises(SdpError):
        description.host_of(description.media[0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"v=0\n", b""),
        (b"v=0", b"v=1"),
        (b"o=- 3936128 1 IN IP4 192.168.1.20\n", b""),
        (b"o=- 3936128 1", b"o=- x 1"),
        (b"s=-", b"o=- 3936128 1 IN IP4 192.168.1.20\ns=-"),
        (b"c=IN IP4 192.168.1.20\n", b"c=IN IP4\n"),
        (b"c=IN IP4 192.168.1.20\n", b"c=ATM x y\n"),
        (b"m=audio 10452 RTP/AVP 8 0 101", b"m=audio 10452 RTP/AVP"),
        (b"m=audio 10452", b"m=audio 99999"),
        (b"m=audio 10452", b"m=audio -1"),
        (b"s=-", b"s-"),
        (b"s=-", b"q=-"),
        (b"s=-", b""),
        (b"s=-", b"s=a\0b"),
        (b"s=-", b"s=a\rb"),
    ],
)
def test_malformed_descriptions_are_400(old: bytes, new: bytes) -> None:
    assert old in BARESIP
    with pytest.raises(SdpError) as caught:
        SessionDescription.parse(BARESIP.replace(old, new, 1))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        BARESIP + b"a=x:" + b"y" * 32_768,
        BARESIP + b"a=x\n" * 1_000,
        BARESIP + b"m=x 1 y z\n" * 33,
    ],
)
def test_limits_hold(data: bytes) -> None:
    with pytest.raises(SdpError):
        SessionDescription.parse(data)
