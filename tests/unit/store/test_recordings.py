"""Records of recordings, and their files."""

import asyncio
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from offhook.model.recording import RecordingSource, RecordingStatus, RecordingTrack
from offhook.store.blobs import FolderOfRecordings
from offhook.store.ports import PageRequest, RecordingFilter
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, numbered, opened, recording


def test_the_last_of_many_states_stays(url: str) -> None:
    begun = replace(recording(), status=RecordingStatus.IN_PROGRESS, duration_s=None)
    whole = replace(
        recording(),
        source=RecordingSource.DIAL_VERB,
        channels=2,
        track=RecordingTrack.INBOUND,
        conference_sid=numbered("CF", 1),
    )

    async def run() -> None:
        async with opened(url) as store:
            store.recordings.post(begun)
            store.recordings.post(replace(begun, status=RecordingStatus.PROCESSING))
            assert await store.recordings.left_open(10) == [replace(begun, status=RecordingStatus.PROCESSING)]
            store.recordings.post(whole)
            assert await store.recordings.fetch(ACCOUNT, whole.sid) == whole
            assert await store.recordings.fetch(OTHER_ACCOUNT, whole.sid) is None
            assert await store.recordings.left_open(10) == []

    asyncio.run(run())


@pytest.mark.parametrize("status", list(RecordingStatus))
def test_only_what_is_finished_can_be_deleted_and_once(url: str, status: RecordingStatus) -> None:
    now = BORN + timedelta(hours=1)

    async def run() -> None:
        async with opened(url) as store:
            one = replace(recording(), status=status)
            store.recordings.post(one)
            can_be = status.is_final and status is not RecordingStatus.DELETED
            assert not await store.recordings.mark_deleted(OTHER_ACCOUNT, one.sid, now)
            assert await store.recordings.mark_deleted(ACCOUNT, one.sid, now) is can_be
            assert not await store.recordings.mark_deleted(ACCOUNT, one.sid, now)
            found = await store.recordings.fetch(ACCOUNT, one.sid)
            assert found == (replace(one, status=RecordingStatus.DELETED, updated_at=now) if can_be else one)

    asyncio.run(run())


def test_what_was_deleted_forty_days_ago_goes_for_good(url: str) -> None:
    later = BORN + timedelta(days=40, hours=2)

    async def run() -> None:
        async with opened(url) as store:
            for number in (1, 2, 3):
                store.recordings.post(recording(number))
            assert await store.recordings.mark_deleted(ACCOUNT, numbered("RE", 1), BORN + timedelta(hours=1))
            assert await store.recordings.mark_deleted(ACCOUNT, numbered("RE", 2), BORN + timedelta(hours=3))
            assert await store.recordings.mark_deleted(ACCOUNT, numbered("RE", 3), later)
            assert await store.recordings.fetch(ACCOUNT, numbered("RE", 1)) is None
            assert await store.recordings.fetch(ACCOUNT, numbered("RE", 2)) is not None

    asyncio.run(run())


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (RecordingFilter(), [3, 2, 1]),
        (RecordingFilter(call_sid=numbered("CA", 2)), [2]),
        (RecordingFilter(conference_sid=numbered("CF", 1)), [3]),
        (RecordingFilter(created_from=BORN + timedelta(seconds=2)), [3, 2]),
        (RecordingFilter(created_until=BORN + timedelta(seconds=2)), [1]),
        (RecordingFilter(deleted_since=BORN), [4, 3, 2, 1]),
        (RecordingFilter(deleted_since=BORN + timedelta(days=1)), [3, 2, 1]),
    ],
)
def test_each_filter(url: str, wanted: RecordingFilter, numbers: list[int]) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.recordings.post(recording(1, seconds=1))
            store.recordings.post(recording(2, call_sid=numbered("CA", 2), seconds=2))
            store.recordings.post(replace(recording(3, seconds=3), conference_sid=numbered("CF", 1)))
            store.recordings.post(recording(4, seconds=4))
            store.recordings.post(recording(5, account_sid=OTHER_ACCOUNT))
            await store.recordings.mark_deleted(ACCOUNT, numbered("RE", 4), BORN + timedelta(hours=1))
            page = await store.recordings.list(ACCOUNT, wanted, PageRequest())
            assert [one.sid for one in page.items] == [numbered("RE", n) for n in numbers]

    asyncio.run(run())


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    async def run() -> None:
        files = FolderOfRecordings(tmp_path / "data" / "recordings")
        assert await files.open(recording()) is None
        await files.remove(recording())
        path = files.new_path(recording())
        assert path == tmp_path / "data" / "recordings" / ACCOUNT / f"{recording().sid}.wav"
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
        path.write_bytes(b"RIFF")
        opened_file = await files.open(recording())
        assert opened_file is not None
        with opened_file:
            await files.remove(recording())
            assert not path.exists()
            assert opened_file.read() == b"RIFF"

    asyncio.run(run())
