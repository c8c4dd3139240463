"""What a request of the webhook client looks like, and which answers it takes."""

import asyncio
import gzip

import pytest
from twilio.request_validator import RequestValidator

from offhook.webhook.client import CallConversation
from offhook.webhook.ports import FetchedDocument
from tests.support.web_application import (
    Application,
    answer,
)
from tests.support.webhook_calls import (
    CALL,
    OK,
    TOKEN,
    TWIML,
    code,
    failure,
    fetch,
    request,
    with_application,
)


def test_a_post_carries_the_parameters_as_a_form_and_twilios_headers() -> None:
    document, app = fetch(OK, path="/voice?x=1")

    (seen,) = app.requests
    assert document == FetchedDocument(f"{app.url}/voice?x=1", TWIML)
    assert (seen.method, seen.target) == ("POST", "/voice?x=1")
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert seen.headers["user-agent"] == "TwilioProxy/1.1"
    assert seen.headers["accept"] == "*/*"
    assert seen.headers["accept-encoding"] == "gzip"
    assert len(seen.headers["i-twilio-idempotency-token"]) == 36
    assert seen.form[0] == ("CallSid", CALL.sid)
    assert ("SipHeader_X-Tag", "a&b=c ü") in seen.form
    assert "cookie" not in seen.headers
    assert "authorization" not in seen.headers


def test_twilios_validator_accepts_the_post() -> None:
    _, app = fetch(OK, path="/voice?x=1&y=%20")

    (seen,) = app.requests
    url = f"http://{seen.headers['host']}{seen.target}"
    assert RequestValidator(TOKEN).validate(url, dict(seen.form), seen.headers["x-twilio-signature"])


def test_a_get_carries_the_parameters_in_the_query_and_is_signed_with_it() -> None:
    document, app = fetch(OK, method="GET", path="/voice?x=1")

    (seen,) = app.requests
    assert document.url == f"{app.url}/voice?x=1"
    assert seen.method == "GET"
    assert seen.query[:2] == [("x", "1"), ("CallSid", CALL.sid)]
    assert seen.body == b""
    assert "content-type" not in seen.headers
    url = f"http://{seen.headers['host']}{seen.target}"
    assert RequestValidator(TOKEN).validate(url, {}, seen.headers["x-twilio-signature"])


def test_results_follow_the_standard_parameters() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(app.url, results=(("Digits", "1"), ("FinishedOnKey", ""))))
        assert app.requests[0].form[-2:] == [("Digits", "1"), ("FinishedOnKey", "")]

    with_application(OK, script=script)


def test_a_path_goes_out_as_it_is_written() -> None:
    _, app = fetch(OK, path="/%7Ea/%2f;p?q=%20+&r=a%3Db#rc=0")

    assert app.requests[0].target == "/%7Ea/%2f;p?q=%20+&r=a%3Db"


def test_each_request_has_its_own_idempotency_token() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(app.url))
        await conversation.fetch_document(request(app.url))
        first, second = (seen.headers["i-twilio-idempotency-token"] for seen in app.requests)
        assert first != second

    with_application(OK, script=script)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert fetch(OK)[0].twiml == TWIML


def test_plain_text_becomes_a_say() -> None:
    document, _ = fetch(answer("Hello & bye", 200, "text/plain; charset=utf-8"))

    assert document.twiml == b"<Response><Say>Hello &amp; bye</Say></Response>"


@pytest.mark.parametrize("status", [200, 201, 299])
def test_every_2xx_is_an_answer(status: int) -> None:
    assert fetch(answer(TWIML, status))[0].twiml == TWIML


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_11200_for_an_error_status(status: int) -> None:
    error, app = failure(answer("<Response/>", status))

    assert (error.code, error.status) == (11200, status)
    assert str(status) in error.message
    assert error.url == f"{app.url}/voice"
    assert len(app.requests) == 1


@pytest.mark.parametrize(
    ("content_type", "expected"), [(None, 11200), ("application/json", 12300), ("image/png", 12300)]
)
def test_a_content_type_that_is_no_document(content_type: str | None, expected: int) -> None:
    assert code(answer("{}", 200, content_type)) == expected


def test_64_kb_are_read_and_one_byte_more_is_11750() -> None:
    assert len(fetch(answer(b" " * 65_536))[0].twiml) == 65_536
    assert code(answer(b" " * 65_537)) == 11750


def test_11750_for_a_body_without_an_end() -> None:
    async def for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"400\r\n" + b"x" * 1_024 + b"\r\n")
            await writer.drain()

    assert code(for_ever) == 11750


def test_11770_for_an_empty_chunked_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"

    assert code(head) == 11770


def test_gzip_is_unpacked() -> None:
    assert fetch(answer(gzip.compress(TWIML), 200, "text/xml", "Content-Encoding: gzip"))[0].twiml == TWIML


def test_11750_for_a_gzip_bomb() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    assert len(bomb) < 65_536
    assert code(answer(bomb, 200, "text/xml", "Content-Encoding: gzip")) == 11750
