"""A request and its answer, as the debugger log shows them: form-encoded, bounded, without secrets.

    request_variables   CallSid=CA…&From=%2B15550100200&…
    response_headers    Content-Type=text%2Fhtml&Set-Cookie=session%3D***%3B+Path%3D%2F
    response_body       the first 4,096 characters

An error page may repeat what it was asked with: what we logged in with, and the cookies, are struck out.
Filled by `fetch.py` and `answer.py`, told by `client.py`. Source: reference/rest-api 3.1; the encoding of
headers is that of Twilio's own Notifications and Alerts. No I/O.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import aiohttp
from aiohttp import hdrs

from offhook.base.redact import Secret, without_login
from offhook.model.notification import RequestSummary
from offhook.webhook.document import CHARSETS, parse_media_type
from offhook.webhook.form import encode_form
from offhook.webhook.ports import Parameters
from offhook.webhook.target import Target

BODY_MAX: Final = 4_096
"""Characters of an answer that are kept. Ours: the column holds any text, but an application that is down
fails with every call."""
BEGINNING_BYTES: Final = 4 * BODY_MAX
"""Of an answer as it is sent: enough that no secret is cut in two where the text is cut."""
VARIABLES_MAX: Final = 8_192
"""Characters of the parameters: those of a call have about 500, its SIP headers as many as a message."""
HEADERS_MAX: Final = 4_096
SECRET_MIN: Final = 5
"""Characters that make a secret: a shorter cookie or password may stand in any text."""
STRUCK_OUT: Final = "***"

_COOKIE: Final = re.compile(r"\A([^=;]*=)?[^;]*")
_DIGEST: Final = re.compile(r'\b(?:response|cnonce|nonce|opaque)="([^"]+)"')
_UNTOLD: Final = frozenset({"authentication-info", "authorization", "cookie"})
"""Headers of an answer that are not repeated: proofs of a login, and our own that come back."""
_NOTHING: Final[Mapping[str, str]] = {}


class Exchange:
    """The request as it was first sent, and the answer that came last: behind redirects, after retries."""

    def __init__(self, method: str, target: Target, parameters: Parameters, auth_token: Secret) -> None:
        """auth_token: is never in a request, and is struck out of an answer all the same."""
        self._method = method
        self._target = target
        self._parameters = parameters
        self._auth_token = auth_token
        self._sent = self._headers = _NOTHING
        """Of the last request that was answered, and of its answer; names in any case."""
        self.body = b""
        """The beginning of the answer, as it was sent."""

    def handle_response(self, response: aiohttp.ClientResponse) -> None:
        """The head of an answer has come, from wherever we were redirected."""
        self._sent, self._headers = response.request_info.headers, response.headers
        self.body = b""

    def summary(self) -> RequestSummary:
        """All of it, as a notification has it."""
        secrets = {each for each in self._secrets() if len(each) >= SECRET_MIN}
        longest_first = sorted(secrets, key=len, reverse=True)
        headers = [
            _told(name, value, longest_first)
            for name, value in self._headers.items()
            if name.lower() not in _UNTOLD
        ]
        return RequestSummary(
            method=self._method,
            url=self._target.request_url,
            variables=_whole_pairs(encode_form(self._parameters), VARIABLES_MAX),
            response_headers=_whole_pairs(encode_form(tuple(headers)), HEADERS_MAX),
            response_body=_without(longest_first, self._text())[:BODY_MAX],
        )

    def _text(self) -> str:
        """The body, as far as it is text."""
        body = self.body
        match self._headers.get(hdrs.CONTENT_ENCODING, "").strip().lower():
            case "" | "identity":
                pass
            case "gzip" | "x-gzip":
                body = _inflated(body)
            case _:
                return ""
        charset = parse_media_type(self._headers.get(hdrs.CONTENT_TYPE, "")).charset
        text = body.decode(charset if charset in CHARSETS else "utf-8", "replace")
        return "" if "\0" in text else text

    def _secrets(self) -> Iterator[str]:
        """What we know that nobody may read in the answer."""
        yield self._auth_token.reveal()
        if self._target.login is not None:
            yield self._target.login.password
        scheme, _, credentials = self._sent.get(hdrs.AUTHORIZATION, "").partition(" ")
        yield credentials
        if scheme.lower() == "digest":
            yield from _DIGEST.findall(credentials)
        for cookie in self._sent.get(hdrs.COOKIE, "").split("; "):
            yield cookie.partition("=")[2]


def _told(name: str, value: str, secrets: Sequence[str]) -> tuple[str, str]:
    """A header of an answer, as it is told."""
    # Bytes that are no UTF-8 come as surrogates, which cannot be encoded.
    value = _without(secrets, value.encode("utf-8", "replace").decode())
    match name.lower():
        case "set-cookie":
            value = _COOKIE.sub(rf"\1{STRUCK_OUT}", value)
        case "location" | "content-location":
            value = without_login(value, f"{STRUCK_OUT}@")
        case _:
            pass
    return name, value


def _without(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, STRUCK_OUT)
    return text


def _inflated(body: bytes) -> bytes:
    """As much as can be read of a gzip that may break off."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, BEGINNING_BYTES)
    except zlib.error:
        return b""


def _whole_pairs(form: str, longest: int) -> str:
    """A form, cut between two pairs."""
    return form if len(form) <= longest else form[: longest + 1].rpartition("&")[0]
