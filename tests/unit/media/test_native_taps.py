"""Taps of the real core: what a peer says and hears, frame by frame, soon after it came."""

import asyncio
import socket
import statistics
import struct
import time

import pytest

from offhook.media.ports import AudioCodec, MediaBusyError
from offhook.media.ports.event import PlaybackEnded, TapHeard
from offhook.model.recording import RecordingTrack
from tests.support.media_core import LIMIT_S, Ear, plan_to, running_core, talking_pair

INBOUND, OUTBOUND, BOTH = RecordingTrack.INBOUND, RecordingTrack.OUTBOUND, RecordingTrack.BOTH


def rtp(number: int, byte: int, payload_type: int = 0) -> bytes:
    return struct.pack(">BBHII", 0x80, payload_type, number, number * 160, 9) + bytes([byte] * 160)


def test_a_frame_is_told_within_milliseconds_of_its_packet() -> None:
    async def run() -> None:
        with running_core() as engine, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            ear = Ear()
            port = engine.open_port(ear)
            port.apply(plan_to(peer.getsockname()[1]))
            tap = port.open_tap(INBOUND)
            delays = []
            for number in range(100):
                sent = time.monotonic()
                peer.sendto(rtp(number, number), ("127.0.0.1", port.rtp_port))
                heard = await ear.next(TapHeard)
                delays.append(time.monotonic() - sent)
                assert heard == TapHeard(port.port_id, tap, INBOUND, number * 20, bytes([number] * 160))
                await asyncio.sleep(max(0.0, sent + 0.02 - time.monotonic()))
            # Of a busy machine's a quarter is punctual; with a tick all would be as late as its phase says.
            assert statistics.quantiles(delays, n=4)[0] < 0.005
            port.close_tap(tap)
            assert engine.counters().frames_dropped == 0

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_both_tracks_of_an_a_law_call_are_mu_law() -> None:
    async def run() -> None:
        with running_core() as engine, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            ear = Ear()
            port = engine.open_port(ear)
            port.apply(plan_to(peer.getsockname()[1], AudioCodec.PCMA))
            port.open_tap(BOTH)
            level = struct.pack("<h", 8031)
            port.play(engine.load_clip(level * 1600, 8000))
            peer.sendto(rtp(1, 0xD5, 8), ("127.0.0.1", port.rtp_port))
            heard: dict[RecordingTrack, set[int]] = {INBOUND: set(), OUTBOUND: set()}
            while not (heard[OUTBOUND] - {0xFF, 0x7F, 0xFE} and heard[INBOUND]):
                frame = await ear.next(TapHeard)
                heard[frame.track].update(frame.payload)
            assert heard[INBOUND] <= {0xFF, 0x7F, 0xFE}, "silence"
            (said,) = heard[OUTBOUND] - {0xFF, 0x7F, 0xFE}
            assert abs(said - 0xA0) <= 1, "8031 in µ-law, give or take what A-law cost"

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_a_bridge_is_heard_by_its_taps_though_it_rests() -> None:
    async def run() -> None:
        with running_core() as engine:
            ears = [Ear() for _ in range(4)]
            caller, one, two, callee = (engine.open_port(ear) for ear in ears)
            caller.apply(plan_to(one.rtp_port))
            one.apply(plan_to(caller.rtp_port))
            two.apply(plan_to(callee.rtp_port))
            callee.apply(plan_to(two.rtp_port))
            one.join(two)
            one.open_tap(OUTBOUND)
            callee.play(engine.load_clip(struct.pack("<h", 8031) * 800, 8000))
            heard = b""
            while set(heard) != {0xA0}:
                heard = (await ears[1].next(TapHeard)).payload

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_a_ninth_tap_is_refused_until_one_is_closed() -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(Ear())
            taps = [port.open_tap(INBOUND) for _ in range(8)]
            with pytest.raises(MediaBusyError, match="8 taps"):
                port.open_tap(INBOUND)
            port.close_tap(taps[0])
            port.close_tap(taps[0])
            port.open_tap(OUTBOUND)
            port.close()
            port.close_tap(taps[1])

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_frames_that_nobody_takes_are_dropped_and_other_events_are_not() -> None:
    async def run() -> None:
        with running_core(workers=2) as engine:
            pairs = [talking_pair(engine) for _ in range(4)]
            for one, _, two, _ in pairs:
                for _ in range(8):
                    one.open_tap(BOTH)
                    two.open_tap(BOTH)
            one, ear, *_ = pairs[0]
            playback_id = one.play(engine.load_clip(bytes(320), 8000), loops=90)
            # The loop is held up: 6400 frames come a second, and 8192 events wait at most.
            time.sleep(2.0)  # noqa: ASYNC251
            assert engine.counters().frames_dropped > 0
            assert engine.counters().events_dropped == 0
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, playback_id, finished=True)

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_mu_law_is_fed_as_it_is() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, _, _ = talking_pair(engine)
            feed = one.open_feed(8000)
            tap = one.open_tap(OUTBOUND)
            payload = bytes(range(0x80, 0x100)) + bytes(range(0x20))
            feed.feed_ulaw(payload)
            feed.finish()
            while (heard := await ear.next(TapHeard)).payload != payload:
                assert heard.tap_id == tap

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))
