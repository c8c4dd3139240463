"""Phones whose keys are odd: RFC 4733 events of their own kind, SIP INFO, tones, comfort noise."""

import pytest

from tests.peers.quirks.line import EVENT, Line, press, send_tone, until_sound
from tests.peers.quirks.quirk import Part, issue, quirk

pytestmark = pytest.mark.peer

GAP = 1600
"""Samples between two presses of a machine: 200 ms."""
RELAY = "application/dtmf-relay"


@quirk(
    Part.EVENT,
    phone="sets no marker on the first packet of a key",
    seen=(issue("pjsip/pjproject", 363), issue("livekit/sip", 585)),
    node="takes the first packet of a timestamp for the key, marked or not",
)
def test_events_without_a_marker(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for number, key in enumerate("119"):
            for step in range(5):
                phone.send_event(101, key, number * GAP, 160 * (step + 1), end=step == 4)
        press(phone, "#", 9 * GAP)
        assert line.keys(phone) == "119"


@quirk(
    Part.EVENT,
    phone="counts the timestamp on with each packet of a key",
    seen=(issue("ymartineau/peers", 7), issue("RestComm/media-core", 62)),
    node="knows one key by its growing duration",
)
def test_a_clock_that_runs_on_within_a_key(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for start in (0, 3 * GAP):
            for step in range(6):
                phone.send_event(101, "2", start + 160 * step, 160 * (min(step, 3) + 1), end=step >= 3)
        press(phone, "#", 9 * GAP)
        assert line.keys(phone) == "22"


@quirk(
    Part.EVENT,
    phone="sends the repeated ends under timestamps of their own",
    seen=(issue("sipwise/rtpengine", 1812), issue("sipwise/rtpengine", 1929)),
    node="takes an end that says the same again for a repeat",
)
def test_ends_under_timestamps_of_their_own(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for start in (0, 3 * GAP):
            phone.send_event(101, "1", start, 160, marker=True)
            for step in range(3):
                phone.send_event(101, "1", start + 160 * step, 800, end=True)
        press(phone, "#", 9 * GAP)
        assert line.keys(phone) == "11"


@quirk(
    Part.EVENT,
    phone="stops its clock while keys are pressed: all of them have one timestamp",
    seen=(issue("sipsorcery-org/sipsorcery", 669),),
    node="takes an event that begins behind its end for the next key",
)
def test_a_clock_that_stands_still_between_keys(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for key in "337#":
            press(phone, key, 0)
        assert line.keys(phone) == "337"


@quirk(
    Part.EVENT,
    phone="sends the end packets of a key alone",
    seen=(issue("onsip/SIP.js", 968),),
    node="takes the first of them for the key",
)
def test_end_packets_alone(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for number, key in enumerate("455"):
            for _ in range(3):
                phone.send_event(101, key, number * GAP, 800, end=True)
        press(phone, "#", 9 * GAP)
        assert line.keys(phone) == "455"


@quirk(
    Part.EVENT,
    phone="never sends an end",
    seen=(issue("mojolingo/sippy_cup", 99),),
    node="does not wait for it",
)
def test_events_without_an_end(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for number, key in enumerate("66"):
            for step in range(5):
                phone.send_event(101, key, number * GAP, 160 * (step + 1), marker=step == 0)
        press(phone, "#", 9 * GAP)
        assert line.keys(phone) == "66"


@quirk(
    Part.EVENT,
    phone="has a key down for minutes: the duration wraps, or a new segment begins",
    seen=("RFC 4733 §2.5.1.3", issue("unispeech/asterisk-unimrcp", 44)),
    node="hears one key",
)
def test_a_key_that_is_down_for_longer_than_a_duration_can_say(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for duration in (160, 320, 0xFFFF, 160, 320):
            phone.send_event(101, "8", 0, duration)
        phone.send_event(101, "8", 0xFFFF, 160)
        phone.send_event(101, "8", 0xFFFF, 800, end=True)
        press(phone, "#", 20 * GAP + 0xFFFF)
        assert line.keys(phone) == "8"


@quirk(
    Part.EVENT,
    phone="offers telephone-event at 48,000 Hz alone, beside PCMU",
    seen=(issue("pjsip/pjproject", 2088), "RFC 4733 §2.1"),
    node="takes it, and sends durations in that clock",
)
def test_events_of_48000_hz(line: Line) -> None:
    with line.gathering("0 97", "a=rtpmap:97 telephone-event/48000") as phone:
        for step in range(5):
            phone.send_event(97, "5", 0, 960 * (step + 1), end=step == 4)
        press(phone, "#", GAP, 97)
        assert line.keys(phone) == "5"
    with line.phone() as phone:
        line.asks("<Play digits='4'/>")
        answer = phone.call(
            "sip:menu@app.sip.localhost", phone.audio("0 97", "a=rtpmap:97 telephone-event/48000")
        )
        assert "a=rtpmap:97 telephone-event/48000" in answer
        while (packet := phone.hear()).payload_type != 97 or not packet.payload[1] & 0x80:
            pass
        assert int.from_bytes(packet.payload[2:]) == 4800


@quirk(
    Part.EVENT,
    phone="maps one number to telephone-event twice, at 16,000 and at 8000 Hz",
    seen=(issue("pjsip/pjproject", 2675),),
    node="keeps the clock of its codecs",
)
def test_a_number_that_is_mapped_twice(line: Line) -> None:
    twice = ("a=rtpmap:101 telephone-event/16000", "a=rtpmap:101 telephone-event/8000")
    with line.gathering("8 101 101 0", *twice) as phone:
        press(phone, "3", 0)
        press(phone, "#", GAP)
        assert line.keys(phone) == "3"


@quirk(
    Part.EVENT,
    phone="has telephone-event under a number of another codec (10 is L16), or any from 96 on",
    seen=(issue("juha-h/baresip-studio", 520), issue("baresip/baresip", 72)),
    node="goes by the map",
)
def test_events_under_any_number(line: Line) -> None:
    for number in (10, 96, 127):
        with line.gathering(f"0 {number}", f"a=rtpmap:{number} telephone-event/8000") as phone:
            press(phone, "6", 0, number)
            press(phone, "#", GAP, number)
            assert line.keys(phone) == "6"


@quirk(
    Part.EVENT,
    phone="sends events under 101 that it never negotiated",
    seen=(issue("eigger/hass-sip", 24),),
    node="hears 101 where it is nothing else",
)
def test_events_that_were_never_negotiated(line: Line) -> None:
    with line.gathering("0") as phone:
        press(phone, "7", 0)
        press(phone, "#", GAP)
        assert line.keys(phone) == "7"


@quirk(
    Part.EVENT,
    phone="answers telephone-event under another number than it was offered",
    seen=(issue("sipwise/rtpengine", 2130), "RFC 3264 §6.1"),
    node="sends under the phone's number, and hears both",
)
def test_an_answer_that_renumbers_telephone_event(line: Line) -> None:
    for number in (96, 101):
        with line.phone() as phone:
            line.asks_for_keys()
            call = line.dial(phone)
            phone.respond(call, 200, phone.audio("0 96", "a=rtpmap:96 telephone-event/8000"))
            phone.next_request("ACK")
            line.call_sid()
            until_sound(phone)
            press(phone, "8", 0, number)
            press(phone, "#", GAP, number)
            assert line.keys(phone) == "8"


@quirk(
    Part.INFO,
    phone="writes `Signal` with blanks, without a last line end, with further lines, or in lower case",
    seen=(issue("baresip/baresip", 1814), issue("pjsip/pjproject", 3014), issue("versatica/JsSIP", 307)),
    node="finds the key",
)
def test_info_as_they_write_it(line: Line) -> None:
    with line.gathering("0") as phone:
        for body in (
            "Signal= 1\r\nDuration= 160\r\n",
            " Signal=2\r\n Duration=100",
            "Signal=*\nDuration=250\n",
            "Event=x\r\nSignal=4\r\nDuration=100\r\nSource=keypad\r\n",
            "signal=5",
            "Signal=#\r\nDuration=160\r\n",
        ):
            assert phone.ask("INFO", body, RELAY) == 200
        assert line.keys(phone) == "12*45"


@quirk(
    Part.INFO,
    phone="sends `application/dtmf` with the key alone, or its event code",
    seen=(issue("siphon-project/siphon-sip", 347), issue("AlticeLabsPublic/asterisk-i", 61)),
    node="takes both; 10 and 11 are `*` and `#`",
)
def test_info_with_the_key_alone(line: Line) -> None:
    with line.gathering("0") as phone:
        for body in ("3", "10\r\n", "D", "11"):
            assert phone.ask("INFO", body, "application/dtmf") == 200
        assert line.keys(phone) == "3*D"


@quirk(
    Part.INFO,
    phone="tells each key twice, by RFC 4733 and by INFO",
    seen=(issue("meetecho/janus-gateway", 453),),
    node="counts the same key within half a second once",
)
def test_a_key_told_by_event_and_by_info(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        for number, key in enumerate("12#"):
            press(phone, key, number * GAP)
            if key != "#":
                assert phone.ask("INFO", f"Signal={key}\r\n", RELAY) == 200
        assert line.keys(phone) == "12"


@quirk(
    Part.TONES,
    phone="has no telephone-event, and sends the tones of the keys in packets of 10, 20, 30 and 60 ms",
    seen=("ITU-T Q.24", issue("2600hz/kazoo", 1510), issue("signalwire/freeswitch", 1937)),
    node="hears the tones, however they are cut",
)
def test_tones_in_packets_of_every_length(line: Line) -> None:
    with line.gathering("0", "a=ptime:30") as phone:
        timestamp = 0
        for key, samples in zip("159#", (80, 160, 240, 480), strict=True):
            timestamp = send_tone(phone, key, timestamp, packet=samples)
        assert line.keys(phone) == "159"


@quirk(
    Part.TONES,
    phone="negotiated telephone-event, and lets the tones through as well",
    seen=("RFC 4733 §2.1",),
    node="counts the events alone",
)
def test_tones_beside_events(line: Line) -> None:
    with line.gathering(*EVENT) as phone:
        timestamp = 0
        for key in "25":
            press(phone, key, timestamp)
            timestamp = send_tone(phone, key, timestamp)
        press(phone, "#", timestamp)
        assert line.keys(phone) == "25"


@quirk(
    Part.NOISE,
    phone="sends comfort noise (13) that it never negotiated, when its user is silent",
    seen=(issue("sipwise/rtpengine", 1679), "RFC 3389 §4"),
    node="hears silence, which parts two presses",
)
def test_comfort_noise_that_was_never_negotiated(line: Line) -> None:
    with line.gathering("0") as phone:
        timestamp = send_tone(phone, "4", 0)
        for _ in range(5):
            phone.send_rtp(13, b"\x40", timestamp)
            timestamp += 1600
        timestamp = send_tone(phone, "4", timestamp)
        send_tone(phone, "#", timestamp)
        assert line.keys(phone) == "44"
