"""Messages between an account and the peer of its call, in virtual time: what each side hears, and when."""

import asyncio
import json

import pytest

from offhook.base.redact import Secret
from offhook.call.message_carrier import CarrierBusyError, CarrierError, NotTakenError, Reception
from offhook.call.sip_messages import WAITING_MAX, SipMessages
from offhook.call.user_messages import (
    KEYS_MAX,
    SUBSCRIPTIONS_MAX,
    SubscriptionOrder,
    TooManySubscriptionsError,
)
from offhook.model.call import CallStatus
from offhook.model.user_defined_message import ContentError, UserDefinedMessage
from offhook.phone.phone_call import PhoneCall
from offhook.sip.event import MessageAnswered, MessageReceived
from offhook.sip.message import Response
from offhook.sip.parser import parse_message
from offhook.sip.session.message import send_message
from offhook.sip.session.state import Occasion
from offhook.sip.settings import Limits
from offhook.switchboard.update_call import NotInProgressError
from offhook.trace.ports import Happening
from offhook.webhook.ports import EventNews, News, WebhookError
from tests.support.memory_store import ACCOUNT, DOMAIN
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office, wanted

VOICE = "http://app.test/voice"
DOCUMENTS = {VOICE: "<Response><Say>Hello.</Say><Pause length='600'/></Response>"}
RINGS = {VOICE: "<Response><Pause length='30'/><Reject/></Response>"}
HEARD = "http://app.test/heard"
ORDER = SubscriptionOrder(HEARD, "POST", Secret("token"))


class Ear:
    """What the phone hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.bad: list[ContentError] = []
        self.reception = Reception.HEARD

    def handle_message(self, content: str) -> Reception:
        self.heard.append(content)
        return self.reception

    def handle_bad_message(self, error: ContentError) -> None:
        self.bad.append(error)


class Deaf(SipMessages):
    """Answers nothing."""

    def handle_event(self, event: MessageReceived | MessageAnswered) -> None:
        """Whatever comes."""


async def called(small: SmallExchange) -> tuple[PhoneCall, Ear, str]:
    """A call that is up, its phone's ear and its Sid."""
    call, ear = await small.call(), Ear()
    call.hear_messages(ear)
    return call, ear, small.store.calls.last.sid


async def send(
    small: SmallExchange, sid: str, content: str = "{}", key: str | None = None
) -> UserDefinedMessage:
    return await small.exchange.send_message(ACCOUNT.sid, sid, content, key)


def told(small: SmallExchange, url: str = HEARD) -> list[dict[str, str]]:
    news = (each for each in small.bookshelf.delivered if isinstance(each, EventNews))
    return [dict(each.parameters) for each in news if each.url == url]


def statuses(small: SmallExchange, sid: str) -> list[int]:
    """What MESSAGEs of the call were answered with, from either side."""
    trace = small.traces.trace(sid)
    assert trace is not None
    messages = [
        parse_message(each.data, Limits()) for each in trace.entries if not isinstance(each, Happening)
    ]
    return [m.status for m in messages if isinstance(m, Response) and m.cseq.method == "MESSAGE"]


async def say(call: PhoneCall, small: SmallExchange, kind: str, body: bytes) -> None:
    """Something that no phone of ours would send."""
    call._leg.session.message(kind, body, small.caller.now())
    small.caller.flush()
    await asyncio.sleep(1)


def test_messages_of_the_account_reach_the_phone_in_their_order() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            sent = await asyncio.gather(*(send(small, sid, json.dumps(n)) for n in range(5)))
            assert ear.heard == ["0", "1", "2", "3", "4"]
            assert len({each.sid for each in sent}) == 5
            assert {(each.account_sid, each.call_sid, each.sid[:2]) for each in sent} == {
                (ACCOUNT.sid, sid, "KX")
            }
            assert small.store.notifications.codes == []

    run(scenario())


def test_messages_of_the_phone_are_told_to_every_subscription_from_number_one() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, _, sid = await called(small)
            await call.send_message('"before"')
            first = small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            await call.send_message('{"key": "välue"}')
            late = SubscriptionOrder("http://app.test/late", "GET", Secret("token"))
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, late, None)
            await call.send_message("2")
            assert small.exchange.unsubscribe_messages(ACCOUNT.sid, sid, first.sid)
            assert not small.exchange.unsubscribe_messages(ACCOUNT.sid, sid, first.sid)
            await call.send_message("3")
            await asyncio.sleep(1)
            heard, late_heard = told(small), told(small, "http://app.test/late")
            assert list(heard[0]) == [
                "CallSid",
                "AccountSid",
                "Sid",
                "Content",
                "ContentType",
                "SequenceNumber",
            ]
            assert (heard[0]["CallSid"], heard[0]["AccountSid"]) == (sid, ACCOUNT.sid)
            assert heard[0]["ContentType"] == "application/json"
            assert [(each["Content"], each["SequenceNumber"]) for each in heard] == [
                ('{"key": "välue"}', "1"),
                ("2", "2"),
            ]
            assert [(each["Content"], each["SequenceNumber"]) for each in late_heard] == [
                ("2", "1"),
                ("3", "2"),
            ]
            assert heard[1]["Sid"] == late_heard[0]["Sid"] != heard[0]["Sid"]
            assert heard[0]["Sid"].startswith("KX")
            (news, *_) = (each for each in small.bookshelf.delivered if isinstance(each, EventNews))
            assert news.auth_token is ORDER.auth_token

    run(scenario())


