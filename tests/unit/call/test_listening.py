"""A leg that is listened to, and audio that is made while it is heard."""

import asyncio

import pytest

from offhook.call.leg_tap import FRAMES_MAX
from offhook.media.ports import MediaBusyError
from offhook.model.recording import RecordingTrack
from tests.support.virtual_time import run
from tests.unit.call.test_audio import recorded_leg


def test_each_listener_hears_its_tracks_until_it_leaves() -> None:
    async def listen() -> None:
        port, audio = recorded_leg()
        with audio.tapping(RecordingTrack.BOTH) as both:
            with audio.tapping(RecordingTrack.INBOUND) as inbound:
                port.utter(b"1" * 160)
                port.utter(b"2" * 160, RecordingTrack.OUTBOUND)
                assert [frame.payload[:1] for frame in inbound.take()] == [b"1"]
            port.utter(b"3" * 160)
            assert inbound.take() == []
            assert await inbound.next() is None
            assert [(frame.track, frame.payload[:1]) for frame in both.take()] == [
                (RecordingTrack.INBOUND, b"1"),
                (RecordingTrack.OUTBOUND, b"2"),
                (RecordingTrack.INBOUND, b"3"),
            ]
        assert port.taps == {}

    run(listen())


def test_a_listener_waits_for_what_comes() -> None:
    async def listen() -> None:
        port, audio = recorded_leg()
        with audio.tapping(RecordingTrack.INBOUND) as tap:
            asyncio.get_running_loop().call_later(1, port.utter, b"1" * 160)
            asyncio.get_running_loop().call_later(2, tap.close)
            assert [frame.payload[:1] async for frame in tap] == [b"1"]

    run(listen())


def test_a_listener_that_stalls_loses_the_oldest() -> None:
    async def listen() -> None:
        port, audio = recorded_leg()
        with audio.tapping(RecordingTrack.INBOUND) as tap:
            for _ in range(FRAMES_MAX + 3):
                port.utter(bytes(160))
            assert tap.dropped == 3
            frames = tap.take()
            assert (len(frames), frames[0].timestamp_ms) == (FRAMES_MAX, 60)

    run(listen())


def test_a_ninth_listener_is_refused() -> None:
    async def listen() -> None:
        _, audio = recorded_leg()
        taps = [audio.tapping(RecordingTrack.INBOUND) for _ in range(9)]
        for tap in taps[:8]:
            tap.__enter__()
        with pytest.raises(MediaBusyError), taps[8]:
            pass

    run(listen())


def test_a_feed_tells_its_marks_and_its_end() -> None:
    async def say() -> None:
        _, audio = recorded_leg()
        feed = audio.open_feed(8000)
        told: list[tuple[int, bool]] = []
        feed.on_mark(lambda mark, played: told.append((mark, played)))
        feed.feed_ulaw(bytes(8000))
        first = feed.mark()
        feed.feed(bytes(16_000))
        second = feed.mark()
        await asyncio.sleep(1.5)
        assert told == [(first, True)]
        assert feed.waiting_ms == 500
        feed.clear()
        assert told == [(first, True), (second, False)]
        assert not feed.ended.done()
        feed.finish()
        assert await feed.ended
        other = audio.open_feed(8000)
        other.feed_ulaw(bytes(8000))
        audio.stop_playing()
        assert not await other.ended

    run(say())
