"""`offhook recordings`: listed, shown, saved and deleted, against a node's API, store and files."""

import asyncio
import json
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from offhook.cli.main import app
from offhook.model.recording import RecordingStatus
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.stores import call, numbered, recording

Commands = Callable[..., list[Result]]
SOUND = bytes(range(256)) * 600


async def fill(api: RunningApi) -> None:
    """Two calls with a recording each: one with its audio, one that is still running."""
    for number in (1, 2):
        api.store.calls.post(call(number, account_sid=ACCOUNT_SID, seconds=number))
    done = replace(recording(1, account_sid=ACCOUNT_SID), call_sid=numbered("CA", 1))
    running = replace(
        recording(2, account_sid=ACCOUNT_SID),
        call_sid=numbered("CA", 2),
        status=RecordingStatus.IN_PROGRESS,
        duration_s=None,
    )
    for one in (done, running):
        api.store.recordings.post(one)
    with wave.open(str(api.files.new_path(done)), "wb") as writer:
        writer.setnchannels(done.channels)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(SOUND)


@pytest.fixture
def offhook(tmp_path: Path) -> Commands:
    """`offhook recordings …` for each command line, one after another, against one node's API."""

    def run(*lines: str) -> list[Result]:
        async def whole() -> list[Result]:
            async with running_api(tmp_path) as api:
                await fill(api)
                flags = ["--url", api.url, "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN]
                return [
                    await asyncio.to_thread(CliRunner().invoke, app, ["recordings", *line.split(), *flags])
                    for line in lines
                ]

        return asyncio.run(whole())

    return run


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


DONE, RUNNING = numbered("RE", 1), numbered("RE", 2)


def test_recordings_are_listed_and_those_of_one_call(offhook: Commands) -> None:
    listed, of_call, newest = offhook(
        "list", f"list --call {numbered('CA', 1)} --json", "list --limit 1 --json"
    )

    header, *rows = listed.stdout.splitlines()
    assert header.split() == ["sid", "start_time", "duration", "channels", "source", "status", "call_sid"]
    assert {row.split()[0] for row in rows} == {DONE, RUNNING}
    assert [each["sid"] for each in shown(of_call)] == [DONE]
    assert len(shown(newest)) == 1


def test_a_recording_is_shown_and_deleted(offhook: Commands) -> None:
    rows, as_json, deleted, gone = offhook(
        f"show {DONE}", f"show {DONE} --json", f"delete {DONE}", f"show {DONE}"
    )

    facts = dict(line.split(maxsplit=1) for line in rows.stdout.splitlines())
    assert (facts["sid"], facts["call_sid"]) == (DONE, numbered("CA", 1))
    assert shown(as_json)["status"] == "completed"
    assert deleted.stdout == f"{DONE} is deleted\n"
    assert gone.exit_code == 1
    assert gone.stderr == f"offhook recordings: there is no recording {DONE}\n"


def test_the_audio_is_saved_and_replaces_what_was_there(offhook: Commands, tmp_path: Path) -> None:
    file = tmp_path / "talk.WAV"
    file.write_bytes(b"older")

    (saved,) = offhook(f"save {DONE} {file}")

    assert saved.exit_code == 0, saved.output
    assert saved.stdout == f"{file}: {file.stat().st_size} bytes\n"
    with wave.open(str(file), "rb") as audio:
        assert audio.readframes(audio.getnframes()) == SOUND
    assert list(tmp_path.glob("*.part")) == []


def test_audio_that_is_not_there_yet_replaces_nothing(offhook: Commands, tmp_path: Path) -> None:
    file = tmp_path / "talk.wav"
    file.write_bytes(b"older")

    (refused,) = offhook(f"save {RUNNING} {file}")

    assert refused.exit_code == 1
    assert "The recording is not ready yet" in refused.stderr
    assert file.read_bytes() == b"older"
    assert list(tmp_path.glob("*.part")) == []


def test_a_file_that_cannot_be_written_is_told(offhook: Commands, tmp_path: Path) -> None:
    (refused,) = offhook(f"save {DONE} {tmp_path / 'nowhere' / 'talk.wav'}")

    assert refused.exit_code == 1
    assert "talk.wav cannot be written: No such file or directory" in refused.stderr


def test_a_name_that_says_no_format_is_2(offhook: Commands, tmp_path: Path) -> None:
    (refused,) = offhook(f"save {DONE} {tmp_path / 'talk.ogg'}")

    assert refused.exit_code == 2
    assert "talk.ogg must end in .wav or .mp3" in refused.stderr


def test_an_unknown_recording_is_1(offhook: Commands, tmp_path: Path) -> None:
    nobody = numbered("RE", 9)
    for result in offhook(f"show {nobody}", f"delete {nobody}", f"save {nobody} {tmp_path / 'a.wav'}"):
        assert result.exit_code == 1
        assert result.stderr == f"offhook recordings: there is no recording {nobody}\n"
    assert not (tmp_path / "a.wav").exists()
