"""The demo application, asked over HTTP by the node's own webhook client."""

import asyncio
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
from offhook.demo.signature import is_signed
from offhook.model.call import Call, CallStatus, Direction
from offhook.rest.server import HttpServer
from offhook.twiml.document import Verb
from offhook.twiml.parser import parse
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.say import Say
from offhook.webhook.client import AiohttpWebhookClient
from offhook.webhook.ports import CallRequest, SipParameters, WebhookError
from offhook.webhook.settings import Settings
from offhook.webhook.signature import sign

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


@asynccontextmanager
async def running_demo() -> AsyncIterator[str]:
    """The base URL of a demo that is mounted under a prefix."""
    app = Starlette(routes=[Mount("/demo", build_demo(TOKEN, StoppedClock(), UTC))])
    server = HttpServer(app, "127.0.0.1", 0)
    port = await server.start()
    try:
        yield f"http://127.0.0.1:{port}/demo"
    finally:
        await server.close()


def ask(
    path: str, digits: str | None = None, sip: SipParameters | None = SIP, call: Call = CALL
) -> tuple[Verb, ...]:
    """The verbs of a faultless document."""

    async def run() -> tuple[Verb, ...]:
        client = AiohttpWebhookClient(Settings(allow_private=True))
        async with running_demo() as base:
            results = () if digits is None else (("Digits", digits),)
            request = CallRequest(base + path, "POST", call, sip, results, TOKEN)
            fetched = await client.conversation().fetch_document(request)
            await client.close()
        document = parse(fetched.twiml)
        assert document.problems == ()
        return document.verbs

    return asyncio.run(run())


def said(verb: Verb) -> str:
    assert isinstance(verb, Say)
    return verb.text


def prompt(verb: Verb) -> str:
    """What a Gather of the menu says."""
    assert isinstance(verb, Gather)
    assert (verb.action, verb.method, verb.num_digits, verb.timeout_s) == ("menu", "POST", 1, 5.0)
    (say,) = verb.prompts
    return said(say)


MENU = "For the time, press one. To hear how you called us, press two."


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


@pytest.mark.parametrize(("digit", "word"), [("9", "9"), ("0", "0"), ("*", "Star"), ("#", "Pound")])
def test_another_key_leads_back_to_the_menu(digit: str, word: str) -> None:
    say, redirect = ask("/menu", digit)

    assert said(say) == f"{word} is not on the menu."
    assert redirect == Redirect("menu", "POST")


@pytest.mark.parametrize("path", ["/voice", "/menu"])
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
