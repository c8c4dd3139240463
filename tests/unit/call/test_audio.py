"""What a leg hears as recordings: several at once, each a thing of its own."""

import asyncio
from pathlib import Path

import pytest

from offhook.call.audio import LegAudio
from offhook.media.ports import RECORD_INBOUND, MediaBusyError, MediaEvent, RecordingChannels, RecordingPlan
from offhook.model.recording import RecordingTrack
from tests.support.silent_media import SilentMedia, SilentPort
from tests.support.virtual_time import run

BOTH = RecordingPlan(RecordingTrack.BOTH, RecordingChannels.DUAL)


def recorded_leg() -> tuple[SilentPort, LegAudio]:
    """A port and the leg's audio that hears of it."""

    def tell(event: MediaEvent) -> None:
        audio.handle_event(event)

    port = SilentMedia().open_port(tell)
    audio = LegAudio(port)
    return port, audio


def test_each_of_two_recordings_has_its_own_pause_and_end(tmp_path: Path) -> None:
    async def talk() -> None:
        port, audio = recorded_leg()
        one = audio.record(tmp_path / "one.wav")
        await asyncio.sleep(1)
        two = audio.record(tmp_path / "two.wav", BOTH)
        assert [each.plan for each in port.recordings] == [RECORD_INBOUND, BOTH]
        one.pause(skip=True)
        await asyncio.sleep(2)
        one.resume()
        two.pause(skip=True)
        one.stop()
        assert (await one.whole).duration_ms == 1000
        assert audio.is_recording
        assert not two.whole.done()
        await asyncio.sleep(4)
        two.resume()
        await asyncio.sleep(8)
        one.pause(skip=True)  # it has ended
        one.stop()
        port.close()
        assert (await two.whole).duration_ms == 10_000
        assert not audio.is_recording

    run(talk())


def test_a_fifth_recording_is_refused_until_one_has_ended(tmp_path: Path) -> None:
    async def talk() -> None:
        port, audio = recorded_leg()
        recordings = [audio.record(tmp_path / f"{number}.wav") for number in range(4)]
        with pytest.raises(MediaBusyError, match="4 recordings"):
            audio.record(tmp_path / "fifth.wav")
        assert not (tmp_path / "fifth.wav").exists()
        recordings.pop(1).stop()
        recordings.append(audio.record(tmp_path / "fifth.wav"))
        port.close()
        ended = [(await each.whole).recording_id for each in recordings]
        assert ended == [1, 3, 4, 5]

    run(talk())
