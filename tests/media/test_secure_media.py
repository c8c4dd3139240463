"""Calls over SRTP: golden audio between two ports, silence under a wrong key, and libsrtp as the other end.

libsrtp reads what we send and is heard by us, RTCP too: no mistake of ours can hide behind its own inverse.
"""

import asyncio
import struct
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from pylibsrtp import Error

from offhook.media.ports import AudioCodec, CryptoSuite
from offhook.media.ports.event import (
    DigitReceived,
    MediaEvent,
    MediaTimedOut,
    PlaybackEnded,
    RecordingEnded,
)
from tests.media.test_golden_audio import (
    PEAK,
    SNR_DB_MIN,
    aligned,
    read_wav,
    recorded,
    sine,
    snr_db,
    to_bytes,
)
from tests.support.media_core import (
    Ear,
    as_of_the_other_side,
    new_keys,
    plan_to,
    running_core,
    talking_pair,
)
from tests.support.srtp_peer import SrtpPeer
from tests.support.tap import Packet, Tap, dissect, write_pcap

LONG, SHORT = CryptoSuite.AES_CM_128_HMAC_SHA1_80, CryptoSuite.AES_CM_128_HMAC_SHA1_32
TAG_BYTES = {LONG: 10, SHORT: 4}
PEER_SSRC = 0x0BE9C500
SUITES = pytest.mark.parametrize(("ours", "theirs"), [(LONG, LONG), (SHORT, SHORT), (LONG, SHORT)])
RTCP_REPORTS = {200, 201}


@SUITES
def test_a_tone_survives_srtp(ours: CryptoSuite, theirs: CryptoSuite, tmp_path: Path) -> None:
    reference, keys = sine(1004.0, 8000, 0.4), new_keys(ours, theirs)
    heard = asyncio.run(recorded([to_bytes(reference)], 8000, AudioCodec.PCMU, tmp_path, keys))
    assert snr_db(reference, aligned(heard, len(reference))) >= SNR_DB_MIN


@pytest.mark.parametrize("wrong", ["another key", "another suite", "no key"])
def test_under_a_wrong_key_nothing_is_heard_and_the_call_times_out(wrong: str, tmp_path: Path) -> None:
    async def run() -> None:
        with running_core(media_timeout_s=0.6) as engine:
            keys, one_ear, two_ear = new_keys(), Ear(), Ear()
            told: list[MediaEvent] = []

            def tell(event: MediaEvent) -> None:
                told.append(event)
                two_ear(event)

            one, two = engine.open_port(one_ear), engine.open_port(tell)
            theirs = as_of_the_other_side(keys)
            match wrong:
                case "another key":
                    one.secure(keys)
                    two.secure(new_keys())
                case "another suite":
                    one.secure(keys)
                    two.secure(replace(theirs, remote=replace(theirs.remote, suite=SHORT)))
                case _:
                    two.secure(theirs)
            one.apply(plan_to(two.rtp_port))
            two.apply(plan_to(one.rtp_port))
            two.record(tmp_path / "silence.wav")
            one.send_digits("5")
            one.play(engine.load_clip(to_bytes(sine(1004.0, 8000, 0.4)), 8000))
            await one_ear.next(PlaybackEnded)
            await two_ear.next(MediaTimedOut)
            two.close()
            await two_ear.next(RecordingEnded)
            assert [type(event) for event in told] == [MediaTimedOut, RecordingEnded], "and not a key"
            assert set(read_wav(tmp_path / "silence.wav")) == {0}
            counted = two.statistics()
            assert counted.packets_received == 0
            assert counted.packets_unauthenticated >= 20
            assert counted.packets_discarded >= counted.packets_unauthenticated

    asyncio.run(run())


def rtp(number: int, payload: bytes) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, number % 65_536, number * 160, PEER_SSRC) + payload


def is_report(packet: Packet, tap: Tap) -> bool:
    return packet.destination == tap.rtp_port + 1 and packet.data[1] in RTCP_REPORTS


@SUITES
def test_libsrtp_reads_what_a_port_sends(ours: CryptoSuite, theirs: CryptoSuite, tmp_path: Path) -> None:
    """A capture of the call is noise; with the keys it is the tone, RTP without gaps, and the reports."""

    reference, keys = sine(1004.0, 8000, 0.4), new_keys(ours, theirs)

    async def call() -> Tap:
        tap, ear = Tap(), Ear()
        await tap.open()
        try:
            with running_core() as engine:
                port = engine.open_port(ear)
                port.secure(keys)
                port.apply(plan_to(tap.rtp_port))
                port.play(engine.load_clip(to_bytes(reference), 8000))
                await ear.next(PlaybackEnded)
                await tap.heard(lambda packets: any(is_report(packet, tap) for packet in packets))
                port.close()
                await tap.heard(lambda packets: sum(is_report(packet, tap) for packet in packets) == 2)
            return tap
        finally:
            tap.close()

    tap = asyncio.run(call())
    peer = SrtpPeer(keys)
    clear = []
    for packet in tap.packets:
        rtcp = packet.destination != tap.rtp_port
        data = peer.unprotect(packet.data, rtcp=rtcp)
        assert len(packet.data) == len(data) + (4 + 10 if rtcp else TAG_BYTES[ours])
        assert packet.data[12:] != data[12:]
        with pytest.raises(Error):
            peer.unprotect(packet.data, rtcp=rtcp)
        clear.append(replace(packet, data=data))
    write_pcap(tmp_path / "call.pcap", clear)
    packets = dissect(tmp_path / "call.pcap", [tap.rtp_port])
    assert "_ws.malformed" not in str(packets)
    audio = [packet["rtp"] for packet in packets if "rtp" in packet]
    numbers = [int(each["rtp.seq"]) for each in audio]
    assert all((later - earlier) % 65_536 == 1 for earlier, later in pairwise(numbers))
    assert {kind for packet in packets for kind in packet} >= {"rtp", "rtcp"}
    payload = bytes.fromhex("".join(each["rtp.payload"] for each in audio).replace(":", ""))
    heard = aligned([decoded(byte) for byte in payload], len(reference))
    assert snr_db(reference, heard) >= SNR_DB_MIN


