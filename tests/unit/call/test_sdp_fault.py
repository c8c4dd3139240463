"""What is told of a description that cannot be used."""

import pytest

from offhook.base.errors import PeerError
from offhook.call.sdp_fault import warning_of
from offhook.sdp.offer_answer import LocalAudio, consider_offer
from offhook.sdp.session_description import SessionDescription

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n"
HERE, T = "c=IN IP4 192.0.2.9\r\n", "t=0 0\r\n"


def warning(*lines: str, at: str = HERE) -> tuple[tuple[str, str], ...]:
    offer = HEAD + at + T + "".join(f"{line}\r\n" for line in lines)
    with pytest.raises(PeerError) as caught:
        consider_offer(SessionDescription.parse(offer.encode()), LocalAudio("192.0.2.1", 10_000, 7, 1))
    assert caught.value.status == 488
    return warning_of(caught.value)


@pytest.mark.parametrize(
    ("media", "at", "said"),
    [
        ("m=audio 4000 RTP/AVP 18", HERE, '305 offhook "no common codec"'),
        ("m=audio 4000 RTP/AVPF 0", HERE, '302 offhook "no plain RTP"'),
        ("m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8::1\r\n", '301 offhook "media address is not IPv4"'),
        (
            "m=audio 4000 RTP/AVP 0",
            "c=IN IP4 233.252.0.1/127\r\n",
            '330 offhook "media address is not unicast"',
        ),
        ("m=video 4000 RTP/AVP 96", HERE, '304 offhook "no audio stream"'),
    ],
)
def test_a_488_says_with_which_part_of_the_description_it_cannot_go_on(
    media: str, at: str, said: str
) -> None:
    assert warning(media, at=at) == (("Warning", said),)


def test_a_description_that_cannot_be_read_is_no_reason_for_a_warning() -> None:
    assert warning_of(PeerError("malformed", status=400)) == ()
