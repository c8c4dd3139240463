"""What the debugger log is told of a request and its answer: all of it, bounded, without secrets."""

import asyncio
import gzip
import time
from urllib.parse import parse_qsl

import pytest

from offhook.base.redact import Secret
from offhook.model.notification import RequestSummary
from offhook.webhook.client import CallConversation
from offhook.webhook.exchange import BODY_MAX, HEADERS_MAX, VARIABLES_MAX
from offhook.webhook.ports import MediaRequest, WebhookError
from tests.support.free_port import free_port
from tests.support.web_application import Answer, Application, answer, redirect
from tests.support.webhook_calls import (
    OK,
    TOKEN,
    TWIML,
    drive,
    failure,
    fetch,
    request,
    with_application,
)

FAULT = "Traceback (most recent call last):\n  NameError: name 'say' is not defined"


PACKED = gzip.compress(FAULT.encode(), mtime=0)


def summary(*answers: Answer, method: str = "POST", path: str = "/voice") -> RequestSummary:
    return failure(*answers, method=method, path=path)[0].request


def test_a_500_is_told_with_what_was_asked_and_what_it_said() -> None:
    error, app = failure(answer(FAULT, 500, "text/plain", "Server: gunicorn"), path="/voice?x=1#rc=0")

    told = error.request
    assert (told.method, told.url) == ("POST", f"{app.url}/voice?x=1")
    assert parse_qsl(told.variables, keep_blank_values=True) == app.requests[0].form
    assert parse_qsl(told.response_headers) == [
        ("Content-Length", str(len(FAULT))),
        ("Server", "gunicorn"),
        ("Content-Type", "text/plain"),
    ]
    assert told.response_body == FAULT


def test_the_parameters_of_a_get_are_told_beside_its_url() -> None:
    error, app = failure(answer("", 404), method="GET", path="/voice?x=1")

    told = error.request
    assert (told.method, told.url) == ("GET", f"{app.url}/voice?x=1")
    assert [("x", "1"), *parse_qsl(told.variables, keep_blank_values=True)] == app.requests[0].query


def test_a_document_that_came_can_be_told_of() -> None:
    document, app = fetch(OK)

    told = document.summary()
    assert (told.method, told.url, told.response_body) == ("POST", f"{app.url}/voice", TWIML.decode())
    assert parse_qsl(told.variables, keep_blank_values=True) == app.requests[0].form


def test_what_is_no_document_is_told_as_it_came() -> None:
    told = summary(answer('{"say": "hello"}', 200, "application/json"))

    assert told.response_body == '{"say": "hello"}'


def test_of_redirects_the_first_request_and_the_last_answer_are_told() -> None:
    error, app = failure(redirect("/b"), answer("gone", 410))

    assert (error.request.method, error.request.url) == ("POST", f"{app.url}/voice")
    assert error.request.response_body == "gone"


def test_where_nobody_answers_only_the_request_is_told() -> None:
    url = f"http://127.0.0.1:{free_port()}/voice"

    async def script(conversation: CallConversation) -> RequestSummary:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"{url}#rc=0"))
        return caught.value.request

    told = drive(script)
    assert (told.method, told.url, told.response_headers, told.response_body) == ("POST", url, "", "")
    assert "CallSid=CA" in told.variables


def test_a_url_that_cannot_be_asked_is_told_without_its_login() -> None:
    async def script(conversation: CallConversation) -> RequestSummary:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request("ftp://user:pass@app.test/x"))
        return caught.value.request

    assert drive(script) == RequestSummary(url="ftp://app.test/x")


def test_a_file_that_is_refused_is_told_of_likewise() -> None:
    async def script(conversation: CallConversation, app: Application) -> RequestSummary:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_media(MediaRequest(f"{app.url}/a.mp3", Secret(TOKEN)))
        return caught.value.request

    told = with_application(answer("no such file", 404, "text/plain"), script=script)
    assert (told.method, told.variables, told.response_body) == ("GET", "", "no such file")


# Bounds


def test_of_a_long_answer_the_beginning_is_told() -> None:
    told = summary(answer("é" * 50_000, 500, "text/plain"))

    assert told.response_body == "é" * BODY_MAX


def test_of_many_headers_whole_ones_are_told() -> None:
    told = summary(answer("", 500, None, *[f"X-{number}: {'a' * 90}" for number in range(60)]))

    assert HEADERS_MAX - 100 < len(told.response_headers) <= HEADERS_MAX
    assert {value for _, value in parse_qsl(told.response_headers)} == {"0", "a" * 90}


