"""What is taken from an application's answer: a document, audio, or nothing but that it came.

Used by `webhook/client.py`; each goes into a `Fetch`. Source: reference/twiml 1.5, 1.7, 3.2; RFC 9111.
"""

import zlib
from typing import Final

import aiohttp
from aiohttp import hdrs

from offhook.waiting.timeout import timeout
from offhook.webhook.document import (
    AUDIO_PREFIX,
    UnusableDocumentError,
    check_media_type,
    parse_media_type,
    playing,
    to_twiml,
)
from offhook.webhook.exchange import BEGINNING_BYTES, Exchange
from offhook.webhook.failure import FetchError
from offhook.webhook.freshness import freshness
from offhook.webhook.overrides import RetryOn
from offhook.webhook.ports import MEDIA_MAX, FetchedDocument, FetchedMedia, Validators
from offhook.webhook.target import Target

DOCUMENT_MAX: Final = 64 * 1024
"""Bytes of a document, before and after decompression (reference/twiml 15)."""
REFUSAL_S: Final = 1.0
"""How long the text of a refusal is waited for. Ours."""
GZIP: Final = 31
"""zlib's window bits for a gzip header and the largest window."""


async def take_document(
    response: aiohttp.ClientResponse, target: Target, exchange: Exchange
) -> FetchedDocument:
    """TwiML, whatever it was sent as. Raises: FetchError."""
    await _check_status(response, exchange)
    media_type = parse_media_type(response.headers.get(hdrs.CONTENT_TYPE, ""))
    if media_type.name.startswith(AUDIO_PREFIX):
        return FetchedDocument(target.request_url, playing(target.request_url), exchange.summary)
    try:
        check_media_type(media_type)
    except UnusableDocumentError as error:
        exchange.body = await _beginning(response)
        raise FetchError(error.code, error.message) from error
    body = await _read(response, DOCUMENT_MAX, exchange)
    if not body and "chunked" in response.headers.get(hdrs.TRANSFER_ENCODING, "").lower():
        raise FetchError(11770, "the answer is chunked and empty", status=response.status)
    return FetchedDocument(target.request_url, to_twiml(media_type, body), exchange.summary)


async def take_nothing(response: aiohttp.ClientResponse, target: Target, exchange: Exchange) -> None:
    """A callback's answer: its status counts, what it says is not read unless it is a refusal.

    Raises: FetchError.
    """
    del target
    await _check_status(response, exchange)


async def take_media(response: aiohttp.ClientResponse, target: Target, exchange: Exchange) -> FetchedMedia:
    """A file, or that the one we have is still the one. Raises: FetchError."""
    if response.status == 304:
        return FetchedMedia(target.request_url, "", None, Validators(), freshness(response.headers))
    await _check_status(response, exchange)
    media_type = parse_media_type(response.headers.get(hdrs.CONTENT_TYPE, "")).name
    validators = Validators(
        etag=response.headers.get(hdrs.ETAG, ""), modified=response.headers.get(hdrs.LAST_MODIFIED, "")
    )
    data = await _read(response, MEDIA_MAX, exchange)
    return FetchedMedia(target.request_url, media_type, data, validators, freshness(response.headers))


async def _check_status(response: aiohttp.ClientResponse, exchange: Exchange) -> None:
    if response.status >= 400:
        exchange.body = await _beginning(response)
        raise FetchError(
            11200,
            f"the application answered {response.status}",
            retry_on=RetryOn.CLIENT_ERROR if response.status < 500 else RetryOn.SERVER_ERROR,
            status=response.status,
        )
    if response.status == 304:
        raise FetchError(11216, "the redirect 304 cannot be followed", status=304)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """What a refusal says, as far as it comes at once: it is for the log, the call does not wait for it."""
    body = bytearray()
    try:
        async with timeout(REFUSAL_S):
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) >= BEGINNING_BYTES:
                    break
    except (TimeoutError, aiohttp.ClientError):
        pass  # the refusal stands, whatever became of its text
    return bytes(body[:BEGINNING_BYTES])


async def _read(response: aiohttp.ClientResponse, longest: int, exchange: Exchange) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > longest:
                raise _too_large(longest)
    finally:
        exchange.body = bytes(body[:BEGINNING_BYTES])
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    match encoding:
        case "" | "identity":
            return bytes(body)
        case "gzip" | "x-gzip":
            return _gunzip(bytes(body), longest)
        case _:
            raise FetchError(11206, "the answer has a Content-Encoding that was not offered")


def _gunzip(body: bytes, longest: int) -> bytes:
    inflater = zlib.decompressobj(GZIP)
    try:
        plain = inflater.decompress(body, longest + 1)
    except zlib.error as error:
        raise FetchError(11206, "the answer is no gzip") from error
    if len(plain) > longest:
        raise _too_large(longest)
    if not inflater.eof:
        raise FetchError(11206, "the answer's gzip broke off")
    return plain


def _too_large(longest: int) -> FetchError:
    return FetchError(11750, f"the answer is longer than {longest} bytes")
