"""News that outlive the node: what a courier leaves the next one carries, in virtual time."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import structlog.testing

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.call import outbox
from offhook.call.courier import LEFT_AT_ONCE, Courier
from offhook.call.ledger import Ledger
from offhook.call.news_text import NewsTextError, from_text, to_text
from offhook.call.outbox import PAGE
from offhook.model.call import Call, CallStatus
from offhook.model.conference import ConferenceEnding, Departure, Participant
from offhook.model.notification import RequestSummary
from offhook.model.recording import RecordingStatus
from offhook.store.ports import Store, StoreBusyError
from offhook.webhook.ports import (
    ConferenceEvent,
    ConferenceNews,
    EventNews,
    News,
    ProgressEvent,
    ProgressNews,
    RecordingNews,
    WebhookError,
)
from tests.support.bookshelf import Bookshelf
from tests.support.clock import LoopClock
from tests.support.memory_store import ACCOUNT, MemoryStore
from tests.support.stores import BORN, account, call, conference, numbered, opened, recording
from tests.support.virtual_time import run

URL = "http://user:secret@app.test/news#rc=2"


class LaterClock(LoopClock):
    """A clock that can be put on."""

    later = timedelta()

    def utc_now(self) -> datetime:
        return super().utc_now() + self.later


def a_call(number: int = 1) -> Call:
    return replace(call(number), account_sid=ACCOUNT.sid, status=CallStatus.COMPLETED, answered_at=BORN)


def news_of(one: Call, number: int = 0) -> ProgressNews:
    return ProgressNews(URL, "POST", ProgressEvent.COMPLETED, one, number, ACCOUNT.auth_token)


def plain(news: News) -> News:
    """Without the secret, which does not compare."""
    return replace(news, auth_token=NO_TOKEN)


NO_TOKEN = Secret("")


@dataclass
class Hung(Bookshelf):
    """An application that never answers."""

    documents: dict[str, str | int] = field(default_factory=dict)

    async def deliver(self, news: News) -> None:
        await asyncio.Event().wait()


def courier(store: Store, webhook: Bookshelf, clock: LoopClock | None = None) -> Courier:
    return Courier(webhook, store, Ledger(store, clock or LoopClock(), SeededChance(1)))


def numbers(shelf: Bookshelf) -> list[tuple[str, int]]:
    return [(news.call.sid, news.sequence_number) for news in shelf.progress]


@pytest.mark.parametrize(
    "news",
    [
        news_of(a_call()),
        ProgressNews(
            "http://x", "GET", ProgressEvent.INITIATED, replace(a_call(), from_="\ud800\0é"), 3, NO_TOKEN
        ),
        RecordingNews(URL, "GET", recording(), "http://api.test/RE", NO_TOKEN),
        EventNews(URL, "POST", (("AnsweredBy", "human"), ("Note", "\ud800")), NO_TOKEN),
        EventNews(URL, "POST", (), NO_TOKEN, a_call()),
        ConferenceNews(
            URL,
            "POST",
            ConferenceEvent.PARTICIPANT_LEAVE,
            replace(conference(), reason_ended=ConferenceEnding.MODERATOR_LEFT),
            7,
            BORN,
            NO_TOKEN,
            participant=Participant(
                "CA1", "AC1", "CF1", BORN, BORN, CallStatus.COMPLETED, label="\ud800", is_coaching=True
            ),
            departure=Departure.HUNG_UP,
            reason="left",
            announce_url="http://x/y",
        ),
        ConferenceNews(URL, "GET", ConferenceEvent.CONFERENCE_START, conference(), 1, BORN, NO_TOKEN),
        RecordingNews(
            URL,
            "POST",
            replace(
                recording(), status=RecordingStatus.ABSENT, started_at=None, call_sid=None, error_code=16101
            ),
            "http://api.test/RE",
            NO_TOKEN,
        ),
    ],
)
def test_news_are_the_same_after_they_were_text(news: News) -> None:
    text = to_text(news)
    assert ACCOUNT.auth_token.reveal() not in text
    again = from_text(text, Secret("the account's"))
    assert again.auth_token.reveal() == "the account's"
    assert repr(plain(again)) == repr(plain(news))


def test_a_field_of_another_version_is_passed_over_or_has_its_default() -> None:
    text = to_text(news_of(a_call()))
    newer = from_text(text.replace('"event":', '"colour":"red","event":'), NO_TOKEN)
    older = from_text(text.replace('"sip_response_code":null', '"colour":"red"'), NO_TOKEN)
    assert repr(newer) == repr(older) == repr(plain(news_of(a_call())))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"kind":"SmsNews"}',
        '{"kind":"ProgressNews"}',
        to_text(news_of(a_call())).replace('"completed"', '"sung"'),
        to_text(news_of(a_call())).replace('"sequence_number":0', '"sequence_number":"0"'),
        to_text(news_of(a_call())).replace("2026-", "someday-"),
    ],
)
def test_what_is_no_news_is_refused(text: str) -> None:
    with pytest.raises(NewsTextError):
        from_text(text, NO_TOKEN)


def test_what_was_delivered_or_given_up_is_not_kept() -> None:
    async def scenario() -> None:
        store, shelf = MemoryStore(), Bookshelf({}, delay_s=1.0)
        sender = courier(store.as_store, shelf)
        sender.send(a_call(), news_of(a_call()))
        assert list(store.callbacks.kept) == [1], "it is kept before it goes out"
        await sender.drain(10)
        assert numbers(shelf) == [(a_call().sid, 0)]
        assert store.callbacks.kept == {}

        asked = RequestSummary("POST", "http://app.test/news", "CallSid=CA1", "Server=x", "Traceback")

        async def refuse(news: News) -> None:
            raise WebhookError(11200, "no", url=news.url, status=500, request=asked)

        shelf.deliver = refuse  # type: ignore[method-assign]
        sender.send(a_call(), news_of(a_call(), 1))
        await sender.drain(10)
        assert store.callbacks.kept == {}
        (noted,) = store.notifications.history
        assert (noted.error_code, noted.request_method, noted.request_url) == (
            15003,
            "POST",
            "http://app.test/news",
        )
        assert "secret" not in noted.message_text
        assert noted.request_variables == "CallSid=CA1"
        assert (noted.response_headers, noted.response_body) == ("Server=x", "Traceback")

    run(scenario())


def test_what_is_told_on_a_line_of_its_own_holds_up_nothing_and_is_not_kept() -> None:
    async def scenario() -> None:
        store, shelf = MemoryStore(), Bookshelf({})
        sender, taken = courier(store.as_store, shelf), shelf.deliver
        events = [EventNews(URL, "POST", (("SequenceNumber", str(n)),), NO_TOKEN) for n in range(70)]

        async def slowly(news: News) -> None:
            if isinstance(news, EventNews):
                await asyncio.sleep(1)
            await taken(news)

        shelf.deliver = slowly  # type: ignore[method-assign]
        for event in events:
            sender.tell(a_call(), event, "speech of a call")
        assert store.callbacks.kept == {}
        sender.send(a_call(), news_of(a_call()))
        await asyncio.sleep(0.5)
        assert numbers(shelf) == [(a_call().sid, 0)], "long before the first event has arrived"
        assert await sender.drain(100)
        assert shelf.delivered[1:] == events[:64]
        assert store.notifications.codes == [15003] * 6

    run(scenario())


def test_the_next_node_carries_what_is_left_in_order_before_what_was_put_behind_it(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            await store.accounts.save(account(ACCOUNT.sid))
            dying = courier(store, Hung())
            for number in range(3):
                for one in (a_call(1), a_call(2)):
                    dying.send(one, news_of(one, number))
            await store.flushed()
            dying.close()
        async with opened(url) as store:
            shelf = Bookshelf({})
            living = courier(store, shelf)
            await living.open()
            living.leave(a_call(1), news_of(a_call(1), 3))
            left = living.carry_left()
            living.send(a_call(3), news_of(a_call(3), 0))
            await left
            assert await living.drain(10)
            by_call = {sid: [n for s, n in numbers(shelf) if s == sid] for sid, _ in numbers(shelf)}
            assert by_call == {a_call(1).sid: [0, 1, 2, 3], a_call(2).sid: [0, 1, 2], a_call(3).sid: [0]}
            token = account().auth_token.reveal()
            assert {news.auth_token.reveal() for news in shelf.progress} == {
                token,
                ACCOUNT.auth_token.reveal(),
            }
            assert await store.callbacks.last_number() == 0
            living.close()

    asyncio.run(scenario())


def test_much_that_is_left_is_carried_page_by_page_and_few_at_once() -> None:
    many = PAGE * 2 + 10

    async def scenario() -> None:
        store, shelf = MemoryStore(), Bookshelf({})
        dying = courier(store.as_store, Hung())
        for number in range(many):
            dying.send(a_call(number), news_of(a_call(number)))
        dying.close()
        at_once, most = 0, 0
        taken = shelf.deliver

        async def slowly(news: News) -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(1)
            at_once -= 1
            await taken(news)

        shelf.deliver = slowly  # type: ignore[method-assign]
        living = courier(store.as_store, shelf)
        await living.open()
        living.carry_left()
        await asyncio.sleep(many)
        assert sorted(sid for sid, _ in numbers(shelf)) == [numbered("CA", number) for number in range(many)]
        assert most == LEFT_AT_ONCE
        assert store.callbacks.kept == {}

    run(scenario())


def test_what_is_older_than_a_day_is_given_up_and_told() -> None:
    async def scenario() -> None:
        store, shelf, clock = MemoryStore(), Bookshelf({}), LaterClock()
        courier(store.as_store, Hung(), clock).leave(a_call(1), news_of(a_call(1)))
        clock.later = timedelta(hours=2)
        second = courier(store.as_store, Hung(), clock)
        await second.open()
        second.leave(a_call(2), news_of(a_call(2)))
        clock.later = timedelta(hours=25)
        living = courier(store.as_store, shelf, clock)
        await living.open()
        living.carry_left()
        await asyncio.sleep(1)
        assert numbers(shelf) == [(a_call(2).sid, 0)]
        (noted,) = store.notifications.history
        assert (noted.error_code, noted.call_sid, noted.account_sid) == (15003, a_call(1).sid, ACCOUNT.sid)
        assert store.callbacks.kept == {}

    run(scenario())


def test_what_nobody_can_read_or_nobody_owns_is_dropped_and_logged() -> None:
    async def scenario() -> None:
        store, shelf = MemoryStore(), Bookshelf({})
        stranger = replace(a_call(2), account_sid="AC" + "9" * 32)
        left = courier(store.as_store, Hung())
        for one in (a_call(1), stranger, a_call(3)):
            left.leave(one, news_of(one))
        store.callbacks.kept[1] = replace(store.callbacks.kept[1], news='{"kind":"SmsNews"}')
        living = courier(store.as_store, shelf)
        await living.open()
        with structlog.testing.capture_logs() as logs:
            living.carry_left()
            await asyncio.sleep(1)
        dropped = [entry["call_sid"] for entry in logs if entry["event"] == "call.callback_dropped"]
        assert dropped == [a_call(1).sid, stranger.sid]
        assert numbers(shelf) == [(a_call(3).sid, 0)]
        assert store.callbacks.kept == {}

    run(scenario())


def test_a_store_that_is_full_stops_no_callback() -> None:
    async def scenario() -> None:
        store, shelf = MemoryStore(), Bookshelf({})
        sender = courier(store.as_store, shelf)
        store.callbacks.is_full = True
        with structlog.testing.capture_logs() as logs:
            sender.send(a_call(), news_of(a_call(), 0))
            await sender.drain(10)
        assert [entry["event"] for entry in logs] == ["call.callback_not_kept"]
        store.callbacks.is_full = False
        sender.send(a_call(), news_of(a_call(), 1))
        store.callbacks.is_full = True
        with structlog.testing.capture_logs() as logs:
            await sender.drain(10)
        assert [entry["event"] for entry in logs] == ["call.callback_kept_too_long"]
        assert numbers(shelf) == [(a_call().sid, 0), (a_call().sid, 1)]
        assert list(store.callbacks.kept) == [1], "the next node tells it again"

    run(scenario())


def test_a_database_that_stalls_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        store, shelf = MemoryStore(), Bookshelf({})
        living = courier(store.as_store, shelf)
        living.leave(a_call(), news_of(a_call()))
        asked, load = 0, store.callbacks.load

        async def stalled(after: int, until: int, limit: int, *, node: str | None) -> object:
            nonlocal asked
            asked += 1
            if asked < 3:
                raise StoreBusyError("the database does not answer")
            return await load(after, until, limit, node=node)

        monkeypatch.setattr(store.callbacks, "load", stalled)
        living.carry_left()
        await asyncio.sleep(outbox.BUSY_RETRY_S * 3)
        assert numbers(shelf) == [(a_call().sid, 0)]

    run(scenario())


def test_closing_says_what_is_left_for_the_next_node_and_what_is_lost() -> None:
    async def scenario() -> None:
        store = MemoryStore()
        sender = courier(store.as_store, Hung())
        for number in range(2):
            sender.send(a_call(), news_of(a_call(), number))
        store.callbacks.is_full = True
        sender.send(a_call(2), news_of(a_call(2)))
        await asyncio.sleep(1)
        with structlog.testing.capture_logs() as logs:
            sender.close()
        assert [(log["event"], log["callbacks"], log["lost"]) for log in logs] == [
            ("call.callbacks_left", 2, 1)
        ]
        await asyncio.sleep(1)
        assert sorted(store.callbacks.kept) == [1, 2]

    run(scenario())
