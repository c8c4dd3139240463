"""The client against applications that behave and that do not: what is sent, and the code of each failure."""

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import aiohttp
import pytest
from twilio.request_validator import RequestValidator

from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.model.call import Call, CallStatus, Direction
from offhook.webhook.client import AiohttpWebhookClient, CallConversation
from offhook.webhook.ports import CallRequest, FetchedDocument, Parameters, SipParameters, WebhookError
from offhook.webhook.settings import Settings
from tests.support.web_application import (
    TLS_FOLDER,
    Answer,
    Application,
    answer,
    hang_up,
    redirect,
    running_application,
    server_tls,
    stay_silent,
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


# What is sent


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


# Answers


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


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"no gzip", "gzip"), (gzip.compress(TWIML)[:-9], "gzip"), (b"", "gzip"), (TWIML, "br")],
)
def test_11206_for_a_content_encoding_that_cannot_be_undone(body: bytes, encoding: str) -> None:
    assert code(answer(body, 200, "text/xml", f"Content-Encoding: {encoding}")) == 11206


@pytest.mark.parametrize(
    "head",
    [
        b"hello\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_11206_for_what_is_no_http(head: bytes) -> None:
    assert code(head) == 11206


def test_11206_for_a_body_that_breaks_off() -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<Resp")
        await writer.drain()
        writer.close()

    assert code(break_off) == 11206


# Time


def test_11200_when_no_byte_comes_within_the_read_timeout() -> None:
    assert code(stay_silent, path="/voice#rt=100") == 11200


def test_11203_when_the_total_time_is_over() -> None:
    assert code(stay_silent, path="/voice#tt=100") == 11203


def test_11203_for_an_answer_that_drips() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.02)

    assert code(drip, path="/voice#tt=300") == 11203


def test_11200_when_the_limits_for_a_first_byte_and_for_all_run_out_together() -> None:
    settings = replace(PRIVATE, total_timeout_s=0.1, read_timeout_s=0.1)

    assert code(stay_silent, settings=settings) == 11200


def test_11201_when_no_connection_comes_in_time() -> None:
    async def script(conversation: CallConversation) -> int:
        # A listener with a full backlog: the kernel answers no further SYN.
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            address = listener.getsockname()
            fillers = [socket.socket() for _ in range(4)]
            try:
                for filler in fillers:
                    filler.setblocking(False)
                    filler.connect_ex(address)
                with pytest.raises(WebhookError) as caught:
                    await conversation.fetch_document(request(f"http://127.0.0.1:{address[1]}/#ct=100"))
            finally:
                for filler in fillers:
                    filler.close()
        return caught.value.code

    assert drive(script) == 11201


def test_a_caller_that_hangs_up_ends_the_request() -> None:
    arrived = asyncio.Event()
    given_up = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        given_up.set()

    async def script(conversation: CallConversation, app: Application) -> None:
        task = asyncio.create_task(conversation.fetch_document(request(app.url)))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await given_up.wait()

    with_application(wait, script=script)


# Connections


def test_11202_when_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def script(conversation: CallConversation) -> WebhookError:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"http://127.0.0.1:{port}/voice"))
        return caught.value

    error = drive(script)
    assert error.code == 11202
    assert f"127.0.0.1:{port}" in error.message


def test_11202_when_a_name_has_several_addresses_and_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def script(conversation: CallConversation) -> int:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"http://localhost:{port}/voice"))
        return caught.value.code

    assert drive(script) == 11202


def test_11210_for_a_host_name_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*args: object, **kwargs: object) -> list[aiohttp.abc.ResolveResult]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(aiohttp.resolver.DefaultResolver, "resolve", resolve)

    async def script(conversation: CallConversation) -> int:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request("http://nowhere.invalid/"))
        return caught.value.code

    assert drive(script) == 11210


def test_11205_when_the_application_hangs_up() -> None:
    error, app = failure(hang_up)

    assert error.code == 11205
    assert len(app.requests) == 1


def test_a_connection_is_kept_for_the_next_request() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(app.url))
        await conversation.fetch_document(request(app.url))
        assert (len(app.requests), app.connections) == (2, 1)

    with_application(OK, script=script)


def test_a_kept_connection_that_the_application_has_closed_costs_nothing() -> None:
    async def close_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()  # after the second request came on the kept connection

    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(app.url))
        assert (await conversation.fetch_document(request(app.url))).twiml == TWIML
        assert (len(app.requests), app.connections) == (3, 2)
        tokens = [seen.headers["i-twilio-idempotency-token"] for seen in app.requests]
        assert tokens[0] != tokens[1] == tokens[2]

    with_application(OK, close_late, OK, script=script)


@pytest.mark.parametrize(
    "url", ["/voice", "ftp://example.com/", "http://my_host/", "http://h/\r\nX: y", "http://2130706433/"]
)
def test_11100_for_a_url_that_cannot_be_asked(url: str) -> None:
    async def script(conversation: CallConversation) -> int:
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(url))
        return caught.value.code

    assert drive(script) == 11100


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]"])
def test_11100_for_a_private_address_where_they_are_forbidden(host: str) -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        port = app.url.rpartition(":")[2]
        with pytest.raises(WebhookError) as caught:
            await conversation.fetch_document(request(f"http://{host}:{port}/"))
        assert caught.value.code == 11100
        assert "allow_private_webhooks" in caught.value.message
        assert app.connections == 0

    with_application(OK, script=script, settings=Settings(allow_private=False))


# TLS

TRUSTING = Settings(allow_private=True, extra_ca_file=TLS_FOLDER / "ca.pem")


def test_https_with_an_authority_of_ones_own() -> None:
    async def script(conversation: CallConversation, app: Application) -> None:
        await conversation.fetch_document(request(f"{app.url}/voice"))
        (seen,) = app.requests
        # Twilio signs an https URL without its port.
        signature = seen.headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate("https://localhost/voice", dict(seen.form), signature)

    with_application(OK, script=script, settings=TRUSTING, certificate="localhost")


@pytest.mark.parametrize(
    ("certificate", "expected"), [("other_name", 11235), ("expired", 11236), ("untrusted", 11237)]
)
def test_a_certificate_that_is_not_accepted(certificate: str, expected: int) -> None:
    error, app = failure(OK, settings=TRUSTING, certificate=certificate)

    assert error.code == expected
    assert app.requests == []


def test_11237_without_the_extra_authority() -> None:
    assert failure(OK, certificate="localhost")[0].code == 11237


def test_11220_when_the_other_side_speaks_no_tls() -> None:
    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async def script(conversation: CallConversation) -> int:
        async with await asyncio.start_server(speak_http, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(WebhookError) as caught:
                await conversation.fetch_document(request(f"https://127.0.0.1:{port}/"))
        return caught.value.code

    assert drive(script) == 11220


# Retries


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


# Redirects


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


# Cookies and logins


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


def test_a_content_type_of_odd_bytes_is_told_in_plain_characters() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/\xff\xe9; charset=\xff\r\nContent-Length: 0\r\n\r\n"

    error, _ = failure(head)

    assert error.code == 12300
    assert error.message.isascii()


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
