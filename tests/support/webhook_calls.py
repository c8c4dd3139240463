"""One call that asks a web application of loopback, for tests of the webhook client."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.model.call import Call, CallStatus, Direction
from offhook.webhook.client import AiohttpWebhookClient, CallConversation
from offhook.webhook.ports import CallRequest, FetchedDocument, Parameters, SipParameters, WebhookError
from offhook.webhook.settings import Settings
from tests.support.web_application import (
    Answer,
    Application,
    answer,
    running_application,
    server_tls,
)

T = TypeVar("T")

NOW = datetime(2026, 1, 2, tzinfo=UTC)

TOKEN = "5ecret"

TWIML = b"<Response><Hangup/></Response>"

OK = answer(TWIML)

CALL = Call(
    sid="CA" + "1" * 32,
    account_sid="AC" + "2" * 32,
    direction=Direction.INBOUND,
    to="sip:hello@office.sip.localhost",
    from_="sip:alice@192.0.2.1",
    status=CallStatus.RINGING,
    created_at=NOW,
    updated_at=NOW,
)

SIP = SipParameters(
    "office.sip.localhost", "SD" + "3" * 32, "abc", "192.0.2.1", None, (("X-Tag", "a&b=c ü"), ("Via", "x"))
)

PRIVATE = Settings(allow_private=True)


def request(url: str, method: str = "POST", results: Parameters = ()) -> CallRequest:
    return CallRequest(url, method, CALL, SIP, results, Secret(TOKEN))


def drive(script: Callable[[CallConversation], Awaitable[T]], settings: Settings = PRIVATE) -> T:
    """Run a script on the conversation of a call, and close the client."""

    async def run() -> T:
        client = AiohttpWebhookClient(settings, SeededChance(1))
        try:
            return await script(client.conversation())
        finally:
            await client.close()

    return asyncio.run(run())


def with_application(
    *answers: Answer,
    script: Callable[[CallConversation, Application], Awaitable[T]],
    settings: Settings = PRIVATE,
    certificate: str | None = None,
) -> T:
    """Run a script on a conversation and an application that gives these answers."""

    async def run(conversation: CallConversation) -> T:
        tls = server_tls(certificate) if certificate else None
        async with running_application(*answers, tls=tls) as app:
            return await script(conversation, app)

    return drive(run, settings)


def fetch(
    *answers: Answer, method: str = "POST", path: str = "/voice", settings: Settings = PRIVATE
) -> tuple[FetchedDocument, Application]:
    """Fetch one document."""

    async def script(conversation: CallConversation, app: Application) -> tuple[FetchedDocument, Application]:
        return await conversation.fetch_document(request(app.url + path, method)), app

    return with_application(*answers, script=script, settings=settings)


def failure(
    *answers: Answer,
    method: str = "POST",
    path: str = "/voice",
    settings: Settings = PRIVATE,
    certificate: str | None = None,
) -> tuple[WebhookError, Application]:
    """Fetch one document in vain."""

    async def script(conversation: CallConversation, app: Application) -> tuple[WebhookError, Application]:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(app.url + path, method))
        assert caught.value.message
        return caught.value, app

    return with_application(*answers, script=script, settings=settings, certificate=certificate)


def code(*answers: Answer, path: str = "/voice", settings: Settings = PRIVATE) -> int:
    return failure(*answers, path=path, settings=settings)[0].code
