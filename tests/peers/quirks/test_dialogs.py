"""Phones whose dialogs are odd: late offers, forks, messages that cross, requests to what is over."""

import pytest

from tests.peers.quirks.line import MENU, Line, press, until_sound
from tests.peers.quirks.quirk import Part, issue, page, quirk
from tests.support.odd_phone import OddPhone
from tests.support.sdk import sdk_client

pytestmark = pytest.mark.peer

NODE_SETTINGS = {"send_dtmf": "info"}
FOREVER = "<Play loop='0'>/beep</Play>"
POLYCOM = "http://phone.manualsonline.com/manuals/mfg/polycom/sip_222.html?p=223"
EVENTS = ("0 101", "a=rtpmap:101 telephone-event/8000")


@quirk(
    Part.INFO,
    phone="sends its keys by INFO alone, in a call that is put through",
    seen=(issue("siphon-project/siphon-sip", 347),),
    node="presses them towards the other side as telephone-events",
)
def test_info_across_a_bridge(line: Line) -> None:
    with line.phone() as caller, line.phone() as callee:
        line.asks(f"<Dial action='/keys'><Sip>sip:odd@{callee.address}</Sip></Dial>")
        caller.call(MENU, caller.audio())
        call = callee.next_request("INVITE")
        callee.respond(call, 200, callee.audio(*EVENTS), headers=(("Allow", "INVITE, ACK, BYE"),))
        callee.next_request("ACK")
        until_passed(caller, callee)
        assert caller.ask("INFO", "Signal=8\r\nDuration=160\r\n", "application/dtmf-relay") == 200
        while (packet := callee.hear()).payload_type != 101:
            pass
        assert packet.payload[0] == 8
        assert callee.ask("BYE") == 200


@quirk(
    Part.INFO,
    phone="wants the keys that it is sent by INFO, as some gateways do",
    seen=(issue("AlticeLabsPublic/asterisk-i", 61), issue("meetecho/janus-gateway", 453)),
    node="sends them so where `send_dtmf` is `info` and the phone's Allow has INFO",
)
def test_keys_of_ours_by_info(line: Line) -> None:
    line.asks("<Play digits='4w#'/><Play>/beep</Play>")
    with line.phone() as phone:
        call = line.dial(phone)
        phone.respond(call, 200, phone.audio(*EVENTS), headers=(("Allow", "INVITE, ACK, BYE, INFO"),))
        for key in "4#":
            info = phone.next_request("INFO")
            assert info.body == f"Signal={key}\r\nDuration=100\r\n".encode()
            assert info.headers.get("Content-Type") == "application/dtmf-relay"
            phone.respond(info, 200)
        until_sound(phone)
        assert phone.ask("BYE") == 200


@quirk(
    Part.BYE,
    phone="answers 481 or 408 to an INFO, having forgotten the call",
    seen=(issue("pjsip/pjproject", 488), issue("pjsip/pjproject", 5000), "RFC 3261 §12.2.1.2"),
    node="ends the call",
)
@pytest.mark.parametrize("status", [481, 408])
def test_an_info_that_is_answered_with_481_or_408(line: Line, status: int) -> None:
    line.asks(f"<Play digits='4'/>{FOREVER}")
    with line.phone() as phone:
        call = line.dial(phone)
        phone.respond(call, 200, phone.audio(), headers=(("Allow", "INFO"),))
        call_sid = line.call_sid()
        phone.respond(phone.next_request("INFO"), status)
        line.until(call_sid, "completed")


@quirk(
    Part.LATE_OFFER,
    phone="makes no offer in its INVITE, nor in a later one",
    seen=(page("Polycom SIP 2.2", POLYCOM), "RFC 3725 §4"),
    node="offers in its 200, takes the answer in the ACK",
)
def test_no_offer_in_the_invite(line: Line) -> None:
    line.asks_for_keys()
    with line.phone() as phone:
        phone.invite(MENU, None)
        line.call_sid()
        assert "m=audio" in phone.answered()
        phone.acknowledge(phone.audio(*EVENTS))
        until_sound(phone)
        phone.request("INVITE")
        assert "m=audio" in phone.answered()
        phone.acknowledge(phone.audio(*EVENTS, version=2))
        press(phone, "5", 0)
        press(phone, "#", 1600)
        assert line.keys(phone) == "5"


