"""Clips, files, loops, feeds, tones and the watch for voice, through the Python face of the real core."""

import asyncio
import io
import struct
import wave

import pytest

from offhook.base.errors import UsageError
from offhook.media.ports import MediaBusyError
from offhook.media.ports.engine import AudioFileError
from offhook.media.ports.event import (
    DigitReceived,
    MarkPassed,
    PlaybackEnded,
    VoiceEnded,
    VoiceStarted,
)
from tests.support.media_core import SECOND, Ear, running_core, talking_pair


@pytest.mark.parametrize(("samples", "rate_hz"), [(b"abc", 8000), (b"ab", 7999), (b"ab", 192_001)])
def test_what_is_no_clip_is_refused(samples: bytes, rate_hz: int) -> None:
    async def run() -> None:
        with running_core() as engine, pytest.raises(ValueError, match=r"bytes|Hz"):
            engine.load_clip(samples, rate_hz)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("rate_hz", "count", "duration_ms"), [(8000, 1, 20), (24_000, 24_000, 1000), (192_000, 0, 0)]
)
def test_a_clip_lasts_whole_frames(rate_hz: int, count: int, duration_ms: int) -> None:
    async def run() -> None:
        with running_core() as engine:
            assert engine.load_clip(bytes(2 * count), rate_hz).duration_ms == duration_ms

    asyncio.run(run())


def wav_file(samples: bytes, rate_hz: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(samples)
    return file.getvalue()


def test_a_file_is_decoded_beside_the_loop() -> None:
    async def run() -> None:
        with running_core() as engine:
            clip = await asyncio.to_thread(engine.decode_clip, wav_file(SECOND * 2, 16_000), "audio/mpeg")
            assert clip.duration_ms == 1000
            assert engine.decode_clip(bytes(800), "audio/basic").duration_ms == 100

    asyncio.run(run())


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page"),
        (b'{"message": "not found"}', "JSON"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
        (wav_file(b"", 8000), "no audio in it"),
        (wav_file(SECOND, 4000), "4000 Hz"),
    ],
)
def test_a_file_that_cannot_be_played_says_why(file: bytes, reason: str) -> None:
    async def run() -> None:
        with running_core() as engine, pytest.raises(AudioFileError, match=reason):
            engine.decode_clip(file, "audio/wav")

    asyncio.run(run())


def test_a_clip_of_another_make_is_refused() -> None:
    class Hum:
        duration_ms = 20

    async def run() -> None:
        with running_core() as engine, pytest.raises(UsageError, match="media core loaded"):
            engine.open_port(Ear()).play(Hum())

    asyncio.run(run())


def test_a_loop_ends_after_its_turns_or_when_it_is_stopped() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, _, _ = talking_pair(engine)
            clip = engine.load_clip(bytes(16 * 30), 8000)
            thrice, for_ever = one.play(clip, loops=3), one.play(clip, loops=0)
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, thrice, finished=True)
            one.stop_playing()
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, for_ever, finished=False)
            with pytest.raises(ValueError, match="turns"):
                one.play(clip, loops=-1)

    asyncio.run(run())


def test_what_is_fed_is_played_and_its_marks_are_told() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, _, _ = talking_pair(engine)
            feed = one.open_feed(24_000)
            for _ in range(4):
                feed.feed(bytes(2 * 240))
            mark_id = feed.mark()
            assert feed.waiting_ms <= 40
            feed.finish()
            feed.finish()
            passed = MarkPassed(one.port_id, feed.playback_id, mark_id, played=True)
            assert await ear.next(MarkPassed) == passed
            assert await ear.next(PlaybackEnded) == PlaybackEnded(
                one.port_id, feed.playback_id, finished=True
            )
            assert feed.underruns == 0
            with pytest.raises(UsageError, match="finished"):
                feed.feed(b"")

    asyncio.run(run())


def test_a_feed_is_bounded_and_can_be_cleared() -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(ear := Ear())
            feed = port.open_feed(8000)
            feed.feed(SECOND * 60)
            mark_id = feed.mark()
            with pytest.raises(MediaBusyError, match="minute"):
                feed.feed(bytes(2))
            with pytest.raises(ValueError, match="even"):
                feed.feed(bytes(3))
            feed.clear()
            dropped = MarkPassed(port.port_id, feed.playback_id, mark_id, played=False)
            assert await ear.next(MarkPassed) == dropped
            feed.feed(SECOND)
            with pytest.raises(ValueError, match="Hz"):
                port.open_feed(4000)

    asyncio.run(run())


def test_tones_are_clips() -> None:
    async def run() -> None:
        with running_core() as engine:
            assert [engine.ringback(name).duration_ms for name in ("us", "uk", "us-old")] == [
                6000,
                3000,
                6000,
            ]
            assert engine.beep().duration_ms == 500
            assert engine.hold_music().duration_ms == 16_000
            with pytest.raises(ValueError, match='no ringback named "atlantis"'):
                engine.ringback("atlantis")

    asyncio.run(run())


def buzz(duration_ms: int) -> bytes:
    """As loud as speech, 200 Hz."""
    return struct.pack("<40h", *[6000] * 20, *[-6000] * 20) * (duration_ms // 5)


def test_a_watch_tells_when_the_peer_speaks_and_when_it_is_silent() -> None:
    async def run() -> None:
        with running_core() as engine:
            one, _, two, ear = talking_pair(engine)
            two.watch_voice(300)
            one.play(engine.load_clip(buzz(400), 8000))
            assert (await ear.next(VoiceStarted)).port_id == two.port_id
            ended = await ear.next(VoiceEnded)
            assert (ended.port_id, ended.silent_ms) == (two.port_id, 300)
            assert 300 <= ended.voiced_ms <= 500
            two.stop_watching_voice()
            one.play(engine.load_clip(buzz(200), 8000))
            one.send_digits("5")
            await ear.next(DigitReceived)
            assert not any(isinstance(event, VoiceStarted | VoiceEnded) for event in ear.heard)
            with pytest.raises(ValueError, match="-1 ms"):
                two.watch_voice(-1)

    asyncio.run(run())
