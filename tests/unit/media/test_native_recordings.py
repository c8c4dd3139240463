"""Recordings through the Python face of the real core: tracks, channels, pauses, trims, full disks."""

import asyncio
import resource
import struct
import wave
from pathlib import Path
from typing import Any, cast

import pytest

from offhook.media.ports import MediaBusyError, RecordingChannels, RecordingPlan
from offhook.media.ports.event import DigitReceived, PlaybackEnded, RecordingEnded
from offhook.model.recording import RecordingTrack
from tests.support.media_core import SECOND, Ear, running_core, talking_pair


def test_closing_a_port_completes_its_recording(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, _, other_ear = talking_pair(engine)
            recording_id = one.record(tmp_path / "call.wav")
            engine.open_port(other_ear)
            one.play(engine.load_clip(bytes(16 * 100), 8000))
            await ear.next(PlaybackEnded)
            playback_id = one.play(engine.load_clip(SECOND, 8000))
            one.close()
            one.close()
            assert await ear.next(PlaybackEnded) == PlaybackEnded(one.port_id, playback_id, finished=False)
            ended = await ear.next(RecordingEnded)
            assert (ended.port_id, ended.recording_id, ended.failure) == (one.port_id, recording_id, None)
            with wave.open(str(tmp_path / "call.wav")) as file:
                assert file.getparams()[:3] == (1, 2, 8000)
                assert file.getnframes() == ended.duration_ms * 8
            assert 80 <= ended.duration_ms <= 1000

    asyncio.run(run())


def test_a_full_disk_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, two, two_ear = talking_pair(engine)
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, hard))  # write fails with EFBIG: no room
            try:
                recording_id = one.record(tmp_path / "call.wav")
                ended = await ear.next(RecordingEnded)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            assert ended.failure is not None
            assert "too large" in ended.failure
            with wave.open(str(tmp_path / "call.wav")) as file:
                assert file.getnframes() == ended.duration_ms * 8 == 1600
            one.stop_recording(recording_id)
            one.send_digits("5")
            assert (await two_ear.next(DigitReceived)).digit == "5"
            one.stop_recording(one.record(tmp_path / "next.wav"))
            assert (await ear.next(RecordingEnded)).failure is None
            two.close()

    asyncio.run(run())


