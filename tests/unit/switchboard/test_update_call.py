"""What an account does to its running calls, in virtual time."""

import asyncio

import pytest

from offhook.call.leg_state import LegCause
from offhook.model.call import CallStatus
from offhook.switchboard.update_call import CallUpdate, NotInProgressError
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from tests.support.memory_store import ACCOUNT
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office, wanted

VOICE = "http://app.test/voice"
LONG = "<Response><Say>One.</Say><Pause length='600'/><Say>Never.</Say></Response>"
STRANGER = "AC" + "9" * 32


def statuses(small: SmallExchange) -> list[str]:
    return [str(call.status) for call in small.store.calls.history]


async def update(
    small: SmallExchange, changes: CallUpdate, account_sid: str = ACCOUNT.sid
) -> CallStatus | None:
    sid = small.store.calls.last.sid
    changed = await small.exchange.update(account_sid, sid, changes)
    return None if changed is None else changed.status


def test_completed_hangs_up_at_once() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: LONG}) as small:
            call = await small.call()
            await asyncio.sleep(10)
            assert await update(small, CallUpdate(status=CallStatus.COMPLETED)) is CallStatus.COMPLETED
            assert (await call.ended()).cause is LegCause.HUNG_UP_THERE
            assert small.voice.texts == ["One."]
            assert small.store.calls.last.duration_s == 10

    run(scenario())


def test_another_document_takes_over_and_the_first_one_does_not_end_the_call() -> None:
    async def scenario() -> None:
        documents = {VOICE: LONG, "http://app.test/other": "<Response><Say>Two.</Say></Response>"}
        async with small_exchange(documents) as small:
            call = await small.call()
            await asyncio.sleep(5)
            first = InlineDocument("<Response><Say>Inline.</Say><Pause length='60'/></Response>")
            assert await update(small, CallUpdate(start=first)) is CallStatus.IN_PROGRESS
            await asyncio.sleep(5)
            assert small.voice.texts == ["One.", "Inline."]
            await update(small, CallUpdate(start=GoTo("http://app.test/other", "GET")))
            assert (await call.ended()).cause is LegCause.HUNG_UP_THERE
            assert small.voice.texts == ["One.", "Inline.", "Two."]
            assert [(asked.url, asked.method) for asked in small.bookshelf.asked[1:]] == [
                ("http://app.test/other", "GET")
            ]
            assert statuses(small)[-1] == "completed"

    run(scenario())


def test_the_fallback_of_the_update_is_asked_when_its_document_fails() -> None:
    async def scenario() -> None:
        documents: dict[str, str | int] = {
            VOICE: LONG,
            "http://app.test/broken": 11200,
            "http://app.test/plan-b": "<Response><Say>Plan B.</Say></Response>",
        }
        async with small_exchange(documents) as small:
            call = await small.call()
            changes = CallUpdate(
                start=GoTo("http://app.test/broken", "POST"), fallback=GoTo("http://app.test/plan-b", "POST")
            )
            await update(small, changes)
            await call.ended()
            assert small.voice.texts[-1] == "Plan B."

    run(scenario())


def test_a_prompt_that_plays_is_silenced_by_the_document_that_takes_over() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: "<Response><Say loop='0'>On and on.</Say></Response>"}) as small:
            call = await small.call()
            await asyncio.sleep(3)
            assert await update(small, CallUpdate(start=InlineDocument("<Response><Hangup/></Response>")))
            assert (await call.ended()).cause is LegCause.HUNG_UP_THERE
            assert small.voice.texts == ["On and on."]

    run(scenario())


@pytest.mark.parametrize("status", [CallStatus.CANCELED, CallStatus.COMPLETED])
def test_a_call_that_still_rings_is_canceled(status: CallStatus) -> None:
    async def scenario() -> None:
        async with office(11) as (small, (phone,)):
            small.exchange.place(wanted("sip:bob@app.sip.localhost"))
            leg = await phone.ringing()
            with pytest.raises(NotInProgressError, match="redirect"):
                await update(small, CallUpdate(start=GoTo(VOICE, "POST")))
            assert await update(small, CallUpdate(status=status)) is CallStatus.CANCELED
            assert small.store.calls.last.ended_at is not None
            await small.exchange.drain(30)
            assert leg.end is not None
            assert leg.end.cause is LegCause.GIVEN_UP_THERE

    run(scenario())


def test_what_a_state_does_not_allow_is_refused() -> None:
    async def scenario() -> None:
        async with small_exchange({VOICE: LONG}) as small:
            call = await small.call()
            with pytest.raises(NotInProgressError, match="Status=completed"):
                await update(small, CallUpdate(status=CallStatus.CANCELED))
            assert await update(small, CallUpdate(status=CallStatus.COMPLETED), STRANGER) is None
            await call.hang_up()
            await small.exchange.drain(10)
            assert await update(small, CallUpdate(status=CallStatus.COMPLETED)) is None

    run(scenario())


def test_a_time_limit_counts_from_the_answer() -> None:
    async def scenario() -> None:
        async with small_exchange(
            {VOICE: "<Response><Pause length='5'/><Say>A</Say><Pause length='900'/></Response>"}
        ) as small:
            call = await small.call()
            await asyncio.sleep(20)
            await update(small, CallUpdate(time_limit_s=60.0))
            await call.ended()
            assert small.store.calls.last.duration_s == 60
            assert small.store.notifications.codes == [32015]

    run(scenario())
