"""The bridge of a `<Dial>` in virtual time: whisper, time limit, star, what a caller left ringing is told."""

import asyncio

import pytest

from offhook.call.leg_state import LegCause
from offhook.model.call import CallStatus
from offhook.phone.phone_call import PhoneCall
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.runner import ERROR_SENTENCE, InlineDocument
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT
from tests.support.small_exchange import SmallExchange
from tests.unit.verbs.test_dial import (
    BOB,
    DONE,
    VOICE,
    WHISPER,
    answered,
    child,
    is_bridged,
    on_call,
    told,
)


def test_answer_on_bridge_leaves_the_caller_ringing_until_then() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(5)
        assert small.store.calls.history[0].status is CallStatus.RINGING
        assert len(small.media.ports) == 1
        leg.answer()
        await caller.answered()
        await asyncio.sleep(1)
        assert small.media.ports[0].joined_to is small.media.ports[1]
        leg.hang_up()

    small = on_call(f"<Dial answerOnBridge='true'>{BOB}</Dial>", act, after="<Hangup/>")
    assert small.media.ports[1].played == []


def test_a_whisper_is_heard_by_the_callee_alone_before_the_bridge() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(1)
        caller_port, callee_port = small.media.ports
        assert not is_bridged(caller_port)
        assert len(callee_port.played) == 1
        await asyncio.sleep(5)
        assert caller_port.joined_to is callee_port
        leg.hang_up()

    whisper = "<Response><Say>" + "w" * 60 + "</Say></Response>"
    small = on_call("<Dial><Client url='/whisper'>bob</Client></Dial>", act, documents={WHISPER: whisper})
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == WHISPER]
    assert asked.call.parent_call_sid == small.store.calls.history[0].sid
    assert asked.call.status is CallStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("whisper", "codes"),
    [
        ("<Response><Hangup/></Response>", []),
        (f"<Response><Dial>{BOB}</Dial></Response>", [13201]),
        (11200, [11200]),
    ],
)
def test_a_whisper_that_hangs_up_or_fails_ends_the_callee_unbridged(
    whisper: str | int, codes: list[int]
) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(5)
        assert leg.is_ended
        assert leg.end is not None
        assert leg.end.cause is LegCause.HUNG_UP_THERE

    small = on_call(
        "<Dial action='/done'><Client url='/whisper'>bob</Client></Dial>", act, documents={WHISPER: whisper}
    )
    results = told(small)
    assert (results["DialCallStatus"], results["DialBridged"]) == ("completed", "false")
    assert small.store.notifications.codes == codes
    assert (ERROR_SENTENCE in small.voice.texts) == bool(codes)


def test_the_time_limit_counts_from_the_bridge_and_the_document_goes_on() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(10)
        leg.answer()
        await asyncio.sleep(29)
        assert not leg.is_ended
        await asyncio.sleep(2)
        assert leg.is_ended

    small = on_call(f"<Dial timeLimit='30'>{BOB}</Dial>", act)
    assert small.voice.texts == ["After."]
    assert small.store.notifications.codes == [], "what the document asks for is no limit of the node"


def test_a_whisper_is_no_part_of_the_time_limit() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(35)
        assert not leg.is_ended
        await asyncio.sleep(6)
        assert leg.is_ended

    noun = "<Client url='/whisper'>bob</Client>"
    whisper = "<Response><Pause length='10'/></Response>"
    small = on_call(f"<Dial timeLimit='30'>{noun}</Dial>", act, documents={WHISPER: whisper})
    assert small.voice.texts == ["After."]


def test_star_of_the_caller_ends_the_bridge_only_where_it_was_asked_for() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(2)
        small.media.ports[0].press("1")
        await asyncio.sleep(1)
        assert not leg.is_ended
        small.media.ports[0].press("*")
        await asyncio.sleep(1)
        assert leg.is_ended

    small = on_call(f"<Dial hangupOnStar='true'>{BOB}</Dial>", act)
    assert small.voice.texts == ["After."]


