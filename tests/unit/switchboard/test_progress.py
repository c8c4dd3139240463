"""What an application is told of a call's progress, in virtual time."""

import asyncio
from dataclasses import replace

import pytest

from offhook.call.progress import StatusCallback
from offhook.model.call import CallStatus
from offhook.model.callback import Subscription
from offhook.sip.uri import SipUri
from offhook.switchboard.place_call import Callee, ClientToCall, NumberToCall
from offhook.switchboard.settings import Settings
from offhook.switchboard.turns import Turns
from offhook.switchboard.update_call import CallUpdate
from offhook.webhook.ports import News, ProgressEvent, ProgressNews, WebhookError
from tests.support.memory_store import ACCOUNT, DOMAIN
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office, wanted

NEWS = "http://app.test/news"
ALL = StatusCallback(NEWS, "POST", frozenset(ProgressEvent))
BOB = "sip:bob@app.sip.localhost"


def told(small: SmallExchange) -> list[tuple[str, str, int]]:
    return [
        (news.event.value, news.call.status.value, news.sequence_number) for news in small.bookshelf.progress
    ]


def test_an_answered_call_is_told_in_four_steps() -> None:
    async def scenario() -> None:
        async with office(21) as (small, (phone,)):
            small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            leg = await phone.ringing()
            await asyncio.sleep(2)
            leg.answer()
            await small.exchange.drain(30)
            assert told(small) == [
                ("initiated", "ringing", 0),
                ("ringing", "ringing", 1),
                ("answered", "in-progress", 2),
                ("completed", "completed", 3),
            ]
            first = small.bookshelf.progress[0]
            assert (first.url, first.method, first.auth_token) == (NEWS, "POST", ACCOUNT.auth_token)

    run(scenario())


def test_without_a_choice_the_end_alone_is_told_and_numbered_from_zero() -> None:
    async def scenario() -> None:
        async with office(22) as (small, (phone,)):
            small.exchange.place(replace(wanted(BOB), status_callback=StatusCallback(NEWS)))
            (await phone.ringing()).refuse(486)
            await small.exchange.drain(30)
            assert told(small) == [("completed", "busy", 0)]

    run(scenario())


def test_a_call_that_could_not_be_dialled_is_told_as_failed() -> None:
    async def scenario() -> None:
        async with office() as (small, ()):
            small.exchange.place(replace(wanted(BOB), status_callback=StatusCallback(NEWS)))
            await small.exchange.drain(30)
            await asyncio.sleep(1)
            assert told(small) == [("completed", "failed", 0)]

    run(scenario())


@pytest.mark.parametrize("status", [CallStatus.CANCELED, CallStatus.COMPLETED])
def test_a_call_that_is_canceled_while_it_rings_is_told_its_end(status: CallStatus) -> None:
    async def scenario() -> None:
        async with office(29) as (small, (phone,)):
            record = small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            await phone.ringing()
            await asyncio.sleep(2)
            await small.exchange.update(ACCOUNT.sid, record.sid, CallUpdate(status=status))
            assert await small.exchange.drain(30)
            assert told(small) == [
                ("initiated", "ringing", 0),
                ("ringing", "ringing", 1),
                ("completed", "canceled", 2),
            ]
            assert small.bookshelf.progress[-1].call.sip_response_code == 487
            assert small.store.subscriptions.kept == {}

    run(scenario())


def test_a_call_that_is_canceled_while_it_is_queued_is_told_to_nobody() -> None:
    async def scenario() -> None:
        async with office(30) as (small, (phone,)):
            small.exchange._turns = Turns(Settings(api_calls_per_second=1))
            small.exchange.place(wanted(BOB))
            record = small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            (await phone.ringing()).refuse(486)
            await small.exchange.update(ACCOUNT.sid, record.sid, CallUpdate(status=CallStatus.CANCELED))
            assert await small.exchange.drain(30)
            (*_, ended) = [call for call in small.store.calls.history if call.sid == record.sid]
            assert (ended.status, ended.started_at) == (CallStatus.CANCELED, None)
            assert phone.invited.empty()
            assert (told(small), small.store.subscriptions.kept) == ([], {})

    run(scenario())


@pytest.mark.parametrize(
    "to",
    [
        SipUri.parse(BOB),
        ClientToCall("zzz"),
        SipUri.parse("sip:x@nowhere.invalid;transport=sctp"),
        NumberToCall("+15550100999"),
    ],
    ids=["user who is not registered", "client", "host without a way", "number without a trunk"],
)
def test_nobody_is_said_to_ring_where_nobody_was_called(to: Callee) -> None:
    async def scenario() -> None:
        async with office() as (small, ()):
            small.exchange.place(replace(wanted(BOB), to=to, status_callback=ALL))
            assert await small.exchange.drain(30)
            await asyncio.sleep(1)
            assert told(small) == [("initiated", "failed", 0), ("completed", "failed", 1)]
            assert [call.status for call in small.store.calls.history] == ["queued", "failed"]

    run(scenario())


def test_a_callee_rings_with_180_or_183_and_the_news_say_when() -> None:
    async def scenario() -> None:
        async with office(31) as (small, (phone,)):
            small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            session = await phone.invited.get()
            for status in (181, 182):
                await asyncio.sleep(1)
                session.ring(phone.driver.now(), status)
                phone.driver.flush()
            await asyncio.sleep(1)
            assert [event for event, _, _ in told(small)] == ["initiated"]
            session.ring(phone.driver.now(), 183)
            phone.driver.flush()
            await asyncio.sleep(1)
            initiated, ringing = small.bookshelf.progress
            assert ringing.event is ProgressEvent.RINGING
            assert (ringing.call.updated_at - initiated.call.updated_at).total_seconds() == pytest.approx(
                3, abs=0.1
            )
            session.reject(486, phone.driver.now())
            phone.driver.flush()
            assert await small.exchange.drain(30)

    run(scenario())


