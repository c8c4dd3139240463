"""Files to be played and news for an application: what is asked, what is taken, what is refused."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from twilio.request_validator import RequestValidator

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.model.call import Call, CallStatus, Direction
from offhook.webhook import answer as answers
from offhook.webhook.client import AiohttpWebhookClient
from offhook.webhook.freshness import LONGEST_S, freshness
from offhook.webhook.ports import (
    FetchedMedia,
    MediaRequest,
    ProgressEvent,
    ProgressNews,
    Validators,
    WebhookError,
)
from offhook.webhook.settings import Settings
from tests.support.web_application import Answer, Application, answer, hang_up, redirect, running_application

T = TypeVar("T")
TOKEN = Secret("5ecret")
FILE = bytes(range(256)) * 400
NOON = datetime(2026, 11, 26, 10, tzinfo=UTC)
ENDED = Call(
    sid="CA" + "1" * 32,
    account_sid="AC" + "2" * 32,
    direction=Direction.OUTBOUND_API,
    to="sip:bob@host",
    from_="sip:desk@host",
    status=CallStatus.COMPLETED,
    created_at=NOON,
    updated_at=NOON + timedelta(minutes=2),
    answered_at=NOON,
    ended_at=NOON + timedelta(seconds=61),
    sip_response_code=200,
)


def with_application(
    *given: Answer, script: Callable[[AiohttpWebhookClient, Application], Awaitable[T]]
) -> T:
    async def run() -> T:
        async with running_application(*given) as app:
            client = AiohttpWebhookClient(Settings(allow_private=True), SeededChance(1))
            try:
                return await script(client, app)
            finally:
                await client.close()

    return asyncio.run(run())


def fetched(*given: Answer, known: Validators | None = None) -> tuple[FetchedMedia, Application]:
    async def script(client: AiohttpWebhookClient, app: Application) -> tuple[FetchedMedia, Application]:
        request = MediaRequest(f"{app.url}/hello.mp3", TOKEN, known or Validators())
        return await client.conversation().fetch_media(request), app

    return with_application(*given, script=script)


def failure(*given: Answer) -> WebhookError:
    with pytest.raises(WebhookError) as caught:
        fetched(*given)
    return caught.value


def test_a_file_comes_with_its_type_and_what_to_ask_with_next_time() -> None:
    headers = ('ETag: "v1"', "Last-Modified: Thu, 26 Nov 2026 10:00:00 GMT", "Cache-Control: max-age=60")
    media, app = fetched(answer(FILE, 200, "Audio/MPEG; x=y", *headers))
    assert media == FetchedMedia(
        f"{app.url}/hello.mp3",
        "audio/mpeg",
        FILE,
        Validators('"v1"', "Thu, 26 Nov 2026 10:00:00 GMT"),
        60.0,
    )
    (asked,) = app.requests
    assert (asked.method, asked.target, asked.body) == ("GET", "/hello.mp3", b"")
    signature = asked.headers["x-twilio-signature"]
    assert RequestValidator(TOKEN.reveal()).validate(f"{app.url}/hello.mp3", {}, signature)


def test_what_we_have_is_asked_for_by_its_validators_and_may_be_the_same_still() -> None:
    known = Validators('"v1"', "Thu, 26 Nov 2026 10:00:00 GMT")
    media, app = fetched(answer(b"", 304, None, "Cache-Control: max-age=30"), known=known)
    assert (media.data, media.fresh_s) == (None, 30.0)
    (asked,) = app.requests
    assert asked.headers["if-none-match"] == '"v1"'
    assert asked.headers["if-modified-since"] == known.modified


def test_redirects_and_compression_are_undone() -> None:
    media, app = fetched(
        redirect("/moved"), answer(gzip.compress(FILE), 200, "audio/wav", "Content-Encoding: gzip")
    )
    assert (media.url, media.data) == (f"{app.url}/moved", FILE)


def test_a_file_that_is_too_large_is_refused_as_soon_as_that_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "MEDIA_MAX", 1000)
    assert failure(answer(FILE, 200, "audio/wav")).code == 11750
    bomb = gzip.compress(bytes(100_000))
    assert failure(answer(bomb, 200, "audio/wav", "Content-Encoding: gzip")).code == 11750


@pytest.mark.parametrize(
    ("given", "code"), [(answer(b"", 404), 11200), (answer(b"", 500), 11200), (hang_up, 11205)]
)
def test_a_file_that_does_not_come_says_why(given: Answer, code: int) -> None:
    assert failure(given).code == code


def news(url: str, method: str = "POST", event: ProgressEvent = ProgressEvent.COMPLETED) -> ProgressNews:
    is_end = event is ProgressEvent.COMPLETED
    call = replace(ENDED, status=CallStatus.COMPLETED if is_end else CallStatus.RINGING)
    return ProgressNews(url, method, event, call, 2, TOKEN)


def told(given: Answer, method: str = "POST", event: ProgressEvent = ProgressEvent.COMPLETED) -> Application:
    async def script(client: AiohttpWebhookClient, app: Application) -> Application:
        await client.deliver(news(f"{app.url}/news", method, event))
        return app

    return with_application(given, script=script)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_news_are_signed_and_their_answer_is_not_read(method: str) -> None:
    app = told(answer(b"x" * 200_000, 200, "image/png"), method)
    (asked,) = app.requests
    given = asked.form if method == "POST" else asked.query
    url, form = (f"{app.url}/news", dict(given)) if method == "POST" else (f"{app.url}{asked.target}", {})
    assert RequestValidator(TOKEN.reveal()).validate(url, form, asked.headers["x-twilio-signature"])
    assert dict(given) == {
        "CallSid": ENDED.sid,
        "AccountSid": ENDED.account_sid,
        "ApiVersion": "2010-04-01",
        "CallStatus": "completed",
        "Direction": "outbound-api",
        "From": "sip:desk@host",
        "To": "sip:bob@host",
        "Caller": "sip:desk@host",
        "Called": "sip:bob@host",
        "CallDuration": "61",
        "Duration": "2",
        "SipResponseCode": "200",
        "Timestamp": "Thu, 26 Nov 2026 10:02:00 +0000",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "2",
    }


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (ProgressEvent.INITIATED, "initiated"),
        (ProgressEvent.RINGING, "ringing"),
        (ProgressEvent.ANSWERED, "in-progress"),
    ],
)
def test_before_the_end_the_status_is_the_events_and_there_is_no_duration(
    event: ProgressEvent, status: str
) -> None:
    (asked,) = told(answer(b"", 204), event=event).requests
    given = dict(asked.form)
    assert given["CallStatus"] == status
    assert "CallDuration" not in given


@pytest.mark.parametrize("status", [304, 404, 503])
def test_news_that_are_refused_say_so(status: int) -> None:
    with pytest.raises(WebhookError) as caught:
        told(answer(b"", status, None))
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Cache-Control": "max-age=60"}, 60.0),
        ({"Cache-Control": "public, MAX-AGE = 60", "Age": "45"}, 15.0),
        ({"Cache-Control": "max-age=60", "Age": "99"}, 0.0),
        ({"Cache-Control": "max-age=60, s-maxage=5"}, 5.0),
        ({"Cache-Control": 'max-age="7"'}, 7.0),
        ({"Cache-Control": "max-age=99999999999999999999"}, LONGEST_S),
        ({"Cache-Control": "max-age=-1"}, 0.0),
        ({"Cache-Control": "no-cache, max-age=60"}, 0.0),
        ({"Cache-Control": "no-store"}, None),
        ({"Cache-Control": "private, max-age=60"}, None),
        ({"Cache-Control": "max-age=60", "Age": "soon"}, 60.0),
    ],
)
def test_rfc9111_how_long_an_answer_may_be_used_again(headers: dict[str, str], seconds: float | None) -> None:
    assert freshness(headers) == seconds
