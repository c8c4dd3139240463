"""One request to an application: tries, redirects, logins.

Used by `webhook/client.py`, which sets the total time limit and says what is taken from the answer
(`webhook/answer.py`). Source: reference/twiml 1.5, 1.6.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final, Generic, TypeVar
from urllib.parse import urljoin

import aiohttp
from aiohttp import hdrs
from yarl import URL

from offhook.base.redact import Secret
from offhook.webhook.exchange import Exchange
from offhook.webhook.failure import FetchError, classify
from offhook.webhook.form import encode_form
from offhook.webhook.overrides import Overrides
from offhook.webhook.ports import Parameters
from offhook.webhook.signature import sign
from offhook.webhook.target import Target, TargetError, parse_target
from offhook.webhook.visitor import Visitor

T = TypeVar("T")

MAX_REDIRECTS: Final = 10
FOLLOWED: Final = frozenset({301, 302, 303, 307})
"""Other 3xx are 11216, 308 among them (https://www.twilio.com/docs/api/errors/11216, read 2026-11)."""
FORM: Final = "application/x-www-form-urlencoded; charset=UTF-8"
NOT_MODIFIED: Final = 304
"""No redirect: the answer to a request with validators (RFC 9110 §15.4.5)."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a chain of redirects."""

    method: str
    target: Target
    parameters: Parameters


class Fetch(Generic[T]):
    """The asking for one thing. `is_answered` tells whether the head of an answer has come."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        visitor: Visitor,
        overrides: Overrides,
        take: Callable[[aiohttp.ClientResponse, Target, Exchange], Awaitable[T]],
        exchange: Exchange,
        *,
        auth_token: Secret,
        headers: Mapping[str, str],
    ) -> None:
        """take: reads the answer. exchange: what is told of all this. headers: sent with each try."""
        self._session = session
        self._visitor = visitor
        self._overrides = overrides
        self._auth_token = auth_token
        self._take = take
        self._exchange = exchange
        self._headers = headers
        self.is_answered = False

    async def run(self, method: str, target: Target, parameters: Parameters) -> T:
        """Ask until there is an answer or no try is left, from redirect to redirect. Raises: FetchError."""
        tries_left = self._overrides.retries
        hop, redirects = Hop(method, target, parameters), 0
        while True:
            self.is_answered = False
            try:
                outcome = await self._ask(hop)
            except FetchError as error:
                failure = error
            except aiohttp.ClientError as error:
                failure = classify(error)
                # A part of an answer is an answer: it is not asked for again.
                if self.is_answered:
                    failure.retry_on = None
                failure.__cause__ = error
            else:
                if not isinstance(outcome, Hop):
                    return outcome
                if redirects == MAX_REDIRECTS:
                    raise FetchError(11215, f"redirected more than {MAX_REDIRECTS} times")
                hop, redirects = outcome, redirects + 1
                continue
            if tries_left == 0 or failure.retry_on not in self._overrides.retry_on:
                raise failure
            # Whoever redirected us has answered: only who failed is asked again.
            tries_left -= 1

    async def _ask(self, hop: Hop) -> T | Hop:
        """What is taken from the answer, or where it sends us."""
        async with await self._send(hop.method, hop.target, hop.parameters) as response:
            self._exchange.handle_response(response)
            if response.status not in range(300, 400) or response.status == NOT_MODIFIED:
                return await self._take(response, hop.target, self._exchange)
            target = _redirected(response, hop.target)
        # Like a browser: only 307 repeats the method and the form (RFC 9110 §15.4).
        if response.status == 307 and hop.method != hdrs.METH_GET:
            return Hop(hop.method, target, hop.parameters)
        return Hop(hdrs.METH_GET, target, ())

    async def _send(self, method: str, target: Target, parameters: Parameters) -> aiohttp.ClientResponse:
        response = await self._send_signed(method, target, parameters)
        self._visitor.take_cookies(target, response)
        if self._visitor.takes_challenge(target, response):
            response.release()
            response = await self._send_signed(method, target, parameters)
            self._visitor.take_cookies(target, response)
        return response

    async def _send_signed(
        self, method: str, target: Target, parameters: Parameters
    ) -> aiohttp.ClientResponse:
        form = encode_form(parameters)
        headers = {**self._headers, **self._visitor.headers(target)}
        body: bytes | None = None
        if method == hdrs.METH_POST:
            body = form.encode()
            headers[hdrs.CONTENT_TYPE] = FORM
            headers["X-Twilio-Signature"] = sign(self._auth_token, target.signed_url, parameters)
        else:
            target = target.with_query(form)
            headers["X-Twilio-Signature"] = sign(self._auth_token, target.signed_url)
        limits = aiohttp.ClientTimeout(
            total=None, connect=self._overrides.connect_timeout_s, sock_read=self._overrides.read_timeout_s
        )
        while True:
            connection = SimpleNamespace(is_reused=False)
            try:
                response = await self._session.request(
                    method,
                    URL(target.request_url, encoded=True),
                    # As a payload already: aiohttp would try every kind that it knows.
                    data=None if body is None else aiohttp.BytesPayload(body),
                    headers=headers,
                    allow_redirects=False,
                    timeout=limits,
                    middlewares=self._visitor.middlewares(target),
                    trace_request_ctx=connection,
                )
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # The application may close an idle connection just as we use it (RFC 9112 §9.3.1):
                # nothing was read, so the request goes out again on another one.
                if not connection.is_reused:
                    raise
            else:
                self.is_answered = True
                return response


def note_reuse() -> aiohttp.TraceConfig:
    """Lets `_send_signed` see whether a request went out on a connection that was used before."""

    async def handle_reuse(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceConnectionReuseconnParams,
    ) -> None:
        context.trace_request_ctx.is_reused = True

    config = aiohttp.TraceConfig()
    config.on_connection_reuseconn.append(handle_reuse)
    return config


def _redirected(response: aiohttp.ClientResponse, target: Target) -> Target:
    location = response.headers.get(hdrs.LOCATION)
    if response.status not in FOLLOWED or location is None:
        raise FetchError(11216, _not_followed(response.status, location), status=response.status)
    try:
        following, _ = parse_target(urljoin(target.request_url, location))
    except (TargetError, ValueError) as error:
        raise FetchError(
            11216, f"the redirect {response.status} leads nowhere: {error}", status=response.status
        ) from error
    return following


def _not_followed(status: int, location: str | None) -> str:
    if location is None:
        return f"the redirect {status} has no Location"
    return f"the redirect {status} cannot be followed: {', '.join(map(str, sorted(FOLLOWED)))} are"
