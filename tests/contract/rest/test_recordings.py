"""Recordings as the Twilio SDK sees them, and their audio (reference/rest-api 2.5, 2.6, 3.4)."""

import asyncio
import io
import json
import urllib.error
import urllib.request
import wave
from array import array
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from offhook.base.clock import SystemClock
from offhook.model.call import CallStatus
from offhook.model.recording import Recording, RecordingSource, RecordingStatus, RecordingTrack
from offhook.rest.api import recording_media
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, RunningApi, running_api
from tests.support.asgi import basic
from tests.support.mp3 import mp3_frames
from tests.support.stores import account, call, numbered, recording

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
OTHER_ACCOUNT = numbered("AC", 5)
UNFINISHED = [status for status in RecordingStatus if not status.is_final]


def made(number: int = 1, at: datetime = NOON, **changes: Any) -> Recording:
    return replace(
        recording(number, account_sid=ACCOUNT_SID), created_at=at, updated_at=at, started_at=at, **changes
    )


def write_audio(api: RunningApi, one: Recording, samples: list[int]) -> Path:
    """The file of a recording, as the media core writes it."""
    path = api.files.new_path(one)
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(one.channels)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(array("h", samples).tobytes())
    return path


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> int:
        return int(self.headers["x-twilio-error-code"])

    def samples(self, channels: int) -> list[int]:
        """Of a WAV file with so many channels."""
        with wave.open(io.BytesIO(self.body)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (channels, 2, 8000)
            return array("h", file.readframes(file.getnframes())).tolist()


async def get(
    api: RunningApi, one: Recording, rest: str = "", *, method: str = "GET", token: str = AUTH_TOKEN
) -> Got:
    url = f"{api.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{one.sid}{rest}"
    request = urllib.request.Request(  # noqa: S310 (our own address)
        url, headers={"Authorization": basic(ACCOUNT_SID, token)}, method=method
    )

    def ask() -> Got:
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return Got(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Got(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    return await asyncio.to_thread(ask)


# Records


def test_fetch_shows_the_record_in_both_places(tmp_path: Path) -> None:
    one = made(
        source=RecordingSource.DIAL_VERB,
        channels=2,
        track=RecordingTrack.INBOUND,
        status=RecordingStatus.ABSENT,
        error_code=16101,
        duration_s=None,
    )

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.calls.post(call(1, account_sid=ACCOUNT_SID))
            api.store.recordings.post(one)
            own = await api.ask(lambda c: c.recordings(one.sid).fetch())
            of_call = await api.ask(lambda c: c.calls(numbered("CA", 1)).recordings(one.sid).fetch())
            for shown in (own, of_call):
                assert (shown.sid, shown.call_sid, shown.conference_sid) == (one.sid, numbered("CA", 1), None)
                assert (shown.status, shown.source, shown.channels) == ("absent", "DialVerb", 2)
                assert (shown.duration, shown.error_code, shown.start_time) == (None, 16101, NOON)
                assert (shown.price, shown.price_unit, shown.encryption_details) == (None, "USD", None)
            assert of_call.track == "inbound"
            assert of_call.uri.endswith(f"/Calls/{numbered('CA', 1)}/Recordings/{one.sid}.json")
            assert own.media_url == f"{api.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{one.sid}"
            assert own.uri.endswith(f"/{ACCOUNT_SID}/Recordings/{one.sid}.json")
            assert set(own.subresource_uris) == {"add_on_results", "transcriptions"}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"call_sid": numbered("CA", 2)}, [2]),
        ({"conference_sid": numbered("CF", 1)}, [3]),
        ({"date_created": date(2026, 3, 4)}, [2]),
        ({"date_created_after": NOON}, [3, 2]),
        ({"date_created_before": NOON}, [1]),
        ({"date_created_after": NOON - timedelta(days=1), "date_created_before": NOON}, [1]),
        ({"include_soft_deleted": True}, [4, 3, 2, 1]),
        ({"include_soft_deleted": False}, [3, 2, 1]),
    ],
)
def test_each_filter(tmp_path: Path, filters: dict[str, Any], numbers: list[int]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            now = SystemClock().utc_now()
            api.store.recordings.post(made(1, NOON - timedelta(days=1)))
            api.store.recordings.post(made(2, NOON, call_sid=numbered("CA", 2)))
            api.store.recordings.post(made(3, NOON + timedelta(days=1), conference_sid=numbered("CF", 1)))
            deleted = made(4, NOON + timedelta(days=2), status=RecordingStatus.DELETED)
            api.store.recordings.post(replace(deleted, updated_at=now - timedelta(days=39)))
            long_ago = made(5, NOON + timedelta(days=3), status=RecordingStatus.DELETED)
            api.store.recordings.post(replace(long_ago, updated_at=now - timedelta(days=41)))
            listed = await api.ask(lambda c: c.recordings.list(page_size=2, **filters))
            assert [one.sid for one in listed] == [numbered("RE", n) for n in numbers]

    asyncio.run(run())


@pytest.mark.parametrize(
    "filters",
    [
        {"call_sid": "CA1"},
        {"conference_sid": numbered("CA", 1)},
        {"date_created": "yesterday"},
        {"include_soft_deleted": "perhaps"},
    ],
)
def test_a_bad_filter_cannot_be_listed(tmp_path: Path, filters: dict[str, Any]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            with pytest.raises(TwilioException, match="20422"):
                await api.ask(lambda c: c.recordings.list(**filters))

    asyncio.run(run())


def test_those_of_a_call(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in (1, 2):
                api.store.calls.post(
                    replace(call(number, account_sid=ACCOUNT_SID), status=CallStatus.COMPLETED)
                )
            for number in range(3):
                api.store.recordings.post(made(number, NOON + timedelta(days=number)))
            of_call = await api.ask(lambda c: c.calls(numbered("CA", 1)).recordings.list(page_size=1))
            assert [one.sid for one in of_call] == [numbered("RE", n) for n in (2, 1, 0)]
            assert {one.track for one in of_call} == {"both"}
            later = await api.ask(
                lambda c: c.calls(numbered("CA", 1)).recordings.list(date_created_after=date(2026, 3, 5))
            )
            assert [one.sid for one in later] == [numbered("RE", 2), numbered("RE", 1)]
            assert await api.ask(lambda c: c.calls(numbered("CA", 2)).recordings.list()) == []
            with pytest.raises(TwilioException, match="20404"):
                await api.ask(lambda c: c.calls(numbered("CA", 9)).recordings.list())
            for act in (
                lambda c: c.calls(numbered("CA", 2)).recordings(numbered("RE", 1)).fetch(),
                lambda c: c.calls(numbered("CA", 2)).recordings(numbered("RE", 1)).delete(),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (404, 20404)
            assert await api.ask(lambda c: c.calls(numbered("CA", 1)).recordings(numbered("RE", 1)).delete())
            assert [one.sid for one in await api.ask(lambda c: c.recordings.list())] == [
                numbered("RE", 2),
                numbered("RE", 0),
            ]

    asyncio.run(run())


def test_a_deleted_recording_loses_its_audio_and_keeps_its_record(tmp_path: Path) -> None:
    one = made()

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            path = write_audio(api, one, [1, 2, 3])
            assert (await get(api, one)).status == 200
            assert await api.ask(lambda c: c.recordings(one.sid).delete())
            assert not path.exists()
            for rest in (".json", "", ".wav", ".mp3"):
                assert (await get(api, one, rest)).status == 404
            kept = await api.ask(lambda c: c.recordings(one.sid).fetch(include_soft_deleted=True))
            assert kept.status == "deleted"
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.recordings(one.sid).delete())
            assert (caught.value.status, caught.value.code) == (404, 20404)

    asyncio.run(run())


@pytest.mark.parametrize("status", UNFINISHED)
def test_what_is_being_made_is_neither_deleted_nor_played(tmp_path: Path, status: RecordingStatus) -> None:
    one = made(status=status, duration_s=None)

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1, 2, 3])
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.recordings(one.sid).delete())
            assert (caught.value.status, caught.value.code) == (400, 20009)
            got = await get(api, one, ".wav")
            assert (got.status, got.code, got.headers["retry-after"]) == (404, 21501, "1")

    asyncio.run(run())


