"""Rooms through the Python face of the real core: who hears whom, by tones."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from offhook.base.errors import UsageError
from offhook.media.native import NativeMediaEngine, NativeMediaPort
from offhook.media.ports import RecordingPlan
from offhook.media.ports.engine import MediaEngine
from offhook.media.ports.event import PlaybackEnded, RecordingEnded
from offhook.media.ports.room import MemberPlan, Room
from offhook.model.recording import RecordingTrack
from tests.support.media_core import Ear, running_core, talking_pair
from tests.support.sound import level, read_wav, tone

TONES = (440, 550, 660, 770, 880, 990, 1100, 1210, 1320, 1430)
HEARD = 0.03
"""Of the power of the loudest second: one of nine has a ninth, a torn frame spreads less."""


class Caller:
    """A port of ours and its peer, which says a tone and records what it hears."""

    def __init__(self, engine: NativeMediaEngine, hz: int, folder: Path) -> None:
        self.member, _, self.peer, self.ear = talking_pair(engine)
        self.file = folder / f"{hz}.wav"
        self.peer.play(engine.load_clip(tone(hz), 8000), 0)

    def record(self) -> None:
        self.recording = self.peer.record(self.file)

    async def heard(self) -> set[int]:
        self.peer.stop_recording(self.recording)
        await self.ear.next(RecordingEnded)
        return tones_of(self.file)


def tones_of(file: Path) -> set[int]:
    samples = read_wav(file)
    if not np.any(np.abs(samples) > 8):
        return set()
    return {hz for hz in TONES if level(samples, hz) > HEARD}


@pytest.mark.parametrize("workers", [1, 3])
def test_each_of_ten_hears_the_other_nine_and_not_itself(workers: int, tmp_path: Path) -> None:
    async def run() -> None:
        with running_core(workers=workers) as engine:
            face: MediaEngine = engine
            room: Room = face.open_room()
            callers = [Caller(engine, hz, tmp_path) for hz in TONES]
            for caller in callers:
                room.enter(caller.member, MemberPlan())
            await asyncio.sleep(0.3)  # the playout buffers fill
            for caller in callers:
                caller.record()
            await asyncio.sleep(1.4)
            for caller, own in zip(callers, TONES, strict=True):
                assert await caller.heard() == set(TONES) - {own}

    asyncio.run(run())


def test_mute_hold_coach_and_what_the_desk_plays_and_records(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core(workers=2) as engine:
            room = engine.open_room()
            desk_ear = Ear()
            desk = engine.open_port(desk_ear)
            room.enter(desk, MemberPlan(is_desk=True))
            open_, muted, coach, held = (Caller(engine, hz, tmp_path) for hz in TONES[:4])
            room.enter(open_.member, MemberPlan())
            room.enter(muted.member, MemberPlan(is_heard=False))
            room.enter(coach.member, MemberPlan(coaches=muted.member.port_id))
            room.enter(held.member, MemberPlan())
            room.change(held.member, MemberPlan(is_heard=False, hears=False))
            held.member.play(engine.load_clip(tone(TONES[9]), 8000), 0)
            desk.play(engine.load_clip(tone(TONES[8]), 8000), 2)
            await asyncio.sleep(0.3)
            callers = (open_, muted, coach, held)
            for caller in callers:
                caller.record()
            whole = RecordingPlan(RecordingTrack.OUTBOUND)
            recording = desk.record(tmp_path / "room.wav", whole)
            await asyncio.sleep(1.4)
            desk.stop_recording(recording)
            assert (await desk_ear.next(RecordingEnded)).failure is None
            heard = [await caller.heard() for caller in callers]
            one, two, three = TONES[:3]
            said, played = TONES[8], TONES[9]
            assert heard == [{said}, {one, three, said}, {one, said}, {played}]
            assert two not in heard[0] | heard[2]
            assert tones_of(tmp_path / "room.wav") == {one, said}
            assert (await desk_ear.next(PlaybackEnded)).finished

    asyncio.run(run())


def test_who_leaves_is_heard_no_more_and_a_closed_room_is_silent(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core() as engine:
            room = engine.open_room()
            callers = [Caller(engine, hz, tmp_path) for hz in TONES[:3]]
            for caller in callers:
                room.enter(caller.member, MemberPlan())
            room.leave(callers[0].member)
            callers[1].member.close()
            await asyncio.sleep(0.3)
            callers[2].record()
            await asyncio.sleep(0.3)
            room.close()
            room.close()
            room.leave(callers[2].member)
            room.change(callers[2].member, MemberPlan())
            callers[2].peer.stop_recording(callers[2].recording)
            await callers[2].ear.next(RecordingEnded)
            assert not np.any(np.abs(read_wav(callers[2].file)) > 8)

    asyncio.run(run())


def test_a_room_takes_ports_of_its_engine_that_are_open() -> None:
    async def run() -> None:
        with running_core() as engine, running_core() as other:
            room = engine.open_room()
            port, stranger = engine.open_port(Ear()), other.open_port(Ear())
            with pytest.raises(ValueError, match="another media engine"):
                room.enter(stranger, MemberPlan())
            with pytest.raises(UsageError):
                room.enter(_NoPort(), MemberPlan())  # type: ignore[arg-type]
            port.close()
            with pytest.raises(UsageError):
                room.enter(port, MemberPlan())
            room.change(port, MemberPlan())
            room.leave(port)
            room.close()
            with pytest.raises(UsageError):
                room.enter(engine.open_port(Ear()), MemberPlan())
        with pytest.raises(UsageError):
            engine.open_room()

    asyncio.run(run())


class _NoPort:
    """Of another core."""


def test_a_port_may_leave_a_bridge_for_a_room_and_back(tmp_path: Path) -> None:
    async def run() -> None:
        with running_core(workers=2) as engine:
            room = engine.open_room()
            callers = [Caller(engine, hz, tmp_path) for hz in TONES[:3]]
            members: list[NativeMediaPort] = [caller.member for caller in callers]
            members[0].join(members[1])
            for member in members[1:]:
                room.enter(member, MemberPlan())
            members[0].join(members[1])
            await asyncio.sleep(0.3)
            for caller in callers:
                caller.record()
            await asyncio.sleep(1.3)
            heard = [await caller.heard() for caller in callers]
            assert heard == [{TONES[1]}, {TONES[0]}, set()]

    asyncio.run(run())
