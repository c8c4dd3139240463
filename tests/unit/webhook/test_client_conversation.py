"""What is kept for as long as a call: cookies and logins."""

import asyncio

import pytest

from offhook.webhook.client import AiohttpWebhookClient, CallConversation
from offhook.webhook.ports import WebhookError
from tests.support.web_application import (
    Application,
    answer,
    redirect,
    running_application,
)
from tests.support.webhook_calls import (
    OK,
    PRIVATE,
    TWIML,
    request,
    with_application,
)


def test_cookies_live_as_long_as_the_call() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(app.url))
        await conversation.fetch_document(request(app.url))
        assert app.requests[0].headers.get("cookie") is None
        assert app.requests[1].headers["cookie"] == "session=a.b-c; lang=en"

    cookies = (
        "Set-Cookie: session=a.b-c; Path=/; HttpOnly",
        "Set-Cookie: lang=en",
        "Set-Cookie: gone=1; Max-Age=0",
    )
    with_application(answer(TWIML, 200, "text/xml", *cookies), script=script)


def test_cookies_are_set_by_redirects_and_not_shared_between_calls() -> None:
    async def run() -> None:
        client = AiohttpWebhookClient(PRIVATE)
        async with running_application(redirect("/x", 302, "Set-Cookie: a=1; Path=/"), OK) as app:
            await client.conversation().fetch_document(request(app.url))
            assert app.requests[1].headers["cookie"] == "a=1"
            await client.conversation().fetch_document(request(app.url))
            assert "cookie" not in app.requests[2].headers
        await client.close()

    asyncio.run(run())


def test_cookies_are_bounded() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        for _ in range(4):
            await conversation.fetch_document(request(app.url))
        assert app.requests[-1].headers["cookie"].count("=") == 80

    def many(name: str) -> bytes:
        return answer(TWIML, 200, "text/xml", *(f"Set-Cookie: {name}{i}=x" for i in range(40)))

    with_application(many("a"), many("b"), many("c"), OK, script=script)


def test_a_cookie_that_cannot_be_sent_back_is_not_kept() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(app.url))
        await conversation.fetch_document(request(app.url))
        assert app.requests[1].headers["cookie"] == "b=2"

    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 30\r\n"
    with_application(head + b"Set-Cookie: a=\xff\r\nSet-Cookie: b=2\r\n\r\n" + TWIML, script=script)


def asks(challenge: str) -> bytes:
    return answer("", 401, None, f"WWW-Authenticate: {challenge}")


def login_url(app: Application, path: str = "/voice") -> str:
    return app.url.replace("http://", "http://user:p%40ss@") + path


def test_basic_credentials_are_sent_when_asked_for_and_kept_for_the_call() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        document = await conversation.fetch_document(request(login_url(app)))
        assert document.url == f"{app.url}/voice"
        await conversation.fetch_document(request(f"{app.url}/next"))
        sent = [seen.headers.get("authorization") for seen in app.requests]
        assert sent == [None, "Basic dXNlcjpwQHNz", "Basic dXNlcjpwQHNz"]
        assert app.requests[1].form == app.requests[0].form

    with_application(asks('Basic realm="app"'), OK, script=script)


def test_digest_credentials_are_sent_when_asked_for_and_kept_for_the_call() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(login_url(app)))
        await conversation.fetch_document(request(f"{app.url}/next"))
        first, second, third = (seen.headers.get("authorization", "") for seen in app.requests)
        assert first == ""
        assert second.startswith("Digest ")
        assert 'username="user"' in second
        assert 'uri="/next"' in third
        assert app.requests[1].form == app.requests[0].form

    with_application(asks('Digest realm="app", nonce="abc", qop="auth", algorithm=MD5'), OK, script=script)


@pytest.mark.parametrize(
    "challenge", ['Basic realm="app"', 'Digest realm="app", nonce="abc"', "Bearer", "Basic"]
)
def test_11200_when_the_login_is_refused(challenge: str) -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(login_url(app)))
        assert (caught.value.code, caught.value.status) == (11200, 401)
        assert len(app.requests) <= 2
        assert "ss" not in caught.value.url

    with_application(asks(challenge), script=script)


def test_credentials_do_not_follow_a_redirect_to_another_origin() -> None:
    async def run() -> None:
        client = AiohttpWebhookClient(PRIVATE)
        async with running_application(asks('Basic realm="other"')) as other:
            async with running_application(asks('Basic realm="app"'), redirect(f"{other.url}/x")) as app:
                with pytest.raises(WebhookError):
                    await client.conversation().fetch_document(request(login_url(app)))
            assert [seen.headers.get("authorization") for seen in other.requests] == [None]
        await client.close()

    asyncio.run(run())
