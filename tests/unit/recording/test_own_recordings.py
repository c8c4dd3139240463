"""Recordings that are played by their RecordingUrl: which URLs are taken for one, and what is got."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from offhook.model.recording import Recording, RecordingSource, RecordingStatus, RecordingTrack
from offhook.recording.own_recordings import OwnRecordings
from offhook.recording.recorder import path_of
from offhook.store.blobs import FolderOfRecordings
from offhook.store.ports import StoreBusyError
from offhook.webhook.ports import MEDIA_MAX, WebhookError
from tests.support.memory_store import MemoryStore

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OURS, THEIRS = "AC" + "1" * 32, "AC" + "2" * 32
MADE = Recording(
    sid="RE" + "3" * 32,
    account_sid=OURS,
    call_sid="CA" + "4" * 32,
    status=RecordingStatus.COMPLETED,
    source=RecordingSource.RECORD_VERB,
    channels=1,
    track=RecordingTrack.INBOUND,
    started_at=NOW,
    created_at=NOW,
    updated_at=NOW,
)
PATH = path_of(MADE)
HOME = "https://voice.example.com"


def audio(
    url: str,
    folder: Path,
    *,
    account_sid: str = OURS,
    base_url: str = HOME,
    recording: Recording | None = MADE,
    file: bytes | None = b"RIFF",
) -> bytes | None:
    store, files = MemoryStore(), FolderOfRecordings(folder)
    if recording is not None:
        store.recordings.post(recording)
    if file is not None:
        files.new_path(MADE).write_bytes(file)
    return asyncio.run(OwnRecordings(store.as_store, files, lambda: base_url).audio(url, account_sid))


@pytest.mark.parametrize("tail", ["", ".wav", ".mp3", "?RequestedChannels=1", "#rc=2"])
def test_the_url_of_a_recording_is_its_file(tail: str, tmp_path: Path) -> None:
    assert audio(f"{HOME}{PATH}{tail}", tmp_path) == b"RIFF"


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://127.0.0.1:8080", f"http://127.0.0.1:8080{PATH}"),
        (HOME, f"HTTPS://Voice.Example.com:443{PATH}"),
        ("https://example.com/offhook", f"https://example.com/offhook{PATH}"),
    ],
)
def test_it_lies_below_the_public_url(base_url: str, url: str, tmp_path: Path) -> None:
    assert audio(url, tmp_path, base_url=base_url) == b"RIFF"


@pytest.mark.parametrize(
    "url",
    [
        f"http://voice.example.com{PATH}",
        f"https://voice.example.com:8443{PATH}",
        f"https://voice.example.com.evil.test{PATH}",
        f"https://evil.test{PATH}",
        f"https://evil.test/{HOME}{PATH}",
        f"https://voice.example.com@evil.test{PATH}",
        f"https://user:pass@voice.example.com{PATH}",
        f"{HOME}/x{PATH}",
        f"{HOME}{PATH}.json",
        f"{HOME}{PATH}/Transcriptions",
        f"{HOME}/2010-04-01/Accounts/{OURS}/Recordings/../Recordings/{MADE.sid}",
        f"{HOME}/2010-04-01/Accounts/{OURS}/Recordings",
        f"https://voice.example.com:99999{PATH}",
        "https://[",
        "",
    ],
)
def test_another_url_is_asked_for_as_any_file_is(url: str, tmp_path: Path) -> None:
    assert audio(url, tmp_path) is None


def test_whether_a_url_is_one_is_known_without_looking(tmp_path: Path) -> None:
    recordings = OwnRecordings(MemoryStore().as_store, FolderOfRecordings(tmp_path), lambda: HOME)
    assert recordings.has(f"{HOME}{PATH}.mp3", OURS)
    assert not recordings.has(f"{HOME}{PATH}.mp3", THEIRS)
    assert not recordings.has("https://evil.test", OURS)


def test_a_path_that_only_begins_like_ours_is_another_one(tmp_path: Path) -> None:
    assert audio(f"{HOME}/offhook2{PATH}", tmp_path, base_url=f"{HOME}/offhook") is None


def test_the_recording_of_another_account_is_not_read(tmp_path: Path) -> None:
    assert audio(f"{HOME}{PATH}", tmp_path, account_sid=THEIRS) is None
    with pytest.raises(WebhookError, match="there is no recording"):
        audio(f"{HOME}{PATH.replace(OURS, THEIRS)}", tmp_path, account_sid=THEIRS)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (RecordingStatus.IN_PROGRESS, "not ready yet"),
        (RecordingStatus.ABSENT, "there is no recording"),
        (RecordingStatus.DELETED, "there is no recording"),
        (None, "there is no recording"),
    ],
)
def test_one_without_audio_is_11200_and_says_why(
    status: RecordingStatus | None, text: str, tmp_path: Path
) -> None:
    recording = None if status is None else replace(MADE, status=status)
    with pytest.raises(WebhookError, match=text) as caught:
        audio(f"{HOME}{PATH}", tmp_path, recording=recording)
    assert (caught.value.code, caught.value.status) == (11200, 404)


def test_one_whose_file_is_on_another_node_is_11200(tmp_path: Path) -> None:
    with pytest.raises(WebhookError, match="not on this node") as caught:
        audio(f"{HOME}{PATH}", tmp_path, file=None)
    assert caught.value.code == 11200


def test_one_that_is_too_long_is_11750(tmp_path: Path) -> None:
    with pytest.raises(WebhookError) as caught:
        audio(f"{HOME}{PATH}", tmp_path, file=bytes(MEDIA_MAX + 1))
    assert caught.value.code == 11750


def test_a_database_that_does_not_answer_is_11200(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: object, account_sid: str, sid: str) -> None:
        raise StoreBusyError("the database does not answer")

    monkeypatch.setattr("tests.support.memory_store.MemoryRecordings.fetch", fail)
    with pytest.raises(WebhookError, match="the database does not answer") as caught:
        audio(f"{HOME}{PATH}", tmp_path)
    assert caught.value.code == 11200
