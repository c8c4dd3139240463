"""Phones whose RTP is odd: from elsewhere, from another source, cut otherwise; and early media."""

import pytest

from offhook.sip.message import Request
from tests.peers.quirks.line import EVENT, MENU, Line, press, send_tone, until_sound
from tests.peers.quirks.quirk import Part, issue, quirk
from tests.support.odd_phone import OddPhone

pytestmark = pytest.mark.peer

NODE_SETTINGS = {"inband_dtmf": "always"}
FOREVER = "<Play loop='0'>/beep</Play>"
PRIVATE = "10.99.0.7"
SPOKEN = bytes(range(160))
"""What is sent, and found again by its bytes."""


@quirk(
    Part.NAT,
    phone="names a private address in its description, behind a NAT",
    seen=(issue("sipwise/rtpengine", 817), "RFC 4961"),
    node="sends to where its RTP comes from",
)
def test_a_private_address_in_the_description(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.call(MENU, phone.audio(*EVENT, host=PRIVATE))
        phone.send_rtp(0, SPOKEN, 0)
        until_sound(phone)
        assert "a=sendrecv" in phone.reinvite(phone.audio(*EVENT, host=PRIVATE, version=2))
        until_sound(phone)
        assert phone.ask("BYE") == 200


@quirk(
    Part.NAT,
    phone="sends from another port from now on, since its NAT forgot it, and says nothing of it",
    seen=(issue("signalwire/freeswitch", 1947), "RFC 4961 §3"),
    node="follows once the old port has been silent for three seconds",
)
def test_a_port_that_changes_without_a_word(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        press(phone, "1", 0)
        before = phone.move()
        with before:
            timestamp = 0
            while not is_followed(phone):
                timestamp += 160
                phone.send_rtp(0, SPOKEN, timestamp)
            press(phone, "2", timestamp + 1600)
            press(phone, "#", timestamp + 3200)
            assert line.keys(phone) == "12"


@quirk(
    Part.NAT,
    phone="is a stranger's, who sends RTP to the port of somebody else's call",
    seen=("RFC 3550 §9", issue("sipwise/rtpengine", 1679)),
    node="neither hears it nor sends there, while the phone is heard",
)
def test_a_stranger_takes_no_call_over(line: Line) -> None:
    with line.gathering(*EVENT) as phone, line.phone() as stranger:
        press(phone, "1", 0)
        stranger.media = phone.media
        for number in range(10):
            phone.hear()
            press(stranger, "9", number * 1600)
        phone.hear()
        with pytest.raises(TimeoutError):
            stranger.hear(within_s=0.1)
        press(phone, "#", 1600)
        assert line.keys(phone) == "1"


@quirk(
    Part.SOURCE,
    phone="changes its SSRC in mid-call, with other sequence numbers and timestamps",
    seen=(issue("sipwise/rtpengine", 102), issue("pjsip/pjproject", 14)),
    node="goes on with the new source",
)
def test_an_ssrc_that_changes(line: Line) -> None:
    with line.gathering("0") as phone:
        send_tone(phone, "3", 0)
        send_tone(phone, "6", 0x8000_0000, ssrc=0x2222_2222, sequence_number=40_000)
        send_tone(phone, "9", 77, ssrc=0x3333_3333, sequence_number=3)
        send_tone(phone, "#", 960 * 2 + 77, ssrc=0x3333_3333)
        assert line.keys(phone) == "369"


@quirk(
    Part.SOURCE,
    phone="sends its keys under an SSRC of their own",
    seen=("RFC 4733 §1.2", "RFC 4733 §2.6"),
    node="hears both sources",
)
def test_keys_under_an_ssrc_of_their_own(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for number, key in enumerate("24#"):
            phone.send_audio(bytes([0xFF] * 480), number * 1600)
            for step in range(5):
                phone.send_event(
                    101,
                    key,
                    number * 1600,
                    160 * (step + 1),
                    end=step == 4,
                    ssrc=7,
                    sequence_number=number * 5 + step,
                )
        assert line.keys(phone) == "24"


@quirk(
    Part.SOURCE,
    phone="jumps with its sequence numbers, and with its timestamps, under the same SSRC",
    seen=("RFC 3550 §A.1", issue("sipwise/rtpengine", 1277)),
    node="doubts one packet, and then goes on",
)
def test_sequence_numbers_that_jump(line: Line) -> None:
    with line.gathering("0") as phone:
        send_tone(phone, "7", 0)
        send_tone(phone, "8", 900_000, sequence_number=30_000)
        send_tone(phone, "#", 5, sequence_number=1)
        assert line.keys(phone) == "78"


@quirk(
    Part.TONES,
    phone="negotiated telephone-event, and sends its keys as tones all the same",
    seen=(issue("sipwise/rtpengine", 1756), issue("tomek-o/tSIP", 12)),
    node="hears them where `inband_dtmf` is `always`, until the first event comes",
)
def test_tones_in_place_of_the_events_that_were_negotiated(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        timestamp = send_tone(phone, "1", 0)
        timestamp = send_tone(phone, "2", timestamp)
        press(phone, "3", timestamp)
        timestamp = send_tone(phone, "4", timestamp + 1600)
        press(phone, "#", timestamp)
        assert line.keys(phone) == "123"


@quirk(
    Part.PACKETS,
    phone="says 20 ms and sends 40, then 20, or whatever it likes",
    seen=(issue("signalwire/freeswitch", 3150), issue("signalwire/freeswitch", 2170)),
    node="goes by the packets",
)
def test_packets_of_another_length_than_announced(line: Line) -> None:
    with line.gathering("0", "a=ptime:20") as phone:
        timestamp = 0
        for key, packet in zip("369#", (320, 80, 400, 480), strict=True):
            timestamp = send_tone(phone, key, timestamp, packet=packet)
        assert line.keys(phone) == "369"


@quirk(
    Part.EARLY,
    phone="sends 183 with its description, then 180 without one",
    seen=(issue("signalwire/freeswitch", 2596), issue("signalwire/freeswitch", 2490), "RFC 3960 §3.2"),
    node="lets its announcement be heard before and after, and the caller by it",
)
def test_180_after_183(line: Line) -> None:
    with line.phone() as caller, line.phone() as callee:
        call = put_through(line, caller, callee)
        callee.respond(call, 183, callee.audio())
        caller.answered_early()
        assert is_heard_by(caller, callee)
        callee.respond(call, 180)
        assert is_heard_by(caller, callee)
        assert is_heard_by(callee, caller)
        answer_and_end(call, caller, callee, callee.audio())


@quirk(
    Part.EARLY,
    phone="has its description in the 180",
    seen=(issue("meetecho/janus-gateway", 2849), issue("sipsorcery-org/sipsorcery", 1548)),
    node="takes it like that of a 183",
)
def test_early_media_in_180(line: Line) -> None:
    with line.phone() as caller, line.phone() as callee:
        call = put_through(line, caller, callee)
        callee.respond(call, 180, callee.audio())
        caller.answered_early()
        assert is_heard_by(caller, callee)
        answer_and_end(call, caller, callee, callee.audio())


@quirk(
    Part.EARLY,
    phone="leaves its description out of the 200, since it was in the 183",
    seen=(issue("sems-server/sems", 133), issue("sipsorcery-org/sipsorcery", 1548), "RFC 3261 §13.2.1"),
    node="takes that of the 183",
)
def test_200_without_the_description_of_the_183(line: Line) -> None:
    with line.phone() as caller, line.phone() as callee:
        call = put_through(line, caller, callee)
        callee.respond(call, 183, callee.audio())
        caller.answered_early()
        answer_and_end(call, caller, callee, None)


def put_through(line: Line, caller: OddPhone, callee: OddPhone) -> Request:
    """A caller who is left ringing while the other phone is called; its INVITE."""
    line.asks(f"<Dial answerOnBridge='true' action='/keys'><Sip>sip:odd@{callee.address}</Sip></Dial>")
    caller.invite(MENU, caller.audio())
    return callee.next_request("INVITE")


def answer_and_end(call: Request, caller: OddPhone, callee: OddPhone, description: str | None) -> None:
    """Both hear each other once the callee has answered; then it hangs up."""
    callee.respond(call, 200, description)
    callee.next_request("ACK")
    caller.answered()
    caller.acknowledge()
    assert is_heard_by(caller, callee)
    assert is_heard_by(callee, caller)
    assert callee.ask("BYE") == 200
    caller.respond(caller.next_request("BYE"), 200)


def is_heard_by(listener: OddPhone, speaker: OddPhone) -> bool:
    """Speak until the other one hears it."""
    for number in range(200):
        speaker.send_rtp(0, SPOKEN, number * 160)
        try:
            if listener.hear(within_s=0.05).payload == SPOKEN:
                return True
        except TimeoutError:
            continue  # before they are bridged it is not passed on
    return False


def is_followed(phone: OddPhone) -> bool:
    """Whether the node sends to the new port."""
    try:
        phone.hear(within_s=0.05)
    except TimeoutError:
        return False
    return True
