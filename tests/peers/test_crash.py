"""A node that is killed in the middle of recorded calls tells the truth about them when it is started again.

Ten phones speak while they are recorded, an eleventh phone rings; then kill -9, and a second node on the same
data.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Gate
from typing import Final

import pytest
from twilio.request_validator import RequestValidator

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.media.native import NativeMediaEngine
from offhook.media.settings import Settings as MediaSettings
from offhook.phone.phone_call import PhoneCall
from offhook.sip.event import Event
from offhook.sip.invitation import Invitation
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from tests.support.application import Asked, WebApplication, running_application
from tests.support.callee import Callee, open_callee
from tests.support.free_port import free_port
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, PASSWORD, open_office, registrations
from tests.support.sdk import downloaded, sdk_client
from tests.support.sound import RATE_HZ, level, read_tracks, tone

pytestmark = pytest.mark.peer

CALLS, HZ, HEADER_BYTES, SAMPLE_BYTES = 10, 620, 44, 2
RECORDED_S = 4
"""How long each call is recorded at least when the node is killed."""
BEHIND_S = 1.0
"""How much of the end may be missing: 200 ms are on their way to the disk; the rest is a busy machine."""
SPOKEN_S = 60
LIMIT_S: Final = 20.0


def document(callback: str) -> str:
    told = f"recordingStatusCallback='{callback}' recordingStatusCallbackEvent='in-progress completed absent'"
    return f"<Response><Record timeout='0' trim='do-not-trim' playBeep='false' {told}/></Response>"


@dataclass
class Speaking:
    """A phone whose call is recorded."""

    call: PhoneCall
    answered_at: float


@asynccontextmanager
async def phones() -> AsyncIterator[tuple[SipDriver, NativeMediaEngine]]:
    """What phones of this process speak with."""
    media = NativeMediaEngine(MediaSettings(ports_low=0, ports_high=0, workers=1))
    settings = TransportSettings(listen=(("127.0.0.1", 0),))
    chance = SystemChance()
    driver = SipDriver(UserAgent(SipSettings(product="phone"), chance), settings, SystemClock(), chance)
    await driver.listen(_nobody)
    try:
        yield driver, media
    finally:
        driver.close()
        media.close()


def _nobody(event: Event) -> None:
    """The dead node's answers belong to no call any more."""


async def speak(driver: SipDriver, media: NativeMediaEngine, port: int) -> Speaking:
    call = PhoneCall(driver, media, SystemChance())
    await call.dial(
        Invitation(
            uri=SipUri.parse("sip:anyone@app.sip.localhost"),
            from_uri=SipUri.parse("sip:caller@127.0.0.1"),
            next_hop=SipUri.parse(f"sip:127.0.0.1:{port}"),
        )
    )
    await call.answered()
    call.audio.enqueue(media.load_clip(tone(HZ) * SPOKEN_S, RATE_HZ))
    return Speaking(call, time.monotonic())