def test_the_phone_hears_200_where_nobody_listens_and_202_where_it_is_passed_on() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, _, sid = await called(small)
            await call.send_message("1")
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            await call.send_message("2")
            assert statuses(small, sid) == [200, 202]

    run(scenario())


def test_a_phone_that_takes_no_messages_is_sent_none() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS, caller_takes_messages=False) as small:
            _, ear, sid = await called(small)
            for _ in range(2):
                with pytest.raises(NotTakenError, match="MESSAGE is not in its Allow"):
                    await send(small, sid, key="k")
            assert (ear.heard, statuses(small, sid)) == ([], [])

    run(scenario())


def test_a_message_that_the_phone_refuses_is_no_success() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            ear.reception = Reception.NO_ROOM
            with pytest.raises(CarrierError, match="answered 480 Temporarily Unavailable"):
                await send(small, sid, key="k")
            ear.reception = Reception.HEARD
            with pytest.raises(CarrierError, match="answered 480"):
                await send(small, sid, key="k")
            assert len(ear.heard) == 1, "a message that left is not sent again for the same key"
            await send(small, sid, key="another")
            assert len(ear.heard) == 2

    run(scenario())


def test_a_phone_that_does_not_answer_is_waited_for_ten_seconds() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, ear, sid = await called(small)
            loop = asyncio.get_running_loop()
            hearing, call._leg.messages = call._leg.messages, Deaf(small.caller, lambda: None)
            began = loop.time()
            with pytest.raises(CarrierError, match="did not answer within 10 s"):
                await send(small, sid)
            assert loop.time() - began == pytest.approx(10.0, abs=0.1)
            call._leg.messages = hearing
            with pytest.raises(CarrierError, match="a message before it has had no answer"):
                await send(small, sid, '"next"', "k")
            assert ear.heard == [], "the first one is still out"
            await asyncio.sleep(20)
            await send(small, sid, '"last"', "k")
            assert ear.heard == ['"last"'], "a message that never left frees its key"

    run(scenario())


def test_a_phone_that_takes_none_any_more_is_sent_no_more_of_those_that_wait() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            live = small.exchange._services.live_calls.find(ACCOUNT.sid, sid)
            assert live is not None
            waiting = [asyncio.create_task(send(small, sid, str(n))) for n in range(3)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            live.call.leg.session.the_usage().remote_allow = frozenset()
            assert (await waiting[0]).call_sid == sid
            for each in waiting[1:]:
                with pytest.raises(CarrierError, match="MESSAGE is not in its Allow"):
                    await each
            assert ear.heard == ["0"]

    run(scenario())


def test_the_same_key_is_the_same_answer_and_one_message() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            first, again = await asyncio.gather(send(small, sid, "1", "k"), send(small, sid, "1", "k"))
            third = await send(small, sid, "another", "k")
            assert first == again == third
            assert ear.heard == ["1"]
            assert await send(small, sid, "1", "other") != first
            assert (await send(small, sid, "1")).sid != (await send(small, sid, "1")).sid
            assert ear.heard == ["1"] * 4

    run(scenario())


def test_who_goes_away_leaves_the_message_to_those_who_ask_again() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            gone = asyncio.create_task(send(small, sid, "1", "k"))
            await asyncio.sleep(0)
            gone.cancel()
            await send(small, sid, "1", "k")
            assert ear.heard == ["1"]

    run(scenario())


def test_keys_are_kept_up_to_a_number() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            for number in range(KEYS_MAX + 1):
                await send(small, sid, "1", str(number))
            await send(small, sid, "1", "1")
            assert len(ear.heard) == KEYS_MAX + 1
            await send(small, sid, "1", "0")
            assert len(ear.heard) == KEYS_MAX + 2, "the oldest has made room"

    run(scenario())


def test_a_subscription_with_a_known_key_is_the_one_there_was() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, _, sid = await called(small)
            first = small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, "k")
            assert small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, "k") == first
            assert small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, "other") != first
            await call.send_message("1")
            await asyncio.sleep(1)
            assert len(told(small)) == 2

    run(scenario())


def test_messages_and_subscriptions_are_bounded() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            outcomes = await asyncio.gather(
                *(send(small, sid, str(n)) for n in range(WAITING_MAX + 2)), return_exceptions=True
            )
            assert [type(each) for each in outcomes[WAITING_MAX:]] == [CarrierBusyError] * 2
            assert ear.heard == [str(n) for n in range(WAITING_MAX)]
            for _ in range(SUBSCRIPTIONS_MAX):
                small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            with pytest.raises(TooManySubscriptionsError, match="more than 10"):
                small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)

    run(scenario())