def decoded(byte: int) -> int:
    """A µ-law byte as a sample of 16 bits (ITU-T G.711, its formula)."""
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 0x84 << (byte >> 4 & 7)) - 0x84
    return -magnitude if byte & 0x80 else magnitude


@SUITES
def test_a_port_hears_what_libsrtp_sends_once(ours: CryptoSuite, theirs: CryptoSuite) -> None:
    async def run() -> None:
        tap, ear, keys = Tap(), Ear(), new_keys(ours, theirs)
        peer, stranger = SrtpPeer(keys), SrtpPeer(new_keys(ours, theirs))
        await tap.open()
        try:
            with running_core() as engine:
                port = engine.open_port(ear)
                port.secure(keys)
                port.apply(plan_to(tap.rtp_port))
                await tap.heard(len)
                for number in range(65_500, 65_600):  # past a roll-over
                    if number % 20 == 0:  # no burst that a socket has no room for
                        ours_before = len(tap.packets)
                        await tap.heard(lambda packets, before=ours_before: len(packets) > before)
                    datagram = peer.protect(rtp(number, b"\xff" * 160))
                    tap.send(stranger.protect(rtp(number, b"\x00" * 160)), port.rtp_port)
                    tap.send(datagram, port.rtp_port)
                    tap.send(datagram, port.rtp_port)
                key = struct.pack("!BBHII", 0x80, 0x80 | 101, 64, 65_600 * 160, PEER_SSRC)
                tap.send(peer.protect(key + struct.pack("!BBH", 7, 0x80 | 10, 800)), port.rtp_port)
                assert (await ear.next(DigitReceived)).digit == "7"
                # RFC 3550 6.4.2: a receiver report with one block, 7 lost
                ssrc = tap.packets[0].data[8:12]
                block = struct.pack(">4sB3sIIII", ssrc, 5, (7).to_bytes(3, "big"), 300, 80, 0, 0)
                report = struct.pack(">BBHI", 0x81, 201, 7, PEER_SSRC) + block
                tap.send(report, port.rtp_port + 1, rtcp=True)
                tap.send(peer.protect(report, rtcp=True), port.rtp_port + 1, rtcp=True)
                port.play(engine.load_clip(bytes(320), 8000))
                while port.statistics().remote_packets_lost is None:
                    await ear.next(PlaybackEnded)
                    port.play(engine.load_clip(bytes(320), 8000))
                counted = port.statistics()
                assert counted.remote_packets_lost == 7
                assert counted.packets_received == 101
                assert counted.packets_replayed == 100
                assert counted.packets_unauthenticated == 101, "the stranger's, and the report in the clear"
                assert counted.packets_discarded == 201
        finally:
            tap.close()

    asyncio.run(run())


@SUITES
def test_a_peer_that_changes_its_source_is_heard_on(ours: CryptoSuite, theirs: CryptoSuite) -> None:
    """As after a hold: another SSRC, other numbers, the same key, and a roll-over counter of its own."""

    async def run() -> None:
        tap, ear, keys = Tap(), Ear(), new_keys(ours, theirs)
        peer = SrtpPeer(keys)
        await tap.open()
        try:
            with running_core() as engine:
                port = engine.open_port(ear)
                port.secure(keys)
                port.apply(plan_to(tap.rtp_port))
                await tap.heard(len)
                sources = ((PEER_SSRC, 65_534), (PEER_SSRC + 1, 9), (PEER_SSRC + 2, 65_535), (PEER_SSRC, 2))
                for number, (ssrc, first) in enumerate(sources):
                    for packet in range(4):  # the first two end a round of numbers
                        header = struct.pack(
                            "!BBHII", 0x80, 101, (first + packet) & 0xFFFF, 8000 * number, ssrc
                        )
                        event = struct.pack("!BBH", number, 0x80 | 10, 800)
                        tap.send(peer.protect(header + event), port.rtp_port)
                    assert (await ear.next(DigitReceived)).digit == str(number)
                assert port.statistics().packets_unauthenticated == 0
        finally:
            tap.close()

    asyncio.run(run())


def test_legs_of_a_bridge_have_keys_of_their_own(tmp_path: Path) -> None:
    """What one phone says over SRTP is heard by the other under other keys, and by a third in the clear."""

    reference = sine(1004.0, 8000, 0.4)

    async def run() -> None:
        with running_core(workers=2) as engine:
            keys, other_keys = new_keys(LONG), new_keys(SHORT, LONG)
            one_phone, one_ear, one, _ = talking_pair(engine, keys=keys)
            for its_keys in (other_keys, None):
                two_phone, two_ear, two, _ = talking_pair(engine, keys=its_keys)
                path = tmp_path / f"{its_keys is None}.wav"
                one.join(two)
                two_phone.record(path)
                one_phone.play(engine.load_clip(to_bytes(reference), 8000))
                one_phone.play(engine.load_clip(bytes(320 * 10), 8000))
                for _ in range(2):
                    await one_ear.next(PlaybackEnded)
                two_phone.close()
                await two_ear.next(RecordingEnded)
                heard = [sample for sample in read_wav(path) if sample]
                assert max(map(abs, heard)) > PEAK * 0.95
                assert two_phone.statistics().packets_unauthenticated == 0

    asyncio.run(run())