def test_another_accounts_recording_is_20404(tmp_path: Path) -> None:
    theirs = recording(9, account_sid=OTHER_ACCOUNT)

    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.store.accounts.save(account(OTHER_ACCOUNT))
            api.store.recordings.post(theirs)
            write_audio(api, theirs, [1])
            for act in (
                lambda c: c.recordings(theirs.sid).fetch(),
                lambda c: c.recordings(theirs.sid).delete(),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert (caught.value.status, caught.value.code) == (404, 20404)
            assert (await get(api, theirs, ".wav")).status == 404
            assert await api.ask(lambda c: c.recordings.list()) == []

    asyncio.run(run())


# Audio


@pytest.mark.parametrize(
    ("channels", "query", "shown", "samples"),
    [
        (1, "", 1, [1, -2, 3, -4]),
        (1, "?RequestedChannels=1", 1, [1, -2, 3, -4]),
        (2, "", 2, [1, -2, 3, -4]),
        (2, "?RequestedChannels=2", 2, [1, -2, 3, -4]),
        (2, "?RequestedChannels=1", 1, [-1, -1]),
    ],
)
def test_wav_in_the_channels_that_were_asked_for(
    tmp_path: Path, channels: int, query: str, shown: int, samples: list[int]
) -> None:
    one = made(channels=channels)

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1, -2, 3, -4])
            for suffix in ("", ".wav"):
                got = await get(api, one, f"{suffix}{query}")
                assert (got.status, got.headers["content-type"]) == (200, "audio/x-wav")
                assert got.headers["content-length"] == str(len(got.body))
                assert got.samples(shown) == samples
                head = await get(api, one, f"{suffix}{query}", method="HEAD")
                assert (head.status, head.body) == (200, b"")
                assert head.headers["content-length"] == str(len(got.body))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("channels", "query", "shown", "kbits"),
    [(1, "", 1, 32), (2, "", 2, 64), (2, "?RequestedChannels=2", 2, 64), (2, "?RequestedChannels=1", 1, 32)],
)
def test_mp3_in_the_channels_that_were_asked_for(
    tmp_path: Path, channels: int, query: str, shown: int, kbits: int
) -> None:
    one = made(channels=channels)

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [100, -100] * 8000 * channels)
            got = await get(api, one, f".mp3{query}")
            assert (got.status, got.headers["content-type"]) == (200, "audio/mpeg")
            frames = mp3_frames(got.body)
            assert set(frames) == {(8000, shown, kbits)}
            assert 2.0 <= len(frames) * 576 / 8000 < 2.3

    asyncio.run(run())


