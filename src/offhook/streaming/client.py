"""Opens WebSockets to customers' applications, with aiohttp. Implements `streaming/ports.py`.

Made by the roof inside the running loop. Messages are not compressed. A redirect is no 101, and fails the
handshake (31920). Source: reference/twiml 1.9, 9; RFC 6455.
"""

import ssl
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiohttp import hdrs

from offhook.base.redact import Secret
from offhook.streaming.ports import BinaryReceived, SocketClosed, SocketError, SocketNews, TextReceived
from offhook.streaming.settings import Settings
from offhook.waiting.timeout import timeout

TIMEOUT: Final = 31901
REFUSED: Final = 31902
BROKEN: Final = 31903
UNREACHABLE: Final = 31904
TLS: Final = 31910
HANDSHAKE: Final = 31920
SCHEME: Final = 31922
MALFORMED: Final = 31923
PROTOCOL: Final = 31924

SIGNATURE: Final = "X-Twilio-Signature"
USER_AGENT: Final = "Twilio.TmeWs/1.0"
"""Applications and their firewalls look for this name."""


class _RedirectedError(Exception):
    """The server answered the handshake with a 3xx."""


async def _refuse_redirect(session: object, context: object, params: object) -> NoReturn:
    raise _RedirectedError


def _no_redirects() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)
    return trace


class AiohttpSocketClient:
    """Implements `ports.SocketClient`. Open from construction to `close`, which its owner must call."""

    def __init__(self, settings: Settings) -> None:
        """Raises: OSError, ssl.SSLError for an `extra_ca_file` that cannot be used."""
        self._settings = settings
        context = ssl.create_default_context()
        if settings.extra_ca_file is not None:
            context.load_verify_locations(settings.extra_ca_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # a stream or an agent a socket: as many as there are calls
                ssl=context,
                socket_factory=settings.open_socket,
            ),
            headers={hdrs.USER_AGENT: USER_AGENT},
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_no_redirects()],
        )

    async def open(self, url: str, auth_token: Secret) -> "AiohttpSocket":
        """Open a socket. Raises: SocketError."""
        requested = self._requested(url)
        headers = {SIGNATURE: self._settings.sign(auth_token, _without_login(requested))}
        try:
            async with timeout(self._settings.open_timeout_s):
                socket = await self._session.ws_connect(
                    requested,
                    headers=headers,
                    timeout=aiohttp.ClientWSTimeout(ws_close=self._settings.close_timeout_s),
                    max_msg_size=self._settings.message_bytes_max,
                    compress=0,
                )
        except TimeoutError as error:
            raise SocketError(TIMEOUT, "the WebSocket was not open in time") from error
        except _RedirectedError as error:
            raise SocketError(HANDSHAKE, "the server answered with a redirect, not 101") from error
        except aiohttp.ClientError as error:
            raise _classified(error, is_tls=urlsplit(requested).scheme == "wss") from error
        except (ValueError, UnicodeError) as error:
            raise SocketError(MALFORMED, "the URL names no host that can be asked") from error
        return AiohttpSocket(socket)

    def _requested(self, url: str) -> str:
        """The URL as it is asked for and signed: as written, with a path of its own."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise SocketError(MALFORMED, "the URL has a bad host or port") from error
        if parts.scheme == "ws" and self._settings.open_socket is not None:
            raise SocketError(SCHEME, "the URL must begin with wss:// (ws:// needs allow_private_webhooks)")
        if parts.scheme not in ("ws", "wss"):
            raise SocketError(SCHEME, "the URL must begin with wss://")
        if not host:
            raise SocketError(MALFORMED, "the URL has no host")
        return urlunsplit(parts._replace(path=parts.path or "/", fragment=""))

    async def close(self) -> None:
        """Close all that are open."""
        await self._session.close()


class AiohttpSocket:
    """Implements `ports.AppSocket`."""

    def __init__(self, socket: "aiohttp.ClientWebSocketResponse") -> None:
        self._socket: Any = socket

    async def send(self, text: str) -> None:
        """Send a text frame; waits while the server does not read. Raises: SocketError."""
        try:
            await self._socket.send_str(text)
        except (ConnectionError, aiohttp.ClientError, RuntimeError) as error:
            raise SocketError(BROKEN, "the connection broke") from error

    async def ping(self) -> None:
        """Send a ping. Raises: SocketError."""
        try:
            await self._socket.ping()
        except (ConnectionError, aiohttp.ClientError, RuntimeError) as error:
            raise SocketError(BROKEN, "the connection broke") from error

    async def receive(self) -> SocketNews:
        """What comes next. Raises: SocketError."""
        message = await self._socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                return TextReceived(message.data)
            case aiohttp.WSMsgType.BINARY:
                return BinaryReceived()
            case aiohttp.WSMsgType.CLOSE:
                return SocketClosed(message.data or None, message.extra or "")
            case aiohttp.WSMsgType.ERROR if isinstance(message.data, aiohttp.WebSocketError):
                raise SocketError(PROTOCOL, "the server sent what is no WebSocket message")
            case _:
                raise SocketError(BROKEN, "the connection broke")

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close; the server's answer is waited for for a second at most."""
        await self._socket.close(code=code, message=reason.encode())


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _classified(error: aiohttp.ClientError, *, is_tls: bool) -> SocketError:
    """The failure behind an exception of aiohttp, by its type. is_tls: whether TLS was to be spoken."""
    match error:
        case aiohttp.WSServerHandshakeError():
            return SocketError(HANDSHAKE, f"the server answered the handshake with {error.status}, not 101")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return SocketError(TLS, "TLS failed, or the certificate was not accepted")
        case aiohttp.ConnectionTimeoutError():
            return SocketError(TIMEOUT, "no connection in time")
        case aiohttp.ClientConnectorDNSError():
            return SocketError(UNREACHABLE, "the host name is unknown")
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return SocketError(REFUSED, f"nothing listens on {error.host}:{error.port}")
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, TimeoutError):
            return SocketError(TIMEOUT, "no connection in time")
        case aiohttp.ClientConnectorError() if is_tls and isinstance(error.os_error, ConnectionError):
            # One that is refused was told above: this one was there, and no certificate has come yet.
            return SocketError(TLS, f"{error.host}:{error.port} closed the connection in its TLS handshake")
        case aiohttp.ClientConnectorError():
            why = error.os_error.strerror or str(error.os_error) or "no reason is known"
            return SocketError(UNREACHABLE, f"no way to {error.host}:{error.port}: {why}")
        case aiohttp.InvalidURL():
            return SocketError(MALFORMED, "the URL cannot be asked")
        case aiohttp.ClientResponseError():
            return SocketError(HANDSHAKE, "the server's answer to the handshake is no HTTP")
        case _:
            return SocketError(BROKEN, "the connection broke before the handshake was answered")
