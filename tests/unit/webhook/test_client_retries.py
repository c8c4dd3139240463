"""When the webhook client asks again, and where it is redirected."""

import socket

import pytest
from twilio.request_validator import RequestValidator

from offhook.webhook.client import CallConversation
from offhook.webhook.ports import WebhookError
from offhook.webhook.settings import Settings
from tests.support.free_port import free_port
from tests.support.web_application import (
    Answer,
    Application,
    answer,
    hang_up,
    redirect,
    running_application,
    stay_silent,
)
from tests.support.webhook_calls import OK, TOKEN, TWIML, drive, failure, fetch, request, with_application


def test_a_failed_connection_is_tried_twice_by_default_and_told_once() -> None:
    tries: list[str] = []

    async def script(conversation: CallConversation) -> None:
        with pytest.raises(WebhookError):
            await conversation.fetch_document(request("http://192.0.2.1/"))

    def count(*args: object) -> socket.socket:
        tries.append("x")
        raise ConnectionRefusedError(111, "refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("offhook.webhook.client.open_public_socket", count)
        drive(script, Settings(allow_private=False))

    assert len(tries) == 2


@pytest.mark.parametrize(
    ("answers", "fragment", "tries"),
    [
        ((answer("", 500), OK), "rp=5xx", 2),
        ((answer("", 404), OK), "rp=4xx", 2),
        ((answer("", 500), answer("", 502), OK), "rp=all&rc=2", 3),
        ((hang_up, OK), "rp=rt", 2),
        ((stay_silent, OK), "rp=rt&rt=400", 2),
    ],
)
def test_what_is_tried_again_by_override(answers: tuple[Answer, ...], fragment: str, tries: int) -> None:
    document, app = fetch(*answers, path=f"/voice#{fragment}")

    assert document.twiml == TWIML
    assert len(app.requests) == tries
    assert len({seen.headers["i-twilio-idempotency-token"] for seen in app.requests}) == 1
    assert app.requests[0].form == app.requests[-1].form


@pytest.mark.parametrize(
    ("answers", "fragment"),
    [
        ((answer("", 500), OK), ""),
        ((answer("", 500), OK), "rp=4xx,ct,rt"),
        ((answer("", 500), OK), "rp=5xx&rc=0"),
        ((answer("{}", 200, "application/json"), OK), "rp=all"),
        ((b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9\r\n\r\nabc", OK), "rp=all&rt=400"),
    ],
)
def test_what_is_not_tried_again(answers: tuple[Answer, ...], fragment: str) -> None:
    _, app = failure(*answers, path=f"/voice#{fragment}")

    assert len(app.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_is_followed_by_a_get_without_the_parameters(status: int) -> None:
    document, app = fetch(redirect("/other?x=1", status), OK)

    assert document.url == f"{app.url}/other?x=1"
    followed = app.requests[1]
    assert (followed.method, followed.target, followed.body) == ("GET", "/other?x=1", b"")
    url = f"{app.url}/other?x=1"
    assert RequestValidator(TOKEN).validate(url, {}, followed.headers["x-twilio-signature"])


def test_a_307_repeats_the_form() -> None:
    document, app = fetch(redirect("other", 307), OK, path="/a/voice")

    assert document.url == f"{app.url}/a/other"
    assert app.requests[1].method == "POST"
    assert app.requests[1].form == app.requests[0].form


def test_a_get_is_redirected_without_its_parameters() -> None:
    _, app = fetch(redirect("/other", 307), OK, method="GET")

    assert app.requests[1].target == "/other"


def test_ten_redirects_are_followed_and_the_eleventh_is_11215() -> None:
    assert fetch(*[redirect("/x")] * 10, OK)[0].twiml == TWIML
    error, app = failure(redirect("/x"))
    assert error.code == 11215
    assert len(app.requests) == 11


@pytest.mark.parametrize(
    "response",
    [
        answer("", 302, None),
        redirect("/x", 304),
        redirect("/x", 308),
        redirect("ftp://example.com/"),
        redirect("http://[::1"),
        redirect("http://my_host/"),
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /\xff\r\n\r\n",
    ],
)
def test_11216_for_a_redirect_that_leads_nowhere(response: bytes) -> None:
    error, app = failure(response)

    assert error.code == 11216
    assert len(app.requests) == 1


def test_a_308_is_not_followed_and_says_what_would_be() -> None:
    error, _ = failure(redirect("/voice/", 308))

    assert error.message == "the redirect 308 cannot be followed: 301, 302, 303, 307 are"


def test_a_redirect_that_leads_to_a_dead_server_asks_that_one_again_and_nobody_before() -> None:
    async def script(conversation: CallConversation) -> list[int]:
        async with (
            running_application(redirect(f"http://127.0.0.1:{free_port()}/c")) as second,
            running_application(redirect(f"{second.url}/b")) as first,
        ):
            with pytest.raises(WebhookError) as caught:
                await conversation.fetch_document(request(f"{first.url}/a"))
        assert caught.value.code == 11202
        return [len(first.requests), len(second.requests)]

    assert drive(script) == [1, 1]


def test_a_redirect_whose_target_fails_is_tried_again_there_by_override() -> None:
    document, app = fetch(redirect("/b"), answer("", 503), answer("", 503), OK, path="/a#rp=5xx&rc=2")

    assert document.twiml == TWIML
    assert [(seen.method, seen.target) for seen in app.requests] == [
        ("POST", "/a"),
        ("GET", "/b"),
        ("GET", "/b"),
        ("GET", "/b"),
    ]


def test_the_tries_of_all_redirects_are_counted_together() -> None:
    answers = answer("", 503), redirect("/b"), answer("", 503), answer("", 503), OK
    error, app = failure(*answers, path="/a#rp=5xx&rc=2")

    assert error.status == 503
    assert [seen.target for seen in app.requests] == ["/a", "/a", "/b", "/b"]


def test_a_redirect_is_judged_by_its_address_too() -> None:
    opened: list[str] = []

    def open_first(info: tuple[int, int, int, str, tuple[str, int]]) -> socket.socket:
        from offhook.webhook.guard import PrivateAddressError

        if opened:
            raise PrivateAddressError
        opened.append(info[4][0])
        return socket.socket(*info[:3])

    async def script(conversation: CallConversation, app: Application) -> int:
        app_port = app.url.rpartition(":")[2]
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"http://127.0.0.1:{app_port}/"))
        return caught.value.code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("offhook.webhook.client.open_public_socket", open_first)
        settings = Settings(allow_private=False)
        assert with_application(redirect("http://localhost:1/"), script=script, settings=settings) == 11100
