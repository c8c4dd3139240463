"""What a leg hears as recordings: several at once, each a thing of its own."""

import asyncio
from pathlib import Path

import pytest

from offhook.call.audio import Keys, KeySource, LegAudio
from offhook.call.info_digits import InfoDigits
from offhook.media.ports import (
    RECORD_INBOUND,
    MediaBusyError,
    RecordingChannels,
    RecordingPlan,
)
from offhook.media.ports.event import MediaEvent
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


async def broken_off(keys: Keys, begun: asyncio.Event) -> str:
    """What became of a wait without end that a key may break off."""
    try:
        with keys.breaking_off():
            begun.set()
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        return "cancelled"
    return f"broken off, cancelled {task.cancelling() if (task := asyncio.current_task()) else '?'} times"


@pytest.mark.parametrize(
    ("acts", "became"),
    [
        ("key", "broken off, cancelled 0 times"),
        ("key key", "broken off, cancelled 0 times"),
        ("cancel", "cancelled"),
        ("key cancel", "cancelled"),
        ("cancel key", "cancelled"),
    ],
)
def test_a_key_breaks_off_a_wait_unless_the_task_is_cancelled_as_well(acts: str, became: str) -> None:
    async def press() -> str:
        keys, begun = Keys(), asyncio.Event()
        waiting = asyncio.ensure_future(broken_off(keys, begun))
        await begun.wait()
        for act in acts.split():
            if act == "key":
                keys.put("1")
            else:
                waiting.cancel()
        return await waiting

    assert run(press()) == became


def test_keys_before_and_after_break_nothing_off() -> None:
    async def press() -> list[str]:
        keys = Keys()
        keys.put("1")
        with keys.breaking_off():
            await asyncio.sleep(1)
        keys.put("2")
        await asyncio.sleep(1)
        return [await keys.next(), await keys.next()]

    assert run(press()) == ["1", "2"]


class Informed(InfoDigits):
    """Keys that left by INFO, and when; the call is over after so many."""

    def __init__(self, takes: int = 9) -> None:
        self.sent: list[tuple[str, float]] = []
        self._takes = takes

    @property
    def is_on(self) -> bool:
        return len(self.sent) < self._takes

    def send(self, key: str) -> bool:
        if self.is_on:
            self.sent.append((key, asyncio.get_running_loop().time() - 1000.0))
            return True
        return False


def informing_leg(info: Informed) -> LegAudio:
    return LegAudio(SilentMedia().open_port(lambda event: None), info)


def test_keys_by_info_keep_the_pace_and_the_waits_of_those_in_rtp() -> None:
    async def talk() -> None:
        info = Informed()
        assert await informing_leg(info).send_digits("4wW#")
        assert info.sent == [("4", 0.0), ("#", pytest.approx(1.7))]

    run(talk())


def test_who_falls_silent_sends_no_more_keys_by_info() -> None:
    async def talk() -> None:
        info = Informed()
        audio = informing_leg(info)
        sending = audio.send_digits("12345")
        await asyncio.sleep(0.3)
        audio.stop_playing()
        assert not await sending
        assert [key for key, _ in info.sent] == ["1", "2"]

    run(talk())


def test_keys_by_info_end_with_the_call() -> None:
    async def talk() -> None:
        info = Informed(takes=2)
        assert not await informing_leg(info).send_digits("12345")
        assert [key for key, _ in info.sent] == ["1", "2"]

    run(talk())


def test_keys_told_in_both_ways_count_once_however_late_one_of_the_ways_is() -> None:
    async def talk() -> None:
        audio = informing_leg(Informed())
        counted = [audio.handle_key(key, source) for source in KeySource for key in "1213"]
        assert counted == [True] * 4 + [False] * 4
        assert audio.handle_key("1", KeySource.INFO), "a press of its own"

    run(talk())


def test_a_key_told_in_both_ways_counts_once() -> None:
    async def talk() -> None:
        audio = informing_leg(Informed())
        told = [(audio.handle_key("5", source), audio.has_heard_keys) for source in KeySource]
        assert told == [(True, True), (False, True)]
        await asyncio.sleep(0.6)
        assert audio.handle_key("5", KeySource.INFO)

    run(talk())
