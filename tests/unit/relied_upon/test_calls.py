"""What people rely on, or get wrong: the numbered behaviours of reference/twiml 17, each with its test.

Those of documents and calls, in virtual time; `test_requests.py` has those of webhooks. `docs/relied-upon.md`
is the list of both.
"""

import asyncio
import json
from dataclasses import replace

import pytest

from offhook.call.leg_state import LegCause
from offhook.media.ports import RecordingPlan
from offhook.model.call import CallStatus
from offhook.model.recording import RecordingSource
from offhook.phone.phone_call import PhoneCall
from offhook.recording.recorder import RecordingOrder
from offhook.switchboard.place_call import ClientToCall
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import ProgressEvent
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_own_numbers import NUMBER_VOICE, finals
from tests.unit.switchboard.test_own_numbers import on_call as to_own_number
from tests.unit.switchboard.test_place_call import office, wanted
from tests.unit.transcribing import test_transcriptions as transcribing
from tests.unit.verbs import test_conference_seats, test_conference_sounds, test_dial_conference
from tests.unit.verbs.shop import WAIT, Shop, in_shop
from tests.unit.verbs.test_dial import BOB, DONE, VOICE, answered, child, is_bridged, on_call, told

NEWS = "http://app.test/news"
WHISPER = "http://app.test/whisper"
ELSEWHERE = "http://app.test/elsewhere"
STREAM = "<Stream url='wss://agent.test/audio?secret=1'><Parameter name='order' value='17'/></Stream>"