def test_a_domain_is_told_the_end_of_its_calls() -> None:
    domain = replace(DOMAIN, voice_status_callback_url=NEWS, voice_status_callback_method="GET")

    async def scenario() -> None:
        async with small_exchange(
            {"http://app.test/voice": "<Response><Say>Hi.</Say></Response>"}, domain
        ) as small:
            call = await small.call()
            await call.ended()
            await small.exchange.drain(30)
            (news,) = small.bookshelf.progress
            assert (news.event, news.method) == (ProgressEvent.COMPLETED, "GET")

    run(scenario())


def test_a_caller_that_is_sent_away_before_the_answer_is_told_of_with_our_response() -> None:
    async def scenario() -> None:
        documents = {"http://app.test/voice": "<Response><Pause length='60'/></Response>"}
        async with small_exchange(documents, replace(DOMAIN, voice_status_callback_url=NEWS)) as small:
            call = await small.dial()
            await asyncio.sleep(1)
            sid = small.store.calls.last.sid
            await small.exchange.update(ACCOUNT.sid, sid, CallUpdate(status=CallStatus.CANCELED))
            end = await call.ended()
            await small.exchange.drain(30)
            (news,) = small.bookshelf.progress
            assert (news.call.status, news.call.sip_response_code) == (CallStatus.CANCELED, 480)
            assert end.sip_status == 480

    run(scenario())


def test_while_a_call_lives_the_store_knows_who_is_owed_its_end() -> None:
    async def scenario() -> None:
        async with office(27) as (small, (phone,)):
            known = small.store.subscriptions.kept
            record = small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            assert (known[record.sid].url, known[record.sid].sequence_number) == (NEWS, 0), (
                "before it is dialled"
            )
            leg = await phone.ringing()
            await asyncio.sleep(0.1)
            assert known[record.sid].sequence_number == 2
            leg.answer()
            await asyncio.sleep(0.1)
            assert known[record.sid] == Subscription(
                record.sid,
                ACCOUNT.sid,
                record.created_at,
                NEWS,
                "POST",
                frozenset({"initiated", "ringing", "answered", "completed"}),
                3,
            )
            elsewhere = StatusCallback("http://app.test/elsewhere", "GET")
            await small.exchange.update(ACCOUNT.sid, record.sid, CallUpdate(status_callback=elsewhere))
            assert (known[record.sid].url, known[record.sid].method) == (elsewhere.url, "GET")
            await small.exchange.update(ACCOUNT.sid, record.sid, CallUpdate(status=CallStatus.COMPLETED))
            await small.exchange.drain(30)
            assert small.bookshelf.progress[-1].event is ProgressEvent.COMPLETED
            assert known == {}

    run(scenario())


def test_who_does_not_ask_for_the_end_is_not_remembered() -> None:
    ringing = StatusCallback(NEWS, "POST", frozenset({ProgressEvent.RINGING}))

    async def scenario() -> None:
        async with office(28) as (small, (phone,)):
            small.exchange.place(replace(wanted(BOB), status_callback=ringing))
            await phone.ringing()
            await asyncio.sleep(0.1)
            assert [event for event, _, _ in told(small)] == ["ringing"]
            assert small.store.subscriptions.kept == {}

    run(scenario())


def test_an_update_sends_what_follows_elsewhere_and_numbers_go_on() -> None:
    async def scenario() -> None:
        async with office(24) as (small, (phone,)):
            record = small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            (await phone.ringing()).answer()
            await asyncio.sleep(0.1)
            elsewhere = StatusCallback("http://app.test/elsewhere")
            await small.exchange.update(
                ACCOUNT.sid, record.sid, CallUpdate(status=CallStatus.COMPLETED, status_callback=elsewhere)
            )
            await small.exchange.drain(30)
            last = small.bookshelf.progress[-1]
            assert (last.url, last.event, last.sequence_number) == (elsewhere.url, ProgressEvent.COMPLETED, 3)

    run(scenario())


@pytest.mark.parametrize(("status", "code"), [(500, 15003), (None, 11200)])
def test_news_that_nobody_takes_are_noted_and_the_next_ones_go_out(status: int | None, code: int) -> None:
    async def scenario() -> None:
        async with office(25) as (small, (phone,)):
            taken = small.bookshelf.deliver

            async def fail_at_first(news: News) -> None:
                if isinstance(news, ProgressNews) and news.event is ProgressEvent.INITIATED:
                    raise WebhookError(11200, "no", url=news.url, status=status)
                await taken(news)

            small.bookshelf.deliver = fail_at_first  # type: ignore[method-assign]
            small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            (await phone.ringing()).answer()
            await small.exchange.drain(30)
            assert small.store.notifications.codes == [code]
            assert [event for event, _, _ in told(small)] == ["ringing", "answered", "completed"]

    run(scenario())


def test_a_slow_application_holds_no_call_up_and_gets_its_news_in_order() -> None:
    async def scenario() -> None:
        async with office(26) as (small, (phone,)):
            small.bookshelf.delay_s = 10.0
            small.exchange.place(replace(wanted(BOB), status_callback=ALL))
            (await phone.ringing()).answer()
            assert await small.exchange.drain(30)
            assert told(small) == [], "the call was over before the first was taken"
            await asyncio.sleep(41)
            assert [number for _, _, number in told(small)] == [0, 1, 2, 3]

    run(scenario())