def test_of_many_parameters_whole_ones_are_told() -> None:
    results = tuple((f"Name{number}", "b" * 90) for number in range(200))

    async def script(conversation: CallConversation, app: Application) -> RequestSummary:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"{app.url}/", results=results))
        return caught.value.request

    told = with_application(answer("", 500), script=script)
    assert VARIABLES_MAX - 200 < len(told.variables) <= VARIABLES_MAX
    assert parse_qsl(told.variables)[-1][1] == "b" * 90


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (PACKED, ("Content-Encoding: gzip",), FAULT),
        (PACKED[:-12], ("Content-Encoding: gzip",), FAULT[:50]),
        (b"no gzip", ("Content-Encoding: gzip",), ""),
        (FAULT.encode(), ("Content-Encoding: br",), ""),
        (b"\x89PNG\r\n\0\0\0", (), ""),
        (b"caf\xe9", ("Content-Type: text/html; charset=iso-8859-1",), "caf\xe9"),
        (b"caf\xe9", ("Content-Type: text/html; charset=hex",), "caf\ufffd"),
        ("é".encode("utf-16"), ("Content-Type: text/html; charset=utf-16",), "é"),
    ],
    ids=["gzip", "half a gzip", "no gzip", "br", "no text", "latin", "unknown charset", "utf-16"],
)
def test_the_text_of_a_body_is_told(body: bytes, headers: tuple[str, ...], told: str) -> None:
    assert summary(answer(body, 500, None, *headers)).response_body.startswith(told)
    assert bool(told) == bool(summary(answer(body, 500, None, *headers)).response_body)


def test_a_refusal_whose_text_drips_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nonce")
        await reader.read()

    monkeypatch.setattr("offhook.webhook.answer.REFUSAL_S", 0.2)
    began = time.monotonic()
    error, _ = failure(drip)
    assert (error.code, error.status, error.request.response_body) == (11200, 500, "once")
    assert time.monotonic() - began < 5


def test_a_refusal_whose_text_breaks_off_is_a_refusal() -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nonce")
        await writer.drain()
        writer.close()

    error, _ = failure(break_off)
    assert (error.code, error.status, error.request.response_body) == (11200, 500, "once")


# Secrets


def test_the_values_of_cookies_are_not_told() -> None:
    told = summary(answer("", 500, None, "Set-Cookie: session=s3cr3t; Path=/", "Set-Cookie: naked"))

    assert [value for name, value in parse_qsl(told.response_headers) if name == "Set-Cookie"] == [
        "session=***; Path=/",
        "***",
    ]


def test_a_page_that_repeats_what_it_was_asked_with_does_not_give_it_away() -> None:
    """As the error pages of frameworks do."""

    async def script(conversation: CallConversation, app: Application) -> RequestSummary:
        url = app.url.replace("//", "//user:pa55word@")
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"{url}/voice"))
        (first, second) = app.requests
        assert "authorization" not in first.headers
        assert second.headers["cookie"] == "session=0123456789"
        return caught.value.request

    basic = "dXNlcjpwYTU1d29yZA=="
    page = f"Cookie: session=0123456789\nAuthorization: Basic {basic}\npassword pa55word, token {TOKEN}"
    told = with_application(
        answer(
            "", 401, None, 'WWW-Authenticate: Basic realm="app"', "Set-Cookie: session=0123456789; Path=/"
        ),
        answer(page, 500, "text/plain", f"X-Echo: Basic {basic}"),
        script=script,
    )
    assert told.response_body == "Cookie: session=***\nAuthorization: Basic ***\npassword ***, token ***"
    assert dict(parse_qsl(told.response_headers))["X-Echo"] == "Basic ***"
    assert "pa55word" not in told.url


def test_the_response_of_a_digest_is_not_told() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(challenge)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        proof = head.partition("Authorization: ")[2].partition("\r\n")[0]
        proofs.append(proof)
        page = proof + "\n" + proof.replace('"', "&quot;")
        writer.write(answer(page, 500, "text/plain"))
        await writer.drain()
        writer.close()

    async def script(conversation: CallConversation, app: Application) -> RequestSummary:
        url = app.url.replace("//", "//user:pa55word@")
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"{url}/voice"))
        return caught.value.request

    proofs: list[str] = []
    challenge = answer("", 401, None, 'WWW-Authenticate: Digest realm="app", nonce="0123456789", qop="auth"')
    told = with_application(echo, script=script)
    secret = proofs[0].partition('response="')[2].partition('"')[0]
    assert len(secret) == 32
    assert secret not in told.response_body
    assert "&quot;***&quot;" in told.response_body


def test_a_secret_is_not_told_by_halves_where_the_text_is_cut() -> None:
    told = summary(answer("x" * (BODY_MAX - 3) + TOKEN + "y" * 9, 500, "text/plain"))

    assert told.response_body == "x" * (BODY_MAX - 3) + "***"


def test_the_login_in_a_redirect_is_not_told() -> None:
    told = summary(redirect("http://user:pa55word@192.0.2.1/x", 308))

    assert dict(parse_qsl(told.response_headers))["Location"] == "http://***@192.0.2.1/x"


def test_headers_that_are_no_text_can_be_told() -> None:
    told = summary(answer("", 500, None, "X-Odd: a")[:-4].replace(b"X-Odd: a", b"X-Odd: \xff") + b"\r\n\r\n")

    assert dict(parse_qsl(told.response_headers))["X-Odd"] == "?"
