"""Asks customers' applications over HTTP, with aiohttp. Implements `webhook/ports.py`.

Made by the roof inside the running loop, used by `verbs/`. One pool of connections for the
node; one Conversation, with its cookies and logins, for each call. No proxy of the environment is
used. Left out: caching of GET answers, and a word about bad overrides (they are ignored).
Source: https://www.twilio.com/docs/usage/webhooks/voice-webhooks (read 2026-11), reference/twiml 1.
"""

import ssl
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

import aiohttp
from aiohttp import hdrs

from offhook.base.ids import Chance, SystemChance
from offhook.base.redact import Secret, without_login
from offhook.model.notification import RequestSummary
from offhook.waiting.timeout import timeout
from offhook.webhook.answer import take_document, take_media, take_nothing
from offhook.webhook.callback import parameters_of
from offhook.webhook.exchange import Exchange
from offhook.webhook.failure import FetchError
from offhook.webhook.fetch import Fetch, note_reuse
from offhook.webhook.guard import open_public_socket
from offhook.webhook.overrides import Overrides, read_overrides
from offhook.webhook.parameters import encodable, standard_parameters
from offhook.webhook.ports import (
    CallRequest,
    FetchedDocument,
    FetchedMedia,
    MediaRequest,
    News,
    Parameters,
    WebhookError,
)
from offhook.webhook.public_file import fetch_public
from offhook.webhook.settings import Settings
from offhook.webhook.target import Target, TargetError, parse_target
from offhook.webhook.visitor import Visitor

T = TypeVar("T")

MEDIA_TIMEOUT_S: Final = 60.0
"""For a file that is to be played: 40 MiB take a while."""
HEADERS: Final = {
    # Applications and their firewalls look for this name.
    hdrs.USER_AGENT: "TwilioProxy/1.1",
    hdrs.ACCEPT: "*/*",
    hdrs.ACCEPT_ENCODING: "gzip",
}


class AiohttpWebhookClient:
    """Implements `ports.WebhookClient`. Open from construction to `close`, which its owner must call."""

    def __init__(self, settings: Settings, chance: Chance | None = None) -> None:
        """chance: draws the idempotency tokens; the operating system's unless a test gives another.

        Raises: OSError, ssl.SSLError for an `extra_ca_file` that cannot be used.
        """
        self._settings = settings
        self._chance = chance or SystemChance()
        connector = aiohttp.TCPConnector(
            limit=settings.max_connections,
            ssl=_tls(settings),
            socket_factory=None if settings.allow_private else open_public_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[note_reuse()],
        )

    def conversation(self) -> "CallConversation":
        """The requests of a new call."""
        return CallConversation(self._session, self._settings, self._chance)

    async def deliver(self, news: News) -> None:
        """Send news and wait until the application has taken them, at most 15 s in all.

        Raises: WebhookError.
        """
        asking = self.conversation().asking(news.url, news.auth_token)
        await asking.run(news.method, encodable(parameters_of(news)), take_nothing)

    async def fetch_public(self, url: str) -> bytes:
        """A small public file of somebody unknown. Raises: WebhookError."""
        return await fetch_public(self._session, url)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()


class CallConversation:
    """Implements `ports.Conversation`. One request at a time, as TwiML asks them."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings, chance: Chance) -> None:
        self._session = session
        self._settings = settings
        self._chance = chance
        self._visitor = Visitor()

    async def fetch_document(self, request: CallRequest) -> FetchedDocument:
        """Send a request, follow redirects, read the answer, at most 15 s in all.

        Raises: WebhookError.
        """
        parameters = standard_parameters(
            request.call,
            request.sip,
            request.application_sid,
            request.forwarded_from,
            request.stir_verstat,
        )
        parameters += encodable(request.results)
        asking = self.asking(request.url, request.auth_token)
        return await asking.run(request.method, parameters, take_document)

    async def fetch_media(self, request: MediaRequest) -> FetchedMedia:
        """Ask for a file, with the cookies and logins of the call; at most 60 s in all.

        Raises: WebhookError.
        """
        conditions = (
            (hdrs.IF_NONE_MATCH, request.known.etag),
            (hdrs.IF_MODIFIED_SINCE, request.known.modified),
        )
        headers = {str(name): value for name, value in conditions if value}
        asking = self.asking(request.url, request.auth_token)
        return await asking.run("GET", (), take_media, headers, total_timeout_s=MEDIA_TIMEOUT_S)

    def copy(self) -> "CallConversation":
        """Another conversation that goes on from here: cookies and Basic logins as they are now."""
        other = CallConversation(self._session, self._settings, self._chance)
        other._visitor = self._visitor.copy()
        return other

    def asking(self, url: str, auth_token: Secret) -> "Asking":
        """One request of this conversation. Raises: WebhookError 11100."""
        token = str(uuid.UUID(hex=self._chance.hex(16), version=4))
        return Asking(self._session, self._visitor, self._settings, url, auth_token=auth_token, token=token)


class Asking:
    """One request, whatever it is for: where to, how patiently, and what its failure is called."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        visitor: Visitor,
        settings: Settings,
        url: str,
        *,
        auth_token: Secret,
        token: str,
    ) -> None:
        """Raises: WebhookError 11100."""
        try:
            self._target, fragment = parse_target(url)
        except TargetError as error:
            # Nothing of it is sent; what it was is told.
            raise WebhookError(
                11100, str(error), url="", request=RequestSummary(url=without_login(url))
            ) from error
        self._overrides = read_overrides(fragment, settings)
        self._session, self._visitor = session, visitor
        self._auth_token, self._token = auth_token, token

    async def run(
        self,
        method: str,
        parameters: Parameters,
        take: Callable[[aiohttp.ClientResponse, Target, Exchange], Awaitable[T]],
        conditions: Mapping[str, str] | None = None,
        *,
        total_timeout_s: float | None = None,
    ) -> T:
        """Raises: WebhookError. total_timeout_s: in place of the default and of `tt`."""
        target, overrides = self._target, self._overrides
        headers = {"I-Twilio-Idempotency-Token": self._token, **(conditions or {})}
        if total_timeout_s is not None:
            overrides = replace(overrides, total_timeout_s=total_timeout_s)
        exchange = Exchange(method, target, parameters, self._auth_token)
        fetch = Fetch(
            self._session,
            self._visitor,
            overrides,
            take,
            exchange,
            auth_token=self._auth_token,
            headers=headers,
        )
        try:
            async with timeout(overrides.total_timeout_s):
                return await fetch.run(method, target, parameters)
        except TimeoutError as error:
            code, message = _late(fetch, overrides)
            raise WebhookError(code, message, url=target.request_url, request=exchange.summary()) from error
        except FetchError as error:
            raise WebhookError(
                error.code,
                error.message,
                url=target.request_url,
                status=error.status,
                request=exchange.summary(),
            ) from error


def _late(fetch: Fetch[T], overrides: Overrides) -> tuple[int, str]:
    """Of two limits that run out together, the one for a first byte is told (11200: nothing within 15 s)."""
    limit = f"{overrides.total_timeout_s:g} s"
    if fetch.is_answered or overrides.total_timeout_s < overrides.read_timeout_s:
        return 11203, f"no complete answer within {limit}"
    return 11200, f"no answer within {limit}"


def _tls(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.extra_ca_file is not None:
        context.load_verify_locations(settings.extra_ca_file)
    return context