def test_a_conferences_recording_is_mono_unless_asked_otherwise(tmp_path: Path) -> None:
    one = made(channels=2, call_sid=None, conference_sid=numbered("CF", 1))

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1, 2, 3, 4])
            assert (await get(api, one)).samples(1) == [3, 7]
            assert (await get(api, one, "?RequestedChannels=2")).samples(2) == [1, 2, 3, 4]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("rest", "status", "code"),
    [
        (".wav?RequestedChannels=2", 400, 16113),
        (".mp3?RequestedChannels=2", 400, 16113),
        (".wav?RequestedChannels=0", 422, 20422),
        (".wav?RequestedChannels=3", 422, 20422),
        (".mp3?RequestedChannels=stereo", 422, 20422),
        (".ogg", 404, 20404),
        ("/Media.wav", 404, 20404),
    ],
)
def test_each_bad_request_for_audio(tmp_path: Path, rest: str, status: int, code: int) -> None:
    one = made()

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1])
            got = await get(api, one, rest)
            assert (got.status, got.code, got.headers["content-type"]) == (status, code, "application/xml")
            assert b"<RestException>" in got.body

    asyncio.run(run())


def test_audio_is_for_whoever_has_the_token(tmp_path: Path) -> None:
    one = made()

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1])
            got = await get(api, one, ".wav", token="wrong" * 6)
            assert (got.status, got.code) == (401, 20003)

    asyncio.run(run())


def test_where_the_suffix_alone_decides(tmp_path: Path) -> None:
    one = made()

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1])
            as_json, as_xml = await get(api, one, ".json"), await get(api, one, ".xml")
            assert json.loads(as_json.body)["sid"] == one.sid
            assert f"<Sid>{one.sid}</Sid>".encode() in as_xml.body
            assert (await get(api, one)).body[:4] == b"RIFF"
            assert (await get(api, one, ".wav", method="POST")).status == 405
            assert (await get(api, one, "", method="DELETE")).status == 204

    asyncio.run(run())


@pytest.mark.parametrize(
    "status", [RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.FAILED]
)
def test_without_audio_there_is_nothing_to_play(tmp_path: Path, status: RecordingStatus) -> None:
    one = made(status=status)

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            got = await get(api, one, ".wav")
            assert (got.status, got.code) == (404, 20404)
            api.files.new_path(one).write_bytes(b"not audio at all")
            got = await get(api, one, ".wav")
            assert (got.status, got.code) == (404, 20404)

    asyncio.run(run())


def test_a_node_without_the_encoder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made()
    monkeypatch.setattr(recording_media, "is_available", lambda: False)

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            write_audio(api, one, [1])
            got = await get(api, one, ".mp3")
            assert (got.status, got.code) == (501, 20501)
            assert b"offhook[mp3]" in got.body
            assert (await get(api, one, ".wav")).status == 200

    asyncio.run(run())


def test_who_stops_listening_leaves_no_file_open(tmp_path: Path) -> None:
    one = made()

    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.recordings.post(one)
            path = write_audio(api, one, [0] * 8_000_000)
            host, port = api.url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                f"GET /2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{one.sid}.wav HTTP/1.1\r\n"
                f"Host: {host}\r\nAuthorization: {basic(ACCOUNT_SID, AUTH_TOKEN)}\r\n\r\n".encode()
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            assert path.name in open_files()
            writer.transport.abort()
            async with asyncio.timeout(10):
                while path.name in open_files():
                    # The server learns of it from its socket, which is read between two requests of ours.
                    assert (await get(api, one, ".json")).status == 200

    asyncio.run(run())


def open_files() -> set[str]:
    """Names of the files that this process has open."""
    names = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            names.add(link.readlink().name)
        except FileNotFoundError:
            continue
    return names
