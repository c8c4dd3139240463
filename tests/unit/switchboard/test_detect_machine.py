"""Who answered a call of ours, in virtual time: held back or beside the call, with or without words."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from offhook.call.leg import Leg
from offhook.model.answered_by import AnsweredBy, DetectionMode, DetectionPlan
from offhook.speech.ports import RecognitionError
from offhook.switchboard.place_call import CallToPlace
from offhook.verbs.detection import DetectionOrder
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import EventNews
from tests.support.small_exchange import SmallExchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office, wanted

VOICE = "http://app.test/voice"
AMD = "http://app.test/amd"
FRAME_S = 0.02
SILENCE = b"\xff" * 160
ENABLE = DetectionPlan()
HELD_BACK = DetectionOrder(ENABLE, holds_back=True)
BESIDE = DetectionOrder(ENABLE, callback_url=AMD)


def order(detection: DetectionOrder) -> CallToPlace:
    return replace(wanted("sip:bob@app.sip.localhost", start=GoTo(VOICE, "POST")), detection=detection)


async def quiet(small: SmallExchange, seconds: float) -> None:
    """The callee says nothing for so long."""
    for _ in range(round(seconds / FRAME_S)):
        if small.port.taps:
            small.port.utter(SILENCE)
        await asyncio.sleep(FRAME_S)


def placed(
    detection: CallToPlace, act: Callable[[SmallExchange, Leg], Awaitable[None]], *, why_deaf: str = "off"
) -> SmallExchange:
    """Place a call that is answered; the callee acts. Without a recogniser unless told otherwise."""

    async def scenario() -> SmallExchange:
        documents = {VOICE: "<Response><Pause length='20'/></Response>"}
        async with office(1, documents=documents) as (small, (phone,)):
            small.recognizer.why_deaf = why_deaf
            small.exchange.place(detection)
            leg = await phone.ringing()
            leg.answer()
            await asyncio.sleep(0.1)
            await act(small, leg)
            leg.hang_up()
            phone.driver.flush()
            assert await small.exchange.drain(60)
        return small

    return run(scenario())


def told(small: SmallExchange) -> list[tuple[tuple[str, str], ...]]:
    return [each.parameters for each in small.bookshelf.delivered if isinstance(each, EventNews)]


def test_the_document_is_held_back_until_it_is_known_who_answered_and_is_told() -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        await quiet(small, 4.9)
        assert small.bookshelf.asked == []
        await quiet(small, 0.2)
        assert [each.url for each in small.bookshelf.asked] == [VOICE]

    small = placed(order(HELD_BACK), act)
    assert small.bookshelf.asked[0].results == (
        ("AnsweredBy", "unknown"),
        ("MachineDetectionDuration", "5000"),
    )
    assert small.store.calls.last.answered_by is AnsweredBy.UNKNOWN
    assert told(small) == []


def test_beside_the_call_its_document_runs_at_once_and_the_callback_is_told() -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        assert [each.url for each in small.bookshelf.asked] == [VOICE]
        await quiet(small, 5.2)

    small = placed(order(BESIDE), act)
    record = small.store.calls.last
    assert small.bookshelf.asked[0].results == ()
    assert told(small) == [
        (
            ("CallSid", record.sid),
            ("AccountSid", record.account_sid),
            ("AnsweredBy", "unknown"),
            ("MachineDetectionDuration", "5000"),
        )
    ]
    assert record.answered_by is AnsweredBy.UNKNOWN


def test_words_of_a_machine_decide_before_its_greeting_is_long_enough() -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        (hearing,) = small.recognizer.hearings
        await quiet(small, 1)
        assert hearing.frames >= 49
        hearing.begin()
        hearing.partial("Please leave a message")
        await quiet(small, 0.1)
        assert small.store.calls.last.answered_by is AnsweredBy.MACHINE_START
        assert hearing.is_closed

    placed(order(BESIDE), act, why_deaf="")


def test_a_recogniser_that_fails_leaves_the_other_votes() -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        (hearing,) = small.recognizer.hearings
        hearing.begin()
        hearing.tell(RecognitionError("the engine is gone"))
        await quiet(small, 5.2)

    assert placed(order(BESIDE), act, why_deaf="").store.calls.last.answered_by is AnsweredBy.UNKNOWN


@pytest.mark.parametrize("detection", [HELD_BACK, BESIDE])
def test_who_hangs_up_before_it_is_known_is_not_told_of(detection: DetectionOrder) -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        await quiet(small, 1)

    small = placed(order(detection), act)
    assert small.store.calls.last.answered_by is None
    assert told(small) == []
    assert small.port.taps == {}


def test_keys_to_be_sent_win_over_detection() -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        await asyncio.sleep(1)
        assert small.port.taps == {}
        assert [each.url for each in small.bookshelf.asked] == [VOICE]

    placed(replace(order(HELD_BACK), digits="1"), act)


def test_the_timeout_ends_it() -> None:
    async def act(small: SmallExchange, leg: Leg) -> None:
        await quiet(small, 3.2)

    plan = DetectionPlan(DetectionMode.DETECT_MESSAGE_END, timeout_ms=3000, silence_ms=10_000)
    small = placed(order(DetectionOrder(plan, callback_url=AMD)), act)
    assert told(small)[0][-1] == ("MachineDetectionDuration", "3000")
