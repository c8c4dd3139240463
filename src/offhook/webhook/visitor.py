"""What applications know a call by: its cookies and its logins, kept per origin until the call ends.

Source: reference/twiml 1.5. Used by `webhook/fetch.py`. A URL's user and password are sent only
after the application asked for them (401), then with every request to the same origin.
"""

import re
from base64 import b64encode
from typing import Final

import aiohttp
from aiohttp import hdrs
from yarl import URL

from offhook.webhook.target import Login, Target

MAX_COOKIES: Final = 100
"""Kept per call; further ones are not taken (RFC 6265 §6.1 asks for 50 per domain)."""

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")

Origin = tuple[str, str, int | None]


class Visitor:
    """The cookie jar and the key ring of one call."""

    def __init__(self) -> None:
        self._cookies: aiohttp.CookieJar | None = None
        """Made with the first cookie: most applications set none."""
        self._basic: dict[Origin, str] = {}
        self._digest: dict[Origin, tuple[Login, aiohttp.DigestAuthMiddleware]] = {}
        self._set: list[tuple[list[str], URL]] = []
        """What set the cookies, and where: a copy is set anew."""

    def copy(self) -> "Visitor":
        """Another one that knows as much; what either learns from now on, the other does not."""
        other = Visitor()
        for fields, url in self._set:
            other._keep(fields, url)
        other._basic = dict(self._basic)
        return other

    def headers(self, target: Target) -> dict[str, str]:
        """Cookie and Authorization for a request, where there are any."""
        headers: dict[str, str] = {}
        if self._cookies is not None:
            cookies = self._cookies.filter_cookies(URL(target.request_url, encoded=True))
            if cookies:
                headers[hdrs.COOKIE] = "; ".join(f"{m.key}={m.coded_value}" for m in cookies.values())
        if target.origin in self._basic:
            headers[hdrs.AUTHORIZATION] = self._basic[target.origin]
        return headers

    def middlewares(self, target: Target) -> tuple[aiohttp.ClientMiddlewareType, ...]:
        """What answers a Digest challenge (RFC 7616), and stays logged in, for a request."""
        if target.login is not None:
            known = self._digest.get(target.origin)
            if known is None or known[0] != target.login:
                middleware = aiohttp.DigestAuthMiddleware(target.login.user, target.login.password)
                self._digest[target.origin] = (target.login, middleware)
        entry = self._digest.get(target.origin)
        return () if entry is None else (entry[1],)

    def take_cookies(self, target: Target, response: aiohttp.ClientResponse) -> None:
        """Keep what a response sets."""
        # Bytes that are no UTF-8 come as surrogates, which could not be sent back.
        fields = [f for f in response.headers.getall(hdrs.SET_COOKIE, []) if not _SURROGATE.search(f)]
        if not fields:
            return
        self._keep(fields, URL(target.request_url, encoded=True))

    def _keep(self, fields: list[str], url: URL) -> None:
        if self._cookies is None:
            # unsafe: hosts that are IP addresses may set cookies, which self-hosters' often are
            self._cookies = aiohttp.CookieJar(unsafe=True)
        if len(self._cookies) + len(fields) <= MAX_COOKIES:
            self._cookies.update_cookies_from_headers(fields, url)
            self._set = [*self._set[-MAX_COOKIES:], (fields, url)]

    def takes_challenge(self, target: Target, response: aiohttp.ClientResponse) -> bool:
        """Whether the request is to be sent again, now with Basic credentials (RFC 7617)."""
        if response.status != 401 or target.login is None:
            return False
        credentials = _basic(target.login)
        if self._basic.get(target.origin) == credentials or not _asks_for_basic(response):
            return False
        self._basic[target.origin] = credentials
        return True


def _asks_for_basic(response: aiohttp.ClientResponse) -> bool:
    challenges = response.headers.getall(hdrs.WWW_AUTHENTICATE, [])
    return any(c.lower().startswith("basic ") and "realm=" in c.lower() for c in challenges)


def _basic(login: Login) -> str:
    return "Basic " + b64encode(f"{login.user}:{login.password}".encode()).decode()
