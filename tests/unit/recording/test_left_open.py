"""Recordings that the death of the node cut, in a real store of each kind and in real files."""

import asyncio
import io
import wave
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.call.ledger import Ledger
from offhook.model.call import CallStatus
from offhook.model.recording import Recording, RecordingStatus
from offhook.recording.left_open import PAGE, close_left_open
from offhook.recording.wav import WavError, mend, wav_header
from offhook.store.blobs import FolderOfRecordings
from offhook.store.database import SqlStore
from offhook.store.ports import PageRequest, RecordingFilter
from tests.support.stores import ACCOUNT, BORN, call, numbered, opened, recording

NOW = BORN + timedelta(hours=1)
SECOND = bytes(range(1, 251)) * 64
"""16,000 bytes: a second of one channel at 8000 Hz."""


def ledger(store: SqlStore) -> Ledger:
    return Ledger(store, SystemClock(), SystemChance())


def begun(number: int = 1, **changes: object) -> Recording:
    return replace(recording(number), status=RecordingStatus.IN_PROGRESS, duration_s=None, **changes)  # type: ignore[arg-type]


def played(path: Path) -> tuple[int, bytes]:
    """As the standard library, which believes the header, plays it."""
    with wave.open(str(path), "rb") as reader:
        assert (reader.getframerate(), reader.getsampwidth()) == (8000, 2)
        return reader.getnchannels(), reader.readframes(reader.getnframes())


async def closed(store: SqlStore, files: FolderOfRecordings, one: Recording) -> Recording:
    store.recordings.post(one)
    assert await close_left_open(store, files, ledger(store), NOW) == 1
    found = await store.recordings.fetch(ACCOUNT, one.sid)
    assert found is not None
    assert found.updated_at == NOW
    return found


@pytest.mark.parametrize("status", [s for s in RecordingStatus if not s.is_final])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_whose_header_is_behind_is_whole_again(
    url: str, tmp_path: Path, status: RecordingStatus, channels: int
) -> None:
    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "recordings")
        one = begun(channels=channels)
        path = files.new_path(one)
        path.write_bytes(wav_header(8000, channels, len(SECOND) * channels) + SECOND * 3 * channels)
        async with opened(url) as store:
            found = await closed(store, files, replace(one, status=status))
            assert found == replace(one, status=RecordingStatus.COMPLETED, duration_s=3, updated_at=NOW)
            assert played(path) == (channels, SECOND * 3 * channels)
            assert await close_left_open(store, files, ledger(store), NOW + timedelta(days=1)) == 0

    asyncio.run(run())


def test_a_file_of_the_first_second_has_a_hole_for_a_header(url: str, tmp_path: Path) -> None:
    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "recordings")
        path = files.new_path(begun())
        path.write_bytes(bytes(44) + SECOND[:12_001])
        async with opened(url) as store:
            found = await closed(store, files, begun())
            assert (found.status, found.duration_s) == (RecordingStatus.COMPLETED, 1)
            assert played(path) == (1, SECOND[:12_000])

    asyncio.run(run())


@pytest.mark.parametrize("left", [None, b"", bytes(44), wav_header(8000, 1, 0), bytes(45)])
def test_without_a_sample_it_is_absent(url: str, tmp_path: Path, left: bytes | None) -> None:
    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "recordings")
        if left is not None:
            files.new_path(begun()).write_bytes(left)
        async with opened(url) as store:
            store.calls.post(call())
            found = await closed(store, files, begun())
            assert found == replace(
                begun(), status=RecordingStatus.ABSENT, duration_s=0, error_code=16101, updated_at=NOW
            )
            assert await files.open(found) is None
            (noted,) = (await store.notifications.list(ACCOUNT, PageRequest())).items
            assert (noted.error_code, noted.call_sid) == (16101, call().sid)

    asyncio.run(run())