@quirk(
    Part.LATE_OFFER,
    phone="makes no offer, and its ACK has no answer",
    seen=("RFC 3261 §13.2.2.4", issue("pjsip/testpjproject", 10)),
    node="ends the call, with 32103",
)
def test_no_answer_in_the_ack(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.invite(MENU, None)
        call_sid = line.call_sid()
        phone.answered()
        phone.acknowledge()
        phone.respond(phone.next_request("BYE"), 200)
    assert line.notes(call_sid) == ["32103"]


@quirk(
    Part.HOLD,
    phone="calls with `c=0.0.0.0`, and says later where its RTP is",
    seen=(issue("sipwise/rtpengine", 702), "RFC 3725 §4.2"),
    node="answers, sends nothing until then",
)
def test_a_call_that_begins_on_hold(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        assert "a=recvonly" in phone.call(MENU, phone.audio(host="0.0.0.0"))
        with pytest.raises(TimeoutError):
            phone.hear(within_s=0.2)
        assert "a=sendrecv" in phone.reinvite(phone.audio(version=2))
        until_sound(phone)
        assert phone.ask("BYE") == 200


@quirk(
    Part.FORKS,
    phone="is two behind a proxy: both announce, the second one answers",
    seen=(issue("pjsip/pjproject", 657), issue("pjsip/pjproject", 2123), "RFC 3261 §13.2.2.4"),
    node="follows the description of each, and talks to the one that answered",
)
def test_several_early_dialogs(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as first, line.phone() as second:
        call = line.dial(first)
        first.respond(call, 183, first.audio(), tag="a")
        first.respond(call, 183, second.audio(), tag="b")
        first.respond(call, 180, tag="a")
        first.respond(call, 200, second.audio(version=2), tag="b")
        first.next_request("ACK")
        until_sound(second)
        with pytest.raises(TimeoutError):
            heard_sound(first)
        assert first.ask("BYE") == 200


@quirk(
    Part.FORKS,
    phone="is two behind a proxy, and both answer",
    seen=(issue("pjsip/pjproject", 635), issue("pjsip/pjproject", 3234), issue("versatica/JsSIP", 114)),
    node="acknowledges both, and ends the second call by BYE",
)
def test_two_answers(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        call = line.dial(phone)
        phone.respond(call, 200, phone.audio(), tag="a")
        assert phone.next_request("ACK").to.tag == "a"
        until_sound(phone)
        phone.respond(call, 200, phone.audio(), tag="b")
        assert phone.next_request("ACK").to.tag == "b"
        bye = phone.next_request("BYE")
        assert bye.to.tag == "b"
        phone.respond(bye, 200)
        phone.respond(call, 200, phone.audio(), tag="a")  # sent again, as if the ACK had been lost
        assert phone.next_request("ACK").to.tag == "a"
        until_sound(phone)


@quirk(
    Part.CANCEL,
    phone="cancels while the 200 is on its way to it",
    seen=("RFC 5407 §3.1.2", issue("OpenSIPS/opensips", 1388), issue("versatica/JsSIP", 836)),
    node="answers 200 to the CANCEL, which changes nothing, and to the BYE",
)
def test_a_cancel_that_crosses_our_200(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.invite(MENU, phone.audio())
        call_sid = line.call_sid()
        response = phone.response("INVITE", status=200)
        phone.cancel()
        assert phone.response("CANCEL").status == 200
        phone.take(response)
        phone.acknowledge()
        until_sound(phone)
        assert phone.ask("BYE") == 200
    assert line.record(call_sid).status == "completed"


@quirk(
    Part.CANCEL,
    phone="answers while the node's CANCEL is on its way",
    seen=("RFC 5407 §3.1.2", issue("livekit/sip", 756), issue("pjsip/pjproject", 1817)),
    node="acknowledges, and hangs up by BYE",
)
def test_a_200_that_crosses_our_cancel(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        call = line.dial(phone)
        phone.respond(call, 180)
        (record,) = sdk_client(line.node).calls.list(to=f"sip:odd@{phone.address}")
        line.until(record.sid, "ringing")
        sdk_client(line.node).calls(record.sid).update(status="canceled")
        cancel = phone.next_request("CANCEL")
        phone.respond(call, 200, phone.audio())
        phone.respond(cancel, 200)
        phone.next_request("ACK")
        phone.respond(phone.next_request("BYE"), 200)
    assert line.record(record.sid).status == "canceled"


@quirk(
    Part.BYE,
    phone="hangs up at the moment in which the node does",
    seen=("RFC 5407 §3.2.1", issue("kbalt/ezk", 70), issue("team-telnyx/freeswitch", 603)),
    node="answers 200 to its BYE, and ends the call once",
)
def test_two_byes_that_cross(line: Line) -> None:
    line.asks("<Play>/beep</Play>")
    with line.phone() as phone:
        phone.call(MENU, phone.audio())
        call_sid = line.call_sid()
        ours = phone.next_request("BYE")
        assert phone.ask("BYE") == 200
        phone.respond(ours, 200)
    assert line.record(call_sid).status == "completed"
    assert line.notes(call_sid) == []


@quirk(
    Part.BYE,
    phone="hangs up before it has acknowledged the 200",
    seen=("RFC 5407 §3.1.3", "RFC 3261 §15"),
    node="answers 200, and sends its own 200 no more",
)
def test_a_bye_before_the_ack(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.invite(MENU, phone.audio())
        call_sid = line.call_sid()
        phone.answered()
        assert phone.ask("BYE") == 200
    assert line.record(call_sid).status == "completed"
    assert line.notes(call_sid) == []


@quirk(
    Part.BYE,
    phone="answers 481 or 408 to the node's BYE, because it was restarted or its proxy lost it",
    seen=("RFC 5057 §5.1", issue("Eyepea/aiosip", 101), issue("juha-h/baresip-studio", 306)),
    node="has ended the call",
)
@pytest.mark.parametrize("status", [481, 408])
def test_a_bye_that_is_answered_with_481_or_408(line: Line, status: int) -> None:
    line.asks("<Play>/beep</Play>")
    with line.phone() as phone:
        phone.call(MENU, phone.audio())
        call_sid = line.call_sid()
        phone.respond(phone.next_request("BYE"), status)
    assert line.record(call_sid).status == "completed"


@quirk(
    Part.BYE,
    phone="asks for a call that is over: INFO, re-INVITE, BYE again",
    seen=("RFC 3261 §12.2.2", issue("drachtio/drachtio-server", 163)),
    node="answers 481, so that it cleans up",
)
def test_requests_to_a_call_that_is_over(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.call(MENU, phone.audio())
        assert phone.ask("BYE") == 200
        assert phone.ask("INFO") == 481
        assert phone.ask("UPDATE", phone.audio(version=2)) == 481
        assert phone.ask("BYE") == 481
        assert phone.ask("INVITE", phone.audio(version=2)) == 481


def heard_sound(phone: OddPhone) -> None:
    """Raises: TimeoutError once nothing comes any more."""
    while len(set(phone.hear(within_s=0.2).payload)) < 8:
        pass


def until_passed(speaker: OddPhone, listener: OddPhone) -> None:
    """Speak until the other one hears it: by then they are bridged."""
    for number in range(200):
        speaker.send_rtp(0, bytes(range(160)), number * 160)
        try:
            if listener.hear(within_s=0.05).payload == bytes(range(160)):
                return
        except TimeoutError:
            continue
    raise AssertionError("they are not bridged")
