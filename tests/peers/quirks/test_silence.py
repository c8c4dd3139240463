"""Phones that are silent when they should speak, or have reason to be: the media timeout.

Nothing waits for time: one more phone that never says anything is the clock. When the node has given that
one up, whoever was silent before it was silent for longer than the timeout.
"""

from contextlib import ExitStack

import pytest

from tests.peers.quirks.line import EVENT, MENU, Line, press
from tests.peers.quirks.quirk import Part, issue, page, quirk
from tests.support.odd_phone import OddPhone

pytestmark = pytest.mark.peer

NODE_SETTINGS = {"media_timeout": "2"}
POLYCOM = "https://documents.polycom.com/bundle/trio-ag-5-9-2-AA/page/r-ucs-ag-hold-implementation.html"
LIMITS = "https://www.twilio.com/docs/voice/voice-limitations-and-edge-cases"
YEALINK = "https://www.easymanua.ls/yealink/sip-t2-series/manual?p=436"
FOREVER = "<Play loop='0'>/beep</Play>"


@quirk(
    Part.SILENCE,
    phone="never sends RTP",
    seen=(page("Twilio's limits", LIMITS),),
    node="ends the call after `media_timeout`, with 32014",
)
def test_rtp_that_never_comes(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.call(MENU, phone.audio())
        call_sid = line.call_sid()
        phone.respond(phone.next_request("BYE"), 200)
    assert line.notes(call_sid) == ["32014"]
    assert line.record(call_sid).status == "completed"


@quirk(
    Part.SILENCE,
    phone="begins to send RTP late",
    seen=(issue("sipwise/rtpengine", 1669),),
    node="sends to the address of the description meanwhile, and waits",
)
def test_rtp_that_starts_late(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as late, line.phone() as clock:
        late.call(MENU, late.audio(*EVENT))
        for _ in range(40):
            late.hear()
        clock.call(MENU, clock.audio())
        until_given_up(clock, speaking=late)
        assert late.ask("INFO") == 200
        assert late.ask("BYE") == 200


@quirk(
    Part.SILENCE,
    phone="sends nothing but comfort noise while its user is silent",
    seen=("RFC 3389 §4", issue("sipwise/rtpengine", 1475)),
    node="takes that for a sign of life",
)
def test_nothing_but_comfort_noise(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as quiet, line.phone() as clock:
        quiet.call(MENU, quiet.audio())
        clock.call(MENU, clock.audio())
        until_given_up(clock, speaking=quiet, noise=True)
        assert quiet.ask("INFO") == 200
        assert quiet.ask("BYE") == 200


@quirk(
    Part.HOLD,
    phone="holds by `sendonly`, `inactive`, `c=0.0.0.0` or port 0, and sends nothing meanwhile",
    seen=(
        page("Yealink T2 to T4", YEALINK),
        page("Polycom Trio", POLYCOM),
        issue("BelledonneCommunications/linphone-android", 1950),
        "RFC 3264 §8.2, §8.4",
    ),
    node="answers `recvonly`, `inactive` or port 0, sends nothing, runs no timeout, and goes on afterwards",
)
def test_hold_in_every_form(line: Line) -> None:
    line.asks(FOREVER)
    with ExitStack() as phones, line.phone() as clock:
        held = [phones.enter_context(line.phone()) for _ in range(4)]
        for phone in held:
            phone.call(MENU, phone.audio())
        by_sendonly, by_inactive, by_address, by_port = held
        assert "a=recvonly" in by_sendonly.reinvite(by_sendonly.audio("0", "a=sendonly", version=2))
        assert "a=inactive" in by_inactive.reinvite(by_inactive.audio("0", "a=inactive", version=2))
        assert "a=recvonly" in by_address.reinvite(by_address.audio("0", host="0.0.0.0", version=2))
        assert "m=audio 0 " in by_port.reinvite(by_port.audio("0", port=0, version=2))
        clock.call(MENU, clock.audio())
        clock.respond(clock.next_request("BYE"), 200)
        for phone in held:
            assert is_quiet(phone)
            assert "a=sendrecv" in phone.reinvite(phone.audio("0", "a=sendrecv", version=3))
            phone.hear()
            assert phone.ask("BYE") == 200


@quirk(
    Part.HOLD,
    phone="says `recvonly`: it only listens",
    seen=(issue("AlticeLabsPublic/asterisk-i", 90), "RFC 3264 §6.1"),
    node="plays to it, and does not miss its RTP",
)
def test_a_phone_that_only_listens(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as listener, line.phone() as clock:
        assert "a=sendonly" in listener.call(MENU, listener.audio("0", "a=recvonly"))
        clock.call(MENU, clock.audio())
        clock.respond(clock.next_request("BYE"), 200)
        listener.hear()
        assert listener.ask("BYE") == 200


@quirk(
    Part.HOLD,
    phone="is silent when it is back from hold",
    seen=(issue("signalwire/freeswitch", 1947),),
    node="gives it the whole timeout, from then on",
)
def test_silence_behind_a_hold(line: Line) -> None:
    line.asks(FOREVER)
    with line.phone() as phone:
        phone.call(MENU, phone.audio())
        call_sid = line.call_sid()
        phone.reinvite(phone.audio("0", "a=inactive", version=2))
        phone.reinvite(phone.audio("0", "a=sendrecv", version=3))
        press(phone, "1", 0)
        phone.respond(phone.next_request("BYE"), 200)
    assert line.notes(call_sid) == ["32014"]


def until_given_up(clock: OddPhone, *, speaking: OddPhone, noise: bool = False) -> None:
    """Let one phone send something for each packet that it hears, until the node gives the silent one up."""
    timestamp = 0
    while (bye := clock.pending_request("BYE")) is None:
        speaking.hear()
        speaking.send_rtp(13 if noise else 0, b"\x40" if noise else bytes([0xFF] * 160), timestamp)
        timestamp += 160
    clock.respond(bye, 200)


def is_quiet(phone: OddPhone) -> bool:
    """Whether the node has stopped sending, but for what had left before it heard of the hold."""
    for _ in range(50):  # a second of packets; the hold is longer
        try:
            phone.hear(within_s=0.1)
        except TimeoutError:
            return True
    return False
