"""What Wireshark says of our packets: nothing malformed, RFC 4733 and RTCP as their RFCs want them."""

import asyncio
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from offhook.media.ports.event import DigitsSent, PlaybackEnded
from tests.support.media_core import Ear, plan_to, running_core
from tests.support.tap import Packet, Tap, dissect, write_pcap

pytestmark = pytest.mark.peer

PEER_SSRC = 0x0BE9C500
KEYS = "1#D"
RTCP_SENDER_REPORT, RTCP_SOURCE_DESCRIPTION, RTCP_BYE = "200", "202", "203"


def rtp(number: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, number, number * 160, PEER_SSRC) + b"\xff" * 160


async def call(path: Path) -> list[dict[str, Any]]:
    """A prompt, three keys, silence until both sides have reported, and the end."""
    tap, ear = Tap(), Ear()
    await tap.open()
    try:
        with running_core() as engine:
            port = engine.open_port(ear)
            port.apply(plan_to(tap.rtp_port))
            for number in range(5):
                tap.send(rtp(number), port.rtp_port)
            port.play(engine.load_clip(bytes(8000 * 2), 8000))
            port.send_digits(KEYS)
            await ear.next(PlaybackEnded)
            await ear.next(DigitsSent)
            await tap.heard(lambda packets: any(is_report(packet, tap) for packet in packets))
            port.close()
            await tap.heard(lambda packets: any(is_bye(packet, tap) for packet in packets))
        write_pcap(path, tap.packets)
        return dissect(path, [tap.rtp_port])
    finally:
        tap.close()


def is_report(packet: Packet, tap: Tap) -> bool:
    return packet.destination == tap.rtp_port + 1 and packet.data[1] == int(RTCP_SENDER_REPORT)


def is_bye(packet: Packet, tap: Tap) -> bool:
    return packet.destination == tap.rtp_port + 1 and struct.pack("!B", int(RTCP_BYE)) in packet.data[-12:]


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return asyncio.run(call(tmp_path_factory.mktemp("wireshark") / "call.pcap"))


def ours(packets: list[dict[str, Any]], protocol: str) -> list[dict[str, Any]]:
    return [
        each
        for each in packets
        if protocol in each and int(each.get("rtp", {}).get("rtp.ssrc", "0"), 16) != PEER_SSRC
    ]


def test_nothing_is_malformed(packets: list[dict[str, Any]]) -> None:
    assert len(packets) > 80
    for each in packets:
        assert ("rtp" in each) != ("rtcp" in each), each.keys()
        assert "_ws.malformed" not in each
        assert "_ws.expert" not in str(each), each


def test_rtp_has_no_gaps_and_its_timestamps_are_the_clocks(packets: list[dict[str, Any]]) -> None:
    sent = ours(packets, "rtp")
    numbers = [int(each["rtp"]["rtp.seq"]) for each in sent]
    assert all((later - earlier) % 65_536 == 1 for earlier, later in pairwise(numbers))
    audio = [each["rtp"] for each in sent if each["rtp"]["rtp.p_type"] == "0"]
    steps = {
        (int(later["rtp.timestamp"]) - int(earlier["rtp.timestamp"])) % 2**32
        for earlier, later in pairwise(audio)
    }
    assert all(step % 160 == 0 for step in steps)
    assert audio[0]["rtp.marker"] == "1"
    assert {each["rtp.version"] for each in audio} == {"2"}


def test_rfc4733_keys_have_a_marker_one_timestamp_growing_durations_and_three_ends(
    packets: list[dict[str, Any]],
) -> None:
    presses: dict[str, list[dict[str, Any]]] = {}
    for each in ours(packets, "rtpevent"):
        assert each["rtp"]["rtp.p_type"] == "101"
        presses.setdefault(each["rtp"]["rtp.timestamp"], []).append(each)
    assert [press[0]["rtpevent"]["rtpevent.event_id"] for press in presses.values()] == ["1", "11", "15"]
    for press in presses.values():
        markers = [each["rtp"]["rtp.marker"] for each in press]
        assert markers == ["1"] + ["0"] * (len(press) - 1)
        ends = [each["rtpevent"]["rtpevent.end_of_event"] for each in press]
        assert ends == ["0"] * (len(press) - 3) + ["1"] * 3
        durations = [int(each["rtpevent"]["rtpevent.duration"]) for each in press]
        assert durations[:-2] == sorted(set(durations))
        assert durations[-1] == durations[-2] == durations[-3] == 800


def test_rfc3550_reports_are_compound_and_the_last_says_goodbye(packets: list[dict[str, Any]]) -> None:
    reports = ours(packets, "rtcp")
    kinds = [kinds_of(each) for each in reports]
    assert kinds[0][:2] == [RTCP_SENDER_REPORT, RTCP_SOURCE_DESCRIPTION]
    assert kinds[-1][-1] == RTCP_BYE
    ssrc = int(ours(packets, "rtp")[0]["rtp"]["rtp.ssrc"], 16)
    first = str(reports[0])
    assert f"{PEER_SSRC:#010x}" in first
    assert f"{ssrc:#010x}" in first
    assert "rtcp.ssrc.fraction" in first


def kinds_of(packet: dict[str, Any]) -> list[str]:
    """The packet types of one compound, in order."""
    found = packet["rtcp"]
    each = found if isinstance(found, list) else [found]
    return [part["rtcp.pt"] for part in each]