def test_a_file_that_is_not_ours_is_left_alone_and_failed(url: str, tmp_path: Path) -> None:
    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "recordings")
        path = files.new_path(begun())
        path.write_bytes(b"somebody else's" * 100)
        files.new_path(begun(2)).mkdir()
        async with opened(url) as store:
            store.calls.post(call())
            store.recordings.post(begun(2))
            store.recordings.post(begun())
            assert await close_left_open(store, files, ledger(store), NOW) == 2
            for number in (1, 2):
                found = await store.recordings.fetch(ACCOUNT, numbered("RE", number))
                assert found is not None
                assert (found.status, found.duration_s) == (RecordingStatus.FAILED, 0)
                assert found.error_code == 12400
            noted = (await store.notifications.list(ACCOUNT, PageRequest())).items
            assert [each.error_code for each in noted] == [12400, 12400]
            assert {each.message_text for each in noted} >= {
                f"The file of the recording {numbered('RE', 1)} cannot be read: it is not RIFF WAVE"
            }
            assert path.read_bytes() == b"somebody else's" * 100

    asyncio.run(run())


def test_hundreds_are_closed_and_what_is_final_stays(url: str, tmp_path: Path) -> None:
    many = PAGE * 2 + 50

    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "recordings")
        async with opened(url) as store:
            for number in range(many):
                one = begun(number)
                files.new_path(one).write_bytes(bytes(44) + SECOND * (1 + number % 3))
                store.recordings.post(one)
            whole = recording(many)
            store.recordings.post(whole)
            assert await close_left_open(store, files, ledger(store), NOW) == many
            assert await store.recordings.left_open(1) == []
            page = await store.recordings.list(ACCOUNT, RecordingFilter(), PageRequest(size=1000))
            durations = {one.sid: one.duration_s for one in page.items}
            assert durations == {
                **{numbered("RE", number): 1 + number % 3 for number in range(many)},
                whole.sid: whole.duration_s,
            }
            assert await store.recordings.fetch(ACCOUNT, whole.sid) == whole

    asyncio.run(run())


@pytest.mark.parametrize(("heard_s", "lived_s", "ended_s"), [(0, None, 7), (0, 9, 9), (8, 2, 8), (3, 5, 7)])
def test_a_call_lived_as_long_as_its_recording(
    url: str, tmp_path: Path, heard_s: int, lived_s: int | None, ended_s: int
) -> None:
    answered = replace(
        call(),
        status=CallStatus.IN_PROGRESS,
        answered_at=BORN,
        updated_at=BORN + timedelta(seconds=heard_s),
    )
    over = replace(call(2), status=CallStatus.COMPLETED, answered_at=BORN, ended_at=BORN)

    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "recordings")
        async with opened(url) as store:
            for number, one in enumerate((answered, over)):
                started = begun(number, call_sid=one.sid, started_at=BORN + timedelta(seconds=2))
                files.new_path(started).write_bytes(bytes(44) + SECOND * 5)
                store.calls.post(one)
                store.recordings.post(started)
            assert await close_left_open(store, files, ledger(store), NOW) == 2
            lived_until = None if lived_s is None else BORN + timedelta(seconds=lived_s)
            assert await store.calls.close_left_open(NOW, lived_until) == 1
            found = await store.calls.fetch(ACCOUNT, answered.sid)
            assert found is not None
            assert (found.status, found.duration_s) == (CallStatus.COMPLETED, ended_s)
            assert await store.calls.fetch(ACCOUNT, over.sid) == over

    asyncio.run(run())


def test_a_header_that_is_true_is_not_touched() -> None:
    file = io.BytesIO(wav_header(8000, 2, 6400) + bytes(6400))
    before = file.getvalue()
    assert mend(file, 2) == 0.2
    assert file.getvalue() == before


@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_with_other_audio_than_its_record_says_is_not_mended(channels: int) -> None:
    for header in (wav_header(16_000, channels, 0), wav_header(8000, 3 - channels, 0), b"RIFF"):
        file = io.BytesIO(header + bytes(6400))
        with pytest.raises(WavError):
            mend(file, channels)
        assert file.getvalue() == header + bytes(6400)