async def to_the_end(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
    """The document ends the call."""
    await caller.ended()


async def for_a_while(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
    """The caller has had enough after 30 seconds."""
    await asyncio.sleep(30)
    await caller.hang_up()


async def bob_talks(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
    """Bob answers, talks for seven seconds and hangs up."""
    leg = await answered(callees[0])
    await asyncio.sleep(7)
    leg.hang_up()


def urls(small: SmallExchange) -> list[str]:
    """What was asked for, in order."""
    return [asked.url for asked in small.bookshelf.asked]


async def updated(small: SmallExchange, sid: str, url: str = ELSEWHERE) -> None:
    """The account gives a call another document."""
    assert await small.exchange.update(ACCOUNT.sid, sid, CallUpdate(start=GoTo(url, "POST"))) is not None


# Gather, Record, and what follows a verb


@pytest.mark.parametrize(("after", "heard"), [("<Say>After.</Say>", ["Menu.", "After."]), ("", ["Menu."])])
def test_01_gather_without_input_falls_to_the_next_verb_and_without_one_the_call_ends(
    after: str, heard: list[str]
) -> None:
    small = on_call("<Gather><Say>Menu.</Say></Gather>", to_the_end, phones=0, after=after)
    assert small.voice.texts == heard
    assert urls(small) == [VOICE]


def test_02_the_hash_key_pressed_first_is_no_input() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        await asyncio.sleep(1)
        small.port.press("#")

    small = on_call("<Gather action='/done'/>", act, phones=0)
    assert (urls(small), small.voice.texts) == ([VOICE], ["After."])


@pytest.mark.parametrize(
    "verb", ["<Gather numDigits='1'/>", "<Record finishOnKey='1'/>"], ids=["Gather", "Record"]
)
def test_03_gather_and_record_without_an_action_ask_for_the_same_document_again(verb: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        for _ in range(3):
            await asyncio.sleep(2)
            small.port.press("1")
        await asyncio.sleep(1)
        await caller.hang_up()

    small = on_call(verb, act, phones=0)
    assert urls(small)[:4] == [VOICE] * 4
    assert "After." not in small.voice.texts


@pytest.mark.parametrize(
    "verb", [f"<Dial>{BOB}</Dial>", "<Enqueue waitUrl='/wait'>q</Enqueue>"], ids=["Dial", "Enqueue"]
)
def test_03_dial_and_enqueue_without_an_action_just_go_on(verb: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        if "Dial" in verb:
            await bob_talks(small, caller, callees)

    small = on_call(verb, act, documents={WAIT: "<Response><Leave/></Response>"})
    assert urls(small).count(VOICE) == 1
    assert small.voice.texts == ["After."]


@pytest.mark.parametrize("status", [200, 486, 404])
def test_04_with_an_action_everything_after_dial_is_dead_whatever_the_outcome(status: int) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        if status == 200:
            await bob_talks(small, caller, callees)
        else:
            (await callees[0].ringing()).refuse(status)

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert small.voice.texts == ["Done."]


def test_05_the_callee_who_hangs_up_continues_the_callers_document() -> None:
    assert on_call(f"<Dial>{BOB}</Dial>", bob_talks).voice.texts == ["After."]


def test_05_the_caller_who_hangs_up_ends_it() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await answered(callees[0])
        await asyncio.sleep(3)
        await caller.hang_up()

    assert on_call(f"<Dial>{BOB}</Dial>", act).voice.texts == []


def test_06_a_timeout_of_10_rings_about_15_seconds() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(14.5)
        assert not leg.is_ended
        await asyncio.sleep(1)
        assert leg.is_ended

    on_call(f"<Dial timeout='10'>{BOB}</Dial>", act)


def test_07_the_answered_event_has_the_status_in_progress() -> None:
    noun = "<Client statusCallback='/news' statusCallbackEvent='answered'>bob</Client>"
    (news,) = on_call(f"<Dial>{noun}</Dial>", bob_talks).bookshelf.progress
    assert (news.event, news.call.status) == (ProgressEvent.ANSWERED, CallStatus.IN_PROGRESS)


def test_08_completed_does_not_prove_a_conversation() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await answered(callees[0])

    noun = "<Client url='/whisper'>bob</Client>"
    whisper: dict[str, str | int] = {WHISPER: "<Response><Hangup/></Response>"}
    results = told(on_call(f"<Dial action='/done'>{noun}</Dial>", act, documents=whisper))
    assert (results["DialCallStatus"], results["DialBridged"]) == ("completed", "false")


# Updates over the API


def test_09_an_update_during_a_dial_ends_the_child_asks_the_action_and_runs_the_new_document() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(5)
        await updated(small, small.store.calls.history[0].sid)
        await asyncio.sleep(1)
        assert leg.is_ended

    shelf: dict[str, str | int] = {ELSEWHERE: "<Response><Say>Elsewhere.</Say></Response>"}
    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act, documents=shelf)
    assert urls(small) == [VOICE, DONE, ELSEWHERE]
    assert small.voice.texts == ["Elsewhere."], "the reply of the action is not used"
    assert told(small)["DialCallStatus"] == "completed"


def test_10_an_update_of_the_child_runs_there_and_the_parent_leaves_its_dial() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(5)
        await updated(small, child(small).sid)
        await asyncio.sleep(3)
        assert not leg.is_ended, "it runs its own document now"
        leg.hang_up()

    shelf: dict[str, str | int] = {ELSEWHERE: "<Response><Pause length='60'/></Response>"}
    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act, documents=shelf)
    assert "DialCallDuration" not in told(small)
    assert small.voice.texts == ["Done."]


def test_11_an_update_of_a_participant_removes_it_and_may_drop_everyone() -> None:
    test_conference_seats.test_update_of_a_participant_removes_it_and_drops_everyone_if_it_ends_it()


# Waiting


def test_12_the_wait_document_of_a_conference_runs_once() -> None:
    test_conference_sounds.test_conference_wait_url_plays_once_then_silence()


def test_12_the_wait_document_of_a_queue_runs_again_and_again() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(50)
        assert shop.asked(WAIT) == 3

    in_shop(act)


def test_13_a_conference_of_one_never_starts_and_the_music_goes_on() -> None:
    test_conference_sounds.test_conference_of_one_never_starts_and_wait_music_continues()


def test_14_the_first_participant_fixes_the_callbacks_of_a_conference() -> None:
    test_dial_conference.test_first_participant_fixes_conference_callback_settings()


# What answers


@pytest.mark.parametrize("verb", ["<Say>Hi.</Say>", "<Play digits='1'/>", "<Gather/>", f"<Dial>{BOB}</Dial>"])
def test_15_the_first_of_these_verbs_answers(verb: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await asyncio.sleep(0.5)
        assert small.store.calls.history[0].direction.is_inbound
        parents = [call for call in small.store.calls.history if call.parent_call_sid is None]
        assert parents[-1].answered_at is not None
        await caller.hang_up()

    on_call(verb, act)


@pytest.mark.parametrize(
    "verb",
    [
        "<Pause length='3'/>",
        "<Redirect>/ring-on</Redirect>",
        f"<Dial answerOnBridge='true'>{BOB}</Dial>",
    ],
)
def test_15_these_leave_it_ringing(verb: str) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await asyncio.sleep(2)
        assert all(call.answered_at is None for call in small.store.calls.history)
        await caller.hang_up()

    shelf: dict[str, str | int] = {"http://app.test/ring-on": "<Response><Pause length='9'/></Response>"}
    on_call(verb, act, documents=shelf)


def test_15_reject_never_answers() -> None:
    small = on_call("<Reject reason='busy'/>", to_the_end, phones=0)
    assert small.store.calls.last.status is CallStatus.BUSY
    assert small.store.calls.last.answered_at is None


def test_16_after_a_say_answer_on_bridge_has_no_visible_effect() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        leg = await callees[0].ringing()
        assert not leg.is_ended, "the caller was answered while the callee still rings"
        await caller.hang_up()

    small = on_call(f"<Say>Hold on.</Say><Dial answerOnBridge='true'>{BOB}</Dial>", act)
    assert small.voice.texts == ["Hold on."]


def test_17_of_several_that_are_dialled_a_voicemail_that_answers_first_wins() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        person = await callees[0].ringing()
        voicemail = await answered(callees[1])
        await asyncio.sleep(1)
        assert person.end is not None
        assert person.end.cause is LegCause.GIVEN_UP_THERE
        voicemail.hang_up()

    on_call(f"<Dial>{BOB}</Dial>", act, phones=2)


def test_18_a_whisper_runs_on_the_callee_alone_and_the_caller_hears_it_ring() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(2)
        caller_port, callee_port = small.media.ports
        assert caller_port.is_playing
        assert len(caller_port.played) == 1, "the ringback"
        assert not is_bridged(callee_port)
        (asked,) = [asked for asked in small.bookshelf.asked if asked.url == WHISPER]
        assert asked.call.parent_call_sid == small.store.calls.history[0].sid
        await asyncio.sleep(4)
        assert is_bridged(callee_port)
        leg.hang_up()

    noun = "<Client url='/whisper'>bob</Client>"
    on_call(f"<Dial>{noun}</Dial>", act, documents={WHISPER: "<Response><Pause length='5'/></Response>"})


# Streams


def test_19_start_as_the_last_verb_hangs_up_as_soon_as_it_has_started() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: f"<Response><Say>Hi.</Say><Start>{STREAM}</Start></Response>"}
        ) as small:
            caller = await small.call()
            began = asyncio.get_running_loop().time()
            end = await caller.ended()
            assert end.cause is LegCause.HUNG_UP_THERE
            assert asyncio.get_running_loop().time() - began < 5

    run(scenario())


def connected() -> dict[str, str | int]:
    return {VOICE: f"<Response><Connect>{STREAM}</Connect><Say>After.</Say></Response>"}


def test_20_a_connected_stream_blocks_until_the_server_closes_and_then_the_next_verb_runs() -> None:
    async def scenario() -> None:
        async with small_exchange(connected()) as small:
            caller = await small.call()
            socket = await small.sockets.at(0)
            await asyncio.sleep(300)
            assert small.voice.texts == []
            socket.hang_up()
            await caller.ended()
            assert small.voice.texts == ["After."]

    run(scenario())


def test_21_the_query_of_a_stream_is_dropped_and_parameters_pass_data() -> None:
    async def scenario() -> None:
        async with small_exchange(connected()) as small:
            caller = await small.call()
            socket = await small.sockets.at(0)
            assert socket.url == "wss://agent.test/audio"
            assert socket.sent[1]["start"]["customParameters"] == {"order": "17"}
            await caller.hang_up()

    run(scenario())


def test_22_a_mark_comes_back_after_a_clear_as_well() -> None:
    async def scenario() -> None:
        async with small_exchange(connected()) as small:
            caller = await small.call()
            socket = await small.sockets.at(0)
            socket.play(bytes(80_000))
            socket.say("mark", name="said")
            await asyncio.sleep(1)
            assert "mark" not in socket.events()
            socket.say("clear")
            assert (await socket.next("mark"))["mark"] == {"name": "said"}
            await caller.hang_up()

    run(scenario())


# Recordings


def test_23_the_callback_of_a_recording_is_what_says_that_the_file_is_there() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        small.port.disk_takes_s = 1.0
        await asyncio.sleep(5)
        small.port.press("1")

    record = "<Record action='/done' recordingStatusCallback='/news'/>"
    small = on_call(record, act, phones=0)
    (news,) = small.bookshelf.delivered
    recording = small.store.recordings.last
    assert (news.url, recording.status) == (NEWS, "completed")
    assert told(small)["RecordingSid"] == recording.sid


def test_24_a_recording_may_be_shorter_than_the_call() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await caller.answered()
        await asyncio.sleep(10)
        small.port.press("1")

    small = on_call("<Say>Speak after the tone, please.</Say><Record action='/done'/>", act, phones=0)
    assert (small.store.recordings.last.duration_s or 0) < (small.store.calls.last.duration_s or 0)


# The rest


def test_27_status_callbacks_have_a_sequence_number_by_which_to_sort_them() -> None:
    events = "initiated ringing answered completed"
    noun = f"<Client statusCallback='/news' statusCallbackEvent='{events}'>bob</Client>"
    news = on_call(f"<Dial>{noun}</Dial>", bob_talks).bookshelf.progress
    assert [(each.sequence_number, each.event) for each in news] == list(enumerate(ProgressEvent))


def test_30_play_digits_answers_and_takes_its_time() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        began = asyncio.get_running_loop().time()
        await caller.ended()
        assert asyncio.get_running_loop().time() - began >= 2

    small = on_call(f"<Play digits='{'12345' * 4}'/>", act, phones=0, after="")
    assert small.store.calls.last.status is CallStatus.COMPLETED


def test_30_play_digits_are_not_allowed_in_gather() -> None:
    small = on_call("<Gather timeout='1'><Play digits='1'/></Gather>", to_the_end, phones=0)
    assert 12200 in small.store.notifications.codes
    assert small.port.sent_digits == []


def test_31_hangup_on_star_is_for_the_caller_alone() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(2)
        small.media.ports[1].press("*")
        await asyncio.sleep(1)
        assert not leg.is_ended
        small.media.ports[0].press("*")
        await asyncio.sleep(1)
        assert leg.is_ended

    assert on_call(f"<Dial hangupOnStar='true'>{BOB}</Dial>", act).voice.texts == ["After."]


def test_32_a_call_that_is_recorded_by_the_api_is_so_with_conversation_relay_too() -> None:
    relay = "<ConversationRelay url='wss://agent.test/talk'/>"
    document = InlineDocument(f"<Response><Connect>{relay}</Connect></Response>")
    order = RecordingOrder(RecordingSource.OUTBOUND_API, ACCOUNT.auth_token, RecordingPlan())

    async def scenario() -> None:
        async with office(40) as (small, phones):
            to = f"sip:bob@{phones[0].address}"
            small.exchange.place(replace(wanted(to, start=document), recording=order))
            leg = await phones[0].ringing()
            leg.answer()
            await small.agents.opened()
            await asyncio.sleep(5)
            leg.hang_up()
            assert await small.exchange.drain(60)
            assert small.store.recordings.last.duration_s == 5

    run(scenario())


def test_33_transcription_events_are_forms_with_json_strings_inside() -> None:
    async def act(small: SmallExchange) -> None:
        small.recognizer.hearings[0].say("Two pieces of cake.", 0.75)
        await asyncio.sleep(0.1)

    _, content, _ = transcribing.events(transcribing.on_call(transcribing.document(), act))
    assert all(isinstance(value, str) for value in content.values())
    assert json.loads(content["TranscriptionData"]) == {
        "transcript": "Two pieces of cake.",
        "confidence": 0.75,
    }


def test_34_a_call_to_a_number_of_ones_own_is_two_independent_calls_with_two_documents() -> None:
    small = to_own_number("<Response><Say>Support.</Say></Response>", dial="<Dial>+15550100200</Dial>")
    parent, dialled, inbound = finals(small)
    assert (dialled.parent_call_sid, inbound.parent_call_sid) == (parent.sid, None)
    assert urls(small) == [VOICE, NUMBER_VOICE]


def test_35_a_call_that_is_created_is_not_yet_made() -> None:
    async def scenario() -> None:
        async with office(40) as (small, phones):
            record = small.exchange.place(replace(wanted("sip:x@y"), to=ClientToCall("bob")))
            assert record.status is CallStatus.QUEUED
            (await phones[0].ringing()).refuse(486)
            assert await small.exchange.drain(60)
            assert small.store.calls.last.status is CallStatus.BUSY

    run(scenario())