def test_both_sides_are_recorded_in_two_channels_or_one(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, two, _ = talking_pair(engine)
            for track, channels, count in (
                (RecordingTrack.BOTH, RecordingChannels.DUAL, 2),
                (RecordingTrack.BOTH, RecordingChannels.MONO, 1),
                (RecordingTrack.OUTBOUND, RecordingChannels.DUAL, 1),
            ):
                path = tmp_path / f"{track}-{channels}.wav"
                recording_id = one.record(path, RecordingPlan(track=track, channels=channels))
                one.play(engine.load_clip(b"\x00\x20" * 1600, 8000))
                await ear.next(PlaybackEnded)
                one.stop_recording(recording_id)
                ended = await ear.next(RecordingEnded)
                assert ended.failure is None
                assert ended.recorded_ms == ended.duration_ms >= 200
                with wave.open(str(path)) as file:
                    assert file.getnchannels() == count
                    assert file.getnframes() == ended.duration_ms * 8
                    samples = struct.iter_unpack(f"<{count}h", file.readframes(file.getnframes()))
                    assert sum(sample[-1] > 8000 for sample in samples) >= 1440
            two.close()

    asyncio.run(run())


def test_a_recording_of_nothing_but_silence_is_empty_when_it_is_trimmed(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, two, _ = talking_pair(engine)
            plan = RecordingPlan(RecordingTrack.BOTH, trims_silence=True)
            recording_id = one.record(tmp_path / "call.wav", plan)
            one.play(engine.load_clip(bytes(1600 * 2), 8000))
            await ear.next(PlaybackEnded)
            one.stop_recording(recording_id)
            ended = await ear.next(RecordingEnded)
            assert (ended.duration_ms, ended.failure) == (0, None)
            assert ended.recorded_ms >= 200
            assert (tmp_path / "call.wav").stat().st_size == 44
            two.close()

    asyncio.run(run())


def test_a_pause_skips_what_is_heard_meanwhile(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, two, _ = talking_pair(engine)
            clip = engine.load_clip(b"\x00\x20" * 1600, 8000)
            lengths = []
            recording_id = 0
            for skip in (True, False):
                path = tmp_path / f"{skip}.wav"
                recording_id = one.record(path, RecordingPlan(RecordingTrack.OUTBOUND))
                one.pause_recording(recording_id, skip)
                one.play(clip)
                await ear.next(PlaybackEnded)
                one.resume_recording(recording_id)
                one.stop_recording(recording_id)
                ended = await ear.next(RecordingEnded)
                lengths.append(ended.recorded_ms)
                with wave.open(str(path)) as file:
                    assert not any(file.readframes(file.getnframes()))
            assert lengths[0] < 200 <= lengths[1]
            one.pause_recording(recording_id, skip=True)
            one.resume_recording(recording_id)
            two.close()
            one.close()
            one.pause_recording(recording_id, skip=True)
            one.resume_recording(recording_id)

    asyncio.run(run())


def test_four_recordings_run_at_once_each_for_itself(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            one, ear, two, _ = talking_pair(engine)
            clip = engine.load_clip(b"\x00\x20" * 1600, 8000)
            plans = {
                "heard": RecordingPlan(),
                "said": RecordingPlan(RecordingTrack.OUTBOUND),
                "both": RecordingPlan(RecordingTrack.BOTH, RecordingChannels.DUAL),
                "paused": RecordingPlan(RecordingTrack.BOTH),
            }
            ids = {name: one.record(tmp_path / f"{name}.wav", plan) for name, plan in plans.items()}
            assert len(set(ids.values())) == 4
            with pytest.raises(MediaBusyError, match="4 recordings of the port run already"):
                one.record(tmp_path / "fifth.wav")
            assert not (tmp_path / "fifth.wav").exists()
            one.pause_recording(ids["paused"], skip=True)
            one.play(clip)
            await ear.next(PlaybackEnded)
            one.stop_recording(ids["said"])
            one.stop_recording(ids["said"])
            ids["fifth"] = one.record(tmp_path / "fifth.wav")
            first = await ear.next(RecordingEnded)
            assert first.recording_id == ids["said"]
            one.play(clip)
            await ear.next(PlaybackEnded)
            one.close()
            rest = [await ear.next(RecordingEnded) for _ in range(4)]
            ended = {event.recording_id: event for event in (first, *rest)}
            assert set(ended) == set(ids.values())
            loud = {}
            for name, recording_id in ids.items():
                assert ended[recording_id].failure is None
                with wave.open(str(tmp_path / f"{name}.wav")) as file:
                    assert file.getnchannels() == (2 if name == "both" else 1)
                    assert file.getnframes() == ended[recording_id].duration_ms * 8
                    samples = struct.iter_unpack("<h", file.readframes(file.getnframes()))
                    loud[name] = sum(sample > 8000 for (sample,) in samples)
            assert loud["heard"] == loud["paused"] == loud["fifth"] == 0
            assert 1440 <= loud["said"] < 2400 < loud["both"]
            assert ended[ids["paused"]].duration_ms < 200
            two.close()

    asyncio.run(run())


def test_a_recording_plan_of_other_words_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            port = engine.open_port(Ear())
            for plan in (
                RecordingPlan(track=cast(Any, "left")),
                RecordingPlan(channels=cast(Any, "quad")),
            ):
                with pytest.raises(ValueError, match=r"there (is|are) no"):
                    port.record(tmp_path / "never.wav", plan)

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_a_recording_of_two_channels_and_one_that_is_trimmed(tmp_path: Path) -> None:
    async def run() -> None:
        for trims in (False, True):
            path = tmp_path / f"{trims}.wav"
            with running_core() as engine:
                one, ear, two, two_ear = talking_pair(engine)
                two.play(engine.load_clip(b"\x00\x20" * 800, 8000), loops=0)
                soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # three chunks of both and not four
                try:
                    plan = RecordingPlan(RecordingTrack.BOTH, RecordingChannels.DUAL, trims_silence=trims)
                    one.record(path, plan)
                    ended = await ear.next(RecordingEnded)
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                assert ended.failure is not None
                assert "too large" in ended.failure
                assert 400 <= ended.duration_ms <= 600
                assert path.stat().st_size == 44 + ended.duration_ms * 32
                with wave.open(str(path)) as file:
                    assert file.getnframes() == ended.duration_ms * 8
                one.send_digits("5")
                assert (await two_ear.next(DigitReceived)).digit == "5"

    asyncio.run(run())