def test_a_call_that_ends_takes_everything_with_it() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, _, sid = await called(small)
            subscription = small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            call._leg.messages = Deaf(small.caller, lambda: None)
            waiting = [asyncio.create_task(send(small, sid)) for _ in range(2)]
            await asyncio.sleep(1)
            await call.hang_up()
            for each in waiting:
                with pytest.raises(CarrierError, match="the call ended before"):
                    await each
            await asyncio.sleep(60)
            with pytest.raises(NotInProgressError, match="Cannot send a message"):
                await send(small, sid)
            with pytest.raises(NotInProgressError, match="Cannot subscribe"):
                small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            assert not small.exchange.unsubscribe_messages(ACCOUNT.sid, sid, subscription.sid)

    run(scenario())


def test_before_the_answer_there_are_subscriptions_and_no_messages() -> None:
    async def scenario() -> None:
        async with small_exchange(RINGS) as small:
            call = await small.dial()
            await asyncio.sleep(1)
            sid = small.store.calls.last.sid
            with pytest.raises(NotInProgressError):
                await send(small, sid)
            assert small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None).call_sid == sid
            await call.hang_up()

    run(scenario())


def test_a_call_of_another_account_is_none() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            _, ear, sid = await called(small)
            stranger = "AC" + "9" * 32
            with pytest.raises(NotInProgressError):
                await small.exchange.send_message(stranger, sid, "{}", None)
            with pytest.raises(NotInProgressError):
                small.exchange.subscribe_messages(stranger, sid, ORDER, None)
            mine = small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            assert not small.exchange.unsubscribe_messages(stranger, sid, mine.sid)
            assert ear.heard == []

    run(scenario())


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("text/plain", b"hello", 415, 32701),
        ("application/json;charset=utf-16", b"{}", 415, 32701),
        ("application/json", b"hello", 400, 32702),
        ("application/json", b"[" * 10_000, 400, 32702),
        ("application/json", b'"%s"' % (b"x" * 10_000), 413, 32703),
    ],
)
def test_what_is_no_message_is_refused_and_noted_once(kind: str, body: bytes, status: int, code: int) -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, _, sid = await called(small)
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            for _ in range(3):
                await say(call, small, kind, body)
            assert statuses(small, sid) == [status] * 3
            assert small.store.notifications.codes == [code]
            assert f"refused with {status}" in small.store.notifications.history[0].message_text
            assert told(small) == []
            await call.send_message("1")
            await asyncio.sleep(1)
            assert [each["SequenceNumber"] for each in told(small)] == ["1"]

    run(scenario())


def test_a_callback_that_fails_is_noted_and_the_next_one_is_told() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            deliver, failures = small.bookshelf.deliver, [500, None]

            async def failing(news: News) -> None:
                if failures and isinstance(news, EventNews):
                    status = failures.pop(0)
                    raise WebhookError(11200, "it failed", url=HEARD, status=status)
                await deliver(news)

            small.bookshelf.deliver = failing  # type: ignore[method-assign]
            call, _, sid = await called(small)
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            for number in range(3):
                await call.send_message(str(number))
            await asyncio.sleep(1)
            assert small.store.notifications.codes == [32711, 32711]
            assert [(each["Content"], each["SequenceNumber"]) for each in told(small)] == [("2", "3")]

    run(scenario())


def test_a_callback_that_does_not_keep_up_holds_the_phone_back() -> None:
    async def scenario() -> None:
        async with small_exchange(DOCUMENTS) as small:
            call, _, sid = await called(small)
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            small.bookshelf.delay_s = 300.0
            for number in range(64):
                await call.send_message(str(number))
            with pytest.raises(CarrierError, match="answered 480"):
                await call.send_message('"one too many"')
            quick = SubscriptionOrder("http://app.test/quick", "POST", Secret("token"))
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, quick, None)
            await call.send_message('"for the quick one"')
            assert small.store.notifications.codes == [32710]
            small.bookshelf.delay_s = 0.0
            await asyncio.sleep(301)
            await call.send_message('"for both"')
            await asyncio.sleep(1)
            assert [each["SequenceNumber"] for each in told(small)] == [str(n) for n in range(1, 66)]
            assert [each["Content"] for each in told(small, quick.url)] == [
                '"for the quick one"',
                '"for both"',
            ]

    run(scenario())


def test_what_a_callee_says_while_it_rings_is_answered_and_the_call_goes_on() -> None:
    async def scenario() -> None:
        async with office(1) as (small, (phone,)):
            small.exchange.place(wanted(f"sip:bob@{DOMAIN.domain_name}"))
            leg = await phone.ringing()
            await asyncio.sleep(1)
            sid = small.store.calls.last.sid
            small.exchange.subscribe_messages(ACCOUNT.sid, sid, ORDER, None)
            send_message(leg.session, "application/json", b'"early"', Occasion(phone.driver.now()))
            phone.driver.flush()
            await asyncio.sleep(1)
            assert statuses(small, sid) == [202]
            leg.answer()
            assert await small.exchange.drain(30)
            assert small.store.calls.last.status is CallStatus.COMPLETED
            assert [each["Content"] for each in told(small)] == ['"early"']

    run(scenario())
