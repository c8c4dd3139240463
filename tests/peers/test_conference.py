"""Conferences of real phones: who hears whom, what is recorded, and what the application is told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.application import Asked, WebApplication, running_application
from tests.support.baresip import registered_baresip
from tests.support.conference_phones import conference_phones, tones_in
from tests.support.node import Node, running_node
from tests.support.office import OFFICE, Login, open_office
from tests.support.sdk import downloaded, sdk_client
from tests.support.sound import RATE_HZ, read_tracks, read_wav, tone

pytestmark = pytest.mark.peer

TONES = (440, 550, 660, 770, 880, 990, 1100, 1210, 1320, 1430)
TALK_S = 2.5


@pytest.fixture(scope="module")
def application() -> Iterator[WebApplication]:
    with running_application({"/done": "<Response><Hangup/></Response>", "/news": ""}) as application:
        yield application


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, application: WebApplication) -> Iterator[Node]:
    voice_url = f"{application.base_url}/voice"
    folder = tmp_path_factory.mktemp("node")
    with running_node(folder, "--voice-url", voice_url, media_workers="2") as node:
        open_office(node, "carol", "dave", voice_url=voice_url)
        yield node


def meet(application: WebApplication, name: str, attributes: str = "") -> None:
    """What every caller is answered."""
    noun = f"<Conference {attributes}>{name}</Conference>"
    application.documents["/voice"] = f"<Response><Dial action='/done'>{noun}</Dial></Response>"


def requests(application: WebApplication, last: str) -> list[Asked]:
    """All requests up to the news of this event."""
    found: list[Asked] = []
    while not found or found[-1].form.get("StatusCallbackEvent") != last:
        found.append(application.next_request())
    return found


def test_each_of_ten_phones_hears_the_other_nine_and_not_itself(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    news = "statusCallback='/news' statusCallbackEvent='start end join leave'"
    recorded = "record='record-from-start' trim='do-not-trim' recordingStatusCallback='/news'"
    meet(application, "ten", f"beep='false' {news} {recorded}")

    async def talk() -> dict[int, set[int]]:
        async with conference_phones(node.sip_port, tmp_path) as line:
            phones = [await line.dial(hz) for hz in TONES]
            await asyncio.sleep(TALK_S)
            heard = await asyncio.gather(*(phone.hang_up() for phone in phones))
            return {
                phone.hz: tones_in(each[-int(2 * RATE_HZ) :], TONES)
                for phone, each in zip(phones, heard, strict=True)
            }

    heard = asyncio.run(talk())
    assert heard == {hz: set(TONES) - {hz} for hz in TONES}
    asked = requests(application, "conference-end")
    told = [each.form for each in asked if "StatusCallbackEvent" in each.form]
    events = [each["StatusCallbackEvent"] for each in told]
    assert events[:3] == ["participant-join", "participant-join", "conference-start"]
    assert (events.count("participant-join"), events.count("participant-leave")) == (10, 10)
    assert [each["SequenceNumber"] for each in told] == [str(number) for number in range(1, 23)]
    assert told[-1]["ReasonConferenceEnded"] == "last-participant-left"
    sdk = sdk_client(node)
    (recording,) = sdk.recordings.list(conference_sid=told[0]["ConferenceSid"])
    (track,) = read_tracks(downloaded(node, f"{recording.media_url}.wav"))
    assert tones_in(track, TONES) == set(TONES)
    assert (recording.source, recording.channels, recording.call_sid) == ("Conference", 1, None)


def test_baresip_meets_two_phones_of_ours(node: Node, application: WebApplication, tmp_path: Path) -> None:
    meet(application, "three", "beep='false'")
    carol_hz, ours = 660, (440, 880)

    async def talk(phone_of_carol: Login) -> tuple[set[int], set[int], set[int]]:
        async with conference_phones(node.sip_port, tmp_path) as line:
            phones = [await line.dial(hz) for hz in ours]
            with registered_baresip(tmp_path / "carol", phone_of_carol, says=tone(carol_hz)) as carol:
                carol.dial(f"sip:anybody@{OFFICE}")
                await asyncio.to_thread(carol.wait_established)
                await asyncio.sleep(TALK_S)
                heard = [await phone.hang_up() for phone in phones]
                carol.command("hangup")
                await asyncio.to_thread(carol.wait_closed)
                of_carol = read_wav(carol.heard())
            every = (carol_hz, *ours)
            one, two = (tones_in(each[-int(2 * RATE_HZ) :], every) for each in heard)
            return tones_in(of_carol, every), one, two

    heard = asyncio.run(talk(Login("carol", node.sip_port)))
    assert heard == (set(ours), {carol_hz, ours[1]}, {carol_hz, ours[0]})


def test_the_sdk_sees_a_conference_and_changes_it(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    news = "statusCallback='/news' statusCallbackEvent='mute announcement leave end'"
    meet(application, "seen", f"beep='false' {news}")
    application.documents["/announce"] = "<Response><Play>/beep.wav</Play></Response>"
    sdk = sdk_client(node)

    async def talk() -> tuple[set[int], set[int]]:
        async with conference_phones(node.sip_port, tmp_path) as line:
            one = await line.dial(TONES[0])
            (waiting,) = await asyncio.to_thread(sdk.conferences.list, friendly_name="seen")
            assert (waiting.status, waiting.region) == ("init", "unknown")
            two = await line.dial(TONES[1])
            (running,) = await asyncio.to_thread(sdk.conferences.list, status="in-progress")
            assert running.sid == waiting.sid
            participants = sdk.conferences(running.sid).participants
            first, second = await asyncio.to_thread(participants.list)
            assert (first.status, first.muted, first.hold) == ("connected", False, False)
            assert [each.call_sid for each in await asyncio.to_thread(participants.list, page_size=1)] == [
                first.call_sid,
                second.call_sid,
            ]
            muted = await asyncio.to_thread(participants(first.call_sid).update, muted=True)
            assert muted.muted is True
            assert await asyncio.to_thread(participants.list, muted=False) != []
            await asyncio.sleep(TALK_S)
            announced = f"{application.base_url}/announce"
            await asyncio.to_thread(sdk.conferences(running.sid).update, announce_url=announced)
            heard = await two.hang_up()
            ended = await asyncio.to_thread(sdk.conferences(running.sid).update, status="completed")
            assert (ended.status, ended.reason_conference_ended) == ("completed", "conference-ended-via-api")
            await one.call.ended()
            heard_by_one = read_wav(one.file) if await one.call.recorded() is not None else heard
            assert await asyncio.to_thread(participants.list) == []
            return tones_in(heard[-int(2 * RATE_HZ) :], TONES), tones_in(heard_by_one, TONES)

    assert asyncio.run(talk()) == (set(), {TONES[1]})
    told = [each.form for each in requests(application, "conference-end")]
    assert told[-1]["ReasonConferenceEnded"] == "conference-ended-via-api"


def test_somebody_is_dialled_for_a_conference_and_kicked(
    node: Node, application: WebApplication, tmp_path: Path
) -> None:
    meet(application, "dialled", "beep='false'")
    sdk, dave_hz = sdk_client(node), 880

    async def talk() -> set[int]:
        async with conference_phones(node.sip_port, tmp_path) as line:
            one = await line.dial(TONES[0])
            login = Login("dave", node.sip_port)
            with registered_baresip(tmp_path / "dave", login, says=tone(dave_hz)) as dave:
                made = await asyncio.to_thread(
                    sdk.conferences("dialled").participants.create,
                    from_="sip:desk@office.test",
                    to="client:dave",
                    label="dave",
                    beep="false",
                    end_conference_on_exit=False,
                )
                assert (made.label, made.queue_time) == ("dave", "0")
                assert made.status in ("queued", "connecting", "ringing")
                await asyncio.to_thread(dave.wait_established)
                await asyncio.sleep(TALK_S)
                participants = sdk.conferences(made.conference_sid).participants
                found = await asyncio.to_thread(participants("dave").fetch)
                assert (found.call_sid, found.status) == (made.call_sid, "connected")
                assert await asyncio.to_thread(participants("dave").delete)
                await asyncio.to_thread(dave.wait_closed)
            call = await asyncio.to_thread(sdk.calls(made.call_sid).fetch)
            assert (call.status, call.direction) == ("completed", "outbound-api")
            return tones_in(await one.hang_up(), TONES)

    assert asyncio.run(talk()) == {dave_hz}