def test_star_of_the_caller_calls_off_what_still_rings() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        small.media.ports[0].press("1")
        await asyncio.sleep(1)
        assert not leg.is_ended
        small.media.ports[0].press("*")
        await asyncio.sleep(1)
        assert callees[0].invited.empty(), "nor is the next one called"
        assert leg.is_ended

    nouns = f"{BOB}<Sip>bob@app.sip.localhost</Sip>"
    small = on_call(f"<Dial hangupOnStar='true' sequential='true' action='/done'>{nouns}</Dial>", act)
    assert (told(small)["DialCallStatus"], told(small)["DialCallDuration"]) == ("canceled", "0")
    assert child(small).status is CallStatus.CANCELED
    assert small.voice.texts == ["Done."]


def test_an_answer_before_the_star_stands() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(1)
        assert is_bridged(small.media.ports[0])
        leg.hang_up()

    small = on_call(f"<Dial hangupOnStar='true' action='/done'>{BOB}</Dial>", act)
    assert told(small)["DialCallStatus"] == "completed"


@pytest.mark.parametrize(
    ("refusal", "sip_status", "status"),
    [
        (486, 486, CallStatus.BUSY),
        (480, 480, CallStatus.NO_ANSWER),
        (404, 503, CallStatus.NO_ANSWER),
        (None, 487, CallStatus.NO_ANSWER),
    ],
    ids=["busy", "no-answer", "failed", "canceled"],
)
@pytest.mark.parametrize("action", ["", "action='/done'"], ids=["end of the document", "empty action"])
def test_a_caller_that_was_left_ringing_is_told_what_came_of_the_callee(
    refusal: int | None, sip_status: int, status: CallStatus, action: str
) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        if refusal is None:
            canceled = CallUpdate(status=CallStatus.CANCELED)
            await small.exchange.update(ACCOUNT.sid, child(small).sid, canceled)
        else:
            leg.refuse(refusal)
        end = await caller.ended()
        assert (end.cause, end.sip_status) == (LegCause.REFUSED_THERE, sip_status)

    small = on_call(
        f"<Dial answerOnBridge='true' {action}>{BOB}</Dial>",
        act,
        documents={DONE: "<Response/>"},
        after="",
    )
    (parent,) = [call for call in small.store.calls.history if call.parent_call_sid is None][-1:]
    assert (parent.status, parent.sip_response_code) == (status, sip_status)


def test_a_verb_after_the_dial_answers_a_caller_that_was_left_ringing() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        (await callees[0].ringing()).refuse(486)
        await caller.answered()

    small = on_call(f"<Dial answerOnBridge='true'>{BOB}</Dial>", act)
    assert small.voice.texts == ["After."]


def test_a_caller_that_is_redirected_leaves_the_bridge() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(2)
        parent = small.store.calls.history[0].sid
        document = InlineDocument("<Response><Say>Elsewhere.</Say></Response>")
        await small.exchange.update(ACCOUNT.sid, parent, CallUpdate(start=document))
        await asyncio.sleep(1)
        assert leg.is_ended

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert small.voice.texts == ["Elsewhere."]
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE, DONE], "nobody runs what it answers"
    assert (told(small)["DialCallStatus"], told(small)["DialCallDuration"]) == ("completed", "2")


def test_a_callee_that_is_redirected_goes_on_alone_and_the_caller_with_the_action() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await answered(callees[0])
        await asyncio.sleep(2)
        document = InlineDocument("<Response><Say>You alone.</Say><Pause length='20'/></Response>")
        await small.exchange.update(ACCOUNT.sid, child(small).sid, CallUpdate(start=document))
        await caller.ended()
        assert not leg.is_ended
        await asyncio.sleep(30)
        assert leg.is_ended

    small = on_call(f"<Dial action='/done'>{BOB}</Dial>", act)
    assert small.voice.texts == ["You alone.", "Done."]
    assert "DialCallDuration" not in told(small)