async def recorded(folder: Path) -> None:
    """Wait until every call has been recorded for so long."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            captured_s = captured(folder)
            if len(captured_s) == CALLS and min(captured_s.values()) >= RECORDED_S:
                return
            await asyncio.sleep(0.05)


async def asked_for(application: WebApplication, count: int) -> list[Asked]:
    return [await asyncio.to_thread(application.next_request) for _ in range(count)]


async def ring(node: Node, application: WebApplication, phone: Callee, port: int) -> str:
    """Have the node call a registered phone, which rings; the CallSid."""
    assert await phone.register("bob", PASSWORD, OFFICE, f"127.0.0.1:{port}") == 200
    call = await asyncio.to_thread(
        lambda: sdk_client(node).calls.create(
            to=f"sip:bob@{OFFICE}",
            from_=f"sip:desk@{OFFICE}",
            twiml="<Response/>",
            status_callback=f"{application.base_url}/placed",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
    )
    await phone.ringing()
    return str(call.sid)


def test_after_kill_9_every_call_and_recording_is_told_as_it_was(tmp_path: Path) -> None:
    asyncio.run(scenario(tmp_path))


async def scenario(folder: Path) -> None:
    port = free_port()
    paths = {"/recorded": "", "/held": "", "/ended": "", "/placed": ""}
    with ExitStack() as stack:
        application = stack.enter_context(running_application(paths))
        gate = application.held["/held"] = Gate()

        def start() -> Node:
            voice_url = f"{application.base_url}/voice"
            return stack.enter_context(
                running_node(folder, "--voice-url", voice_url, sip=f"127.0.0.1:{port}")
            )

        node = start()
        open_office(node, "bob")
        for domain in sdk_client(node).sip.domains.list():
            domain.update(voice_status_callback_url=f"{application.base_url}/ended")
        async with AsyncExitStack() as line:
            driver, media = await line.enter_async_context(phones())
            phone = await open_callee(1)
            line.push_async_callback(phone.close)
            speaking = []
            for number in range(CALLS):
                application.documents["/voice"] = document("/recorded" if number else "/held")
                speaking.append(await speak(driver, media, port))
                line.push_async_callback(speaking[-1].call.close)
            placed_sid = await ring(node, application, phone, port)
            # A document and the beginning of a recording of each call; two events of the placed one.
            before = await asked_for(application, 2 * CALLS + 2)
            registered = registrations(node, "bob")
            await recorded(folder / "data" / "recordings")

            node.process.kill()
            killed_at = time.monotonic()
            node.process.wait()
            captured_s = captured(folder)
            gate.set()
            node = start()
            # The end of each call and of each recording, and what the held one had not taken.
            after = await asked_for(application, 2 * CALLS + 2)

            assert registrations(node, "bob") == registered
            assert len(registered) == 1
            lived_s = sorted(killed_at - one.answered_at for one in speaking)
            for heard_s, whole_s in zip(sorted(captured_s.values()), lived_s, strict=True):
                assert whole_s - BEHIND_S < heard_s < whole_s + BEHIND_S
            check_records(node, captured_s, placed_sid)
            check_recordings(node, captured_s, after)
            check_callbacks(node, before, after, placed_sid)
        stack.close()
        assert application.asked.empty(), "nothing is told twice"


def captured(folder: Path) -> dict[str, float]:
    """Seconds of audio in the file of each recording."""
    files = folder.rglob("RE*.wav")
    return {path.stem: (path.stat().st_size - HEADER_BYTES) / SAMPLE_BYTES / RATE_HZ for path in files}


def check_records(node: Node, captured_s: dict[str, float], placed_sid: str) -> None:
    sdk = sdk_client(node)
    calls = {call.sid: call for call in sdk.calls.list()}
    assert len(calls) == CALLS + 1
    placed = calls.pop(placed_sid)
    assert (placed.status, placed.duration) == ("failed", None)
    notes = sdk.notifications.list()
    assert sorted(note.call_sid for note in notes) == sorted((placed_sid, *calls))
    assert {note.error_code for note in notes} == {"12400"}
    recordings = {recording.call_sid: recording for recording in sdk.recordings.list()}
    assert recordings.keys() == calls.keys()
    for sid, call in calls.items():
        assert call.status == "completed"
        heard_s = captured_s[recordings[sid].sid]
        assert heard_s - 0.5 <= int(call.duration) <= heard_s + BEHIND_S + 0.5


def check_recordings(node: Node, captured_s: dict[str, float], after: list[Asked]) -> None:
    recordings = sdk_client(node).recordings.list()
    assert {recording.sid for recording in recordings} == captured_s.keys()
    urls = {each.form["RecordingSid"]: each.form["RecordingUrl"] for each in told(after, "completed")}
    for recording in recordings:
        assert (recording.status, int(recording.duration)) == ("completed", round(captured_s[recording.sid]))
        (heard,) = read_tracks(downloaded(node, urls[recording.sid]))
        assert len(heard) == int(captured_s[recording.sid] * RATE_HZ)
        assert level(heard[-2 * RATE_HZ :], HZ) > 0.8


def told(asked: list[Asked], status: str) -> list[Asked]:
    return [each for each in asked if each.form.get("RecordingStatus") == status]


def check_callbacks(node: Node, before: list[Asked], after: list[Asked], placed_sid: str) -> None:
    validator = RequestValidator(node.auth_token)
    assert all(validator.validate(each.url, each.form, each.signature) for each in (*before, *after))
    assert Counter(each.path for each in before) == {
        "/voice": CALLS,
        "/recorded": CALLS - 1,
        "/held": 1,
        "/placed": 2,
    }
    # The beginning that nobody had taken when the node died is told again, and before the end.
    assert [each.form["RecordingStatus"] for each in after if each.path == "/held"] == [
        "in-progress",
        "completed",
    ]
    assert Counter(each.path for each in after) == {
        "/ended": CALLS,
        "/recorded": CALLS - 1,
        "/held": 2,
        "/placed": 1,
    }
    assert len({each.form["RecordingSid"] for each in told(after, "completed")}) == CALLS
    ends = [each.form for each in after if each.path == "/ended"]
    assert len({form["CallSid"] for form in ends}) == CALLS
    durations = {call.sid: call.duration for call in sdk_client(node).calls.list()}
    for form in ends:
        assert (form["CallStatus"], form["CallDuration"]) == ("completed", durations[form["CallSid"]])
    (placed,) = (each.form for each in after if each.path == "/placed")
    assert (placed["CallSid"], placed["CallStatus"], placed["SequenceNumber"]) == (placed_sid, "failed", "2")
