"""The demo application, asked over HTTP by the node's own webhook client."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from offhook.base.redact import Secret
from offhook.demo.app import build_demo
from offhook.demo.recordings import MAX_BYTES, Recordings
from offhook.demo.signature import is_signed
from offhook.model.call import Call, CallStatus, Direction
from offhook.rest.server import HttpServer
from offhook.twiml.dial.sip import Sip
from offhook.twiml.document import Verb
from offhook.twiml.parser import parse
from offhook.twiml.ssml import words_of
from offhook.twiml.verbs.dial import Dial
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.record import Record
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.say import Say
from offhook.webhook.client import AiohttpWebhookClient
from offhook.webhook.ports import CallRequest, MediaRequest, SipParameters, WebhookError
from offhook.webhook.settings import Settings
from offhook.webhook.signature import sign
from tests.support.web_application import Answer, Application, answer, hang_up, running_application

NOW = datetime(2026, 1, 2, 15, 7, tzinfo=UTC)
TOKEN = Secret("5ecret")
CALL = Call(
    sid="CA" + "1" * 32,
    account_sid="AC" + "2" * 32,
    direction=Direction.INBOUND,
    to="sip:demo@demo.sip.localhost",
    from_="sip:alice@192.0.2.1:5060",
    status=CallStatus.RINGING,
    created_at=NOW,
    updated_at=NOW,
)
SIP = SipParameters("demo.sip.localhost", "SD" + "3" * 32, "abc", "192.0.2.1", None, ())


class StoppedClock:
    """Seven minutes past three in the afternoon."""

    def monotonic(self) -> float:
        return 0.0

    def utc_now(self) -> datetime:
        return NOW


PHONE = "sip:phone@demo.sip.localhost"
RECORDING = "RE" + "4" * 32


@asynccontextmanager
async def running_demo(api_url: str = "http://127.0.0.1:9") -> AsyncIterator[str]:
    """The base URL of a demo that is mounted under a prefix.

    api_url: of the REST API; by default nobody is there.
    """
    recordings = Recordings(lambda: api_url, CALL.account_sid, TOKEN)
    app = Starlette(routes=[Mount("/demo", build_demo(recordings, PHONE, StoppedClock(), UTC))])
    server = HttpServer(app, "127.0.0.1", 0)
    port = await server.start()
    try:
        yield f"http://127.0.0.1:{port}/demo"
    finally:
        await server.close()


def ask(
    path: str,
    digits: str | None = None,
    sip: SipParameters | None = SIP,
    call: Call = CALL,
    results: tuple[tuple[str, str], ...] = (),
) -> tuple[Verb, ...]:
    """The verbs of a faultless document."""
    given = results if digits is None else (("Digits", digits),)

    async def run() -> tuple[Verb, ...]:
        client = AiohttpWebhookClient(Settings(allow_private=True))
        async with running_demo() as base:
            request = CallRequest(base + path, "POST", call, sip, given, TOKEN)
            fetched = await client.conversation().fetch_document(request)
            await client.close()
        document = parse(fetched.twiml)
        assert document.problems == ()
        return document.verbs

    return asyncio.run(run())


def said(verb: Verb) -> str:
    assert isinstance(verb, Say)
    return words_of(verb.parts)


def prompt(verb: Verb) -> str:
    """What a Gather of the menu says."""
    assert isinstance(verb, Gather)
    assert (verb.action, verb.method, verb.num_digits, verb.timeout_s) == ("menu", "POST", 1, 5.0)
    (say,) = verb.prompts
    return said(say)


MENU = (
    "Press one for the time, or two to hear how you called. "
    "Press three to record a message, or four to ring the phone."
)


def test_the_first_document_welcomes_asks_twice_and_says_goodbye() -> None:
    first, second, last = ask("/voice")

    assert prompt(first) == f"Welcome to Offhook. {MENU}"
    assert prompt(second) == MENU
    assert said(last) == "Goodbye."


def test_the_menu_without_a_key_asks_twice_and_says_goodbye() -> None:
    for digits in (None, ""):
        first, second, last = ask("/menu", digits)

        assert prompt(first) == prompt(second) == MENU
        assert said(last) == "Goodbye."


def test_one_tells_the_time() -> None:
    (say,) = ask("/menu", "1")

    assert said(say) == "It is seven minutes past three in the afternoon. Goodbye."


def test_two_tells_how_the_caller_came() -> None:
    (say,) = ask("/menu", "2")

    assert said(say) == (
        "You called from alice at 192 dot 0 dot 2 dot 1 colon 5060, "
        "at the domain demo dot sip dot localhost. Goodbye."
    )


def test_two_without_a_domain_tells_the_address_alone() -> None:
    (say,) = ask("/menu", "2", sip=None)

    assert said(say) == "You called from alice at 192 dot 0 dot 2 dot 1 colon 5060. Goodbye."


def test_a_hostile_address_is_spoken_and_nothing_else() -> None:
    hostile = replace(CALL, from_='"</Say><Dial>1</Dial>" <sip:&amp;@' + "x" * 500 + ">")

    (say,) = ask("/menu", "2", call=hostile)

    assert said(say).startswith('You called from "</Say><Dial>')
    assert len(said(say)) < 300


def test_three_records() -> None:
    say, record = ask("/menu", "3")

    assert said(say) == "Speak after the tone, then press pound."
    assert isinstance(record, Record)
    assert (record.action, record.timeout_s, record.max_length_s) == ("recorded", 3, 30)


def test_what_was_recorded_is_played_back() -> None:
    results = (("RecordingSid", RECORDING), ("RecordingDuration", "2"))
    say, play, goodbye = ask("/recorded", results=results)

    assert (said(say), said(goodbye)) == ("You said:", "Goodbye.")
    assert isinstance(play, Play)
    assert play.url == f"recordings/{RECORDING}"


@pytest.mark.parametrize(
    "results",
    [
        (),
        (("RecordingSid", RECORDING),),
        (("RecordingSid", RECORDING), ("RecordingDuration", "0")),
        (("RecordingSid", "RE/../x"), ("RecordingDuration", "2")),
    ],
)
def test_silence_leads_back_to_the_menu(results: tuple[tuple[str, str], ...]) -> None:
    say, redirect = ask("/recorded", results=results)

    assert said(say) == "Nothing was recorded."
    assert redirect == Redirect("menu", "POST")


def fetch_recording(sid: str, *answers: Answer, token: Secret = TOKEN) -> tuple[bytes | None, Application]:
    """What a player gets of a recording, and what the API was asked for it."""

    async def run() -> tuple[bytes | None, Application]:
        client = AiohttpWebhookClient(Settings(allow_private=True))
        async with running_application(*answers) as api, running_demo(api.url) as base:
            request = MediaRequest(f"{base}/recordings/{sid}", token)
            try:
                media = await client.conversation().fetch_media(request)
            finally:
                await client.close()
            return media.data, api

    return asyncio.run(run())


def test_the_audio_is_fetched_with_the_accounts_credentials() -> None:
    data, api = fetch_recording(RECORDING, answer(b"RIFF", 200, "audio/x-wav"))

    (request,) = api.requests
    assert data == b"RIFF"
    assert request.target == f"/2010-04-01/Accounts/{CALL.account_sid}/Recordings/{RECORDING}.wav"
    login = b64encode(f"{CALL.account_sid}:{TOKEN.reveal()}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {login}"


@pytest.mark.parametrize(
    ("sid", "answers", "token", "status"),
    [
        (RECORDING, [answer(b"", 404)], TOKEN, 404),
        (RECORDING, [answer(b"", 401)], TOKEN, 502),
        (RECORDING, [hang_up], TOKEN, 502),
        (RECORDING, [answer(b"x" * MAX_BYTES)], TOKEN, 502),
        ("RE..", [answer(b"RIFF")], TOKEN, 404),
        (RECORDING, [answer(b"RIFF")], Secret("other"), 403),
    ],
    ids=["no such", "not allowed", "hangs up", "too long", "no Sid", "not signed"],
)
def test_audio_that_cannot_be_had(sid: str, answers: list[Answer], token: Secret, status: int) -> None:
    with pytest.raises(WebhookError) as caught:
        fetch_recording(sid, *answers, token=token)

    assert caught.value.status == status


def test_four_rings_the_phone() -> None:
    say, dial = ask("/menu", "4")

    assert said(say) == "Ringing the phone."
    assert isinstance(dial, Dial)
    assert (dial.action, dial.timeout_s) == ("dialled", 20)
    (noun,) = dial.nouns
    assert isinstance(noun, Sip)
    assert [target.uri for target in noun.targets] == [PHONE]


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ({"DialCallStatus": "completed"}, "Goodbye."),
        ({"DialCallStatus": "busy", "DialSipResponseCode": "486"}, "The phone is busy. Goodbye."),
        ({"DialCallStatus": "no-answer"}, "Nobody answered the phone. Goodbye."),
        (
            {"DialCallStatus": "failed", "DialSipResponseCode": "488", "DialSipCallId": "abc"},
            "The phone did not take the call. Goodbye.",
        ),
        (
            {"DialCallStatus": "failed", "DialSipResponseCode": "480"},
            "No phone is registered. The lines that were printed at the start register one. Goodbye.",
        ),
        ({}, "Goodbye."),
    ],
)
def test_the_caller_is_told_what_came_of_ringing(results: dict[str, str], words: str) -> None:
    (say,) = ask("/dialled", results=tuple(results.items()))

    assert said(say) == words


@pytest.mark.parametrize(("digit", "word"), [("9", "9"), ("0", "0"), ("*", "Star"), ("#", "Pound")])
def test_another_key_leads_back_to_the_menu(digit: str, word: str) -> None:
    say, redirect = ask("/menu", digit)

    assert said(say) == f"{word} is not on the menu."
    assert redirect == Redirect("menu", "POST")


@pytest.mark.parametrize("path", ["/voice", "/menu", "/recorded", "/dialled"])
def test_a_request_with_another_token_is_refused(path: str) -> None:
    async def run() -> int | None:
        client = AiohttpWebhookClient(Settings(allow_private=True))
        async with running_demo() as base:
            request = CallRequest(base + path, "POST", CALL, SIP, (), Secret("other"))
            with pytest.raises(WebhookError) as caught:
                await client.conversation().fetch_document(request)
            await client.close()
        return caught.value.status

    assert asyncio.run(run()) == 403


@pytest.mark.parametrize(
    ("method", "path", "signature", "body", "status"),
    [
        ("POST", "/voice", None, b"", 403),
        ("POST", "/voice", "\u00fc", b"", 403),
        ("POST", "/menu", "AAAA", b"\xff=%ff", 403),
        ("POST", "/voice", None, b"a=" + b"x" * 65_536, 413),
        ("GET", "/voice", None, b"", 405),
        ("GET", f"/recordings/{RECORDING}", None, b"", 403),
        ("POST", "/nowhere", None, b"", 404),
    ],
)
def test_what_is_refused(method: str, path: str, signature: str | None, body: bytes, status: int) -> None:
    async def run() -> int:
        headers = {} if signature is None else {"X-Twilio-Signature": signature}
        async with (
            running_demo() as base,
            aiohttp.ClientSession() as session,
            session.request(method, base + path, data=body, headers=headers, expect100=bool(body)) as answer,
        ):
            return answer.status

    assert asyncio.run(run()) == status


def test_the_check_is_the_one_that_the_platform_passes() -> None:
    form = (("b", "2"), ("a", "1"), ("b", "1"))
    url = f"http://h:1/x?{urlencode({'q': 'ü'})}"

    assert is_signed(sign(TOKEN, url, form), url, form, TOKEN)
    assert not is_signed(sign(TOKEN, url, form), url, form[1:], TOKEN)
