"""The code of each way in which a request fails: addresses, connections, TLS, time, HTTP."""

import asyncio
import gzip
import socket
from contextlib import suppress
from dataclasses import replace

import aiohttp
import pytest
from twilio.request_validator import RequestValidator

from offhook.webhook.client import CallConversation
from offhook.webhook.ports import WebhookError
from offhook.webhook.settings import Settings
from tests.support.web_application import (
    TLS_FOLDER,
    Application,
    answer,
    hang_up,
    stay_silent,
)
from tests.support.webhook_calls import (
    OK,
    PRIVATE,
    TOKEN,
    TWIML,
    code,
    drive,
    failure,
    request,
    with_application,
)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"no gzip", "gzip"), (gzip.compress(TWIML)[:-9], "gzip"), (b"", "gzip"), (TWIML, "br")],
    ids=["no gzip", "cut off", "empty", "another coding"],
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


def test_a_content_type_of_odd_bytes_is_told_in_plain_characters() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/\xff\xe9; charset=\xff\r\nContent-Length: 0\r\n\r\n"

    error, _ = failure(head)

    assert error.code == 12300
    assert error.message.isascii()
