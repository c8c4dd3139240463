"""What Wireshark says of a bridge: µ-law comes in, A-law and keys under the other side's number go out."""

import asyncio
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from offhook.media.ports import AudioCodec
from tests.support.media_core import Ear, plan_to, running_core
from tests.support.tap import Packet, Tap, dissect, write_pcap

pytestmark = pytest.mark.peer

TALKER_SSRC: Final = 0x0BE9C500
PACKETS: Final = 40
KEY: Final = 5
EVENT_IN, EVENT_OUT = 96, 101
LOUD: Final = b"\x90" * 160
"""A value of µ-law that no silence has."""


def talk(number: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, number, number * 160, TALKER_SSRC) + LOUD


def press(number: int, step: int) -> bytes:
    """One packet of a key of 80 ms: three as it grows, three that end it."""
    header = struct.pack("!BBHII", 0x80, EVENT_IN | (0x80 if step == 0 else 0), number, 99 * 160, TALKER_SSRC)
    return header + struct.pack("!BBH", KEY, 0x80 * (step > 2) | 10, min(step + 1, 4) * 160)


def is_loud(packet: Packet, tap: Tap) -> bool:
    return packet.destination == tap.rtp_port and packet.data[1] & 0x7F == 8 and packet.data[12] != 0xD5


def is_end(packet: Packet, tap: Tap) -> bool:
    is_event = packet.destination == tap.rtp_port and packet.data[1] & 0x7F == EVENT_OUT
    return is_event and bool(packet.data[13] & 0x80)


async def bridge(path: Path) -> list[dict[str, Any]]:
    """What the listener's side of the bridge carried."""
    talker, listener = Tap(), Tap()
    await talker.open()
    await listener.open()
    try:
        with running_core() as engine:
            one, two = engine.open_port(Ear()), engine.open_port(Ear())
            one.apply(plan_to(talker.rtp_port, telephone_event=EVENT_IN))
            two.apply(plan_to(listener.rtp_port, AudioCodec.PCMA, telephone_event=EVENT_OUT))
            one.join(two)
            for number in range(PACKETS):
                talker.send(talk(number), one.rtp_port)
            for step in range(6):
                talker.send(press(PACKETS + step, step), one.rtp_port)
            await listener.heard(lambda heard: sum(is_loud(each, listener) for each in heard) == PACKETS)
            await listener.heard(lambda heard: sum(is_end(each, listener) for each in heard) == 3)
            one.close()
            two.close()
        write_pcap(path, listener.packets)
        return dissect(path, [listener.rtp_port])
    finally:
        talker.close()
        listener.close()


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return asyncio.run(bridge(tmp_path_factory.mktemp("wireshark") / "bridge.pcap"))


def test_nothing_is_malformed(packets: list[dict[str, Any]]) -> None:
    assert len(packets) > PACKETS
    for each in packets:
        assert "_ws.malformed" not in each
        assert "_ws.expert" not in str(each), each


def test_one_source_counts_on_through_silence_talk_and_keys(packets: list[dict[str, Any]]) -> None:
    sent = [each["rtp"] for each in packets if "rtp" in each]
    assert len({each["rtp.ssrc"] for each in sent}) == 1
    assert f"{TALKER_SSRC:#010x}" not in {each["rtp.ssrc"] for each in sent}, (
        "the port's own, not the talker's"
    )
    assert {each["rtp.p_type"] for each in sent} == {"8", str(EVENT_OUT)}
    numbers = [int(each["rtp.seq"]) for each in sent]
    assert all((later - earlier) % 65_536 == 1 for earlier, later in pairwise(numbers))


def test_the_talk_is_one_spurt_of_a_law_a_frame_apart(packets: list[dict[str, Any]]) -> None:
    a_law = {"d5", "55"}  # silence, of either sign
    talk = [
        each["rtp"]
        for each in packets
        if each.get("rtp", {}).get("rtp.p_type") == "8" and each["rtp"]["rtp.payload"][:2] not in a_law
    ]
    assert len(talk) == PACKETS
    stamps = [int(each["rtp.timestamp"]) for each in talk]
    assert {(later - earlier) % 2**32 for earlier, later in pairwise(stamps)} == {160}
    assert [each["rtp.marker"] for each in talk] == ["1"] + ["0"] * (PACKETS - 1)


def test_the_key_is_passed_on_under_the_other_sides_number(packets: list[dict[str, Any]]) -> None:
    key = [each for each in packets if "rtpevent" in each]
    assert {each["rtpevent"]["rtpevent.event_id"] for each in key} == {str(KEY)}
    assert len({each["rtp"]["rtp.timestamp"] for each in key}) == 1
    assert key[0]["rtp"]["rtp.marker"] == "1"
    assert [each["rtpevent"]["rtpevent.end_of_event"] for each in key][-3:] == ["1"] * 3
