"""`/sip`: where an HTTP connection becomes one that carries SIP (RFC 7118), without credentials of HTTP.

Who calls or registers over it is asked for them in SIP, and where a SIP Domain is content with an address,
that is the connection's. So a page of a stranger in a browser of this very machine is turned away: it would
pass for a program here, as nothing but WebSocket would let it. From elsewhere any page may come, as any phone
may.

Plugged into the HTTP server by the roof.
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from offhook.rest.server import Upgrade, UpgradeAnswer, UpgradeRequest
from offhook.transport.ports import HandshakeRefusedError, WebSocketTaker

PATH: Final = "/sip"
_SWITCHING, _FORBIDDEN, _UPGRADE_REQUIRED, _UNAVAILABLE = 101, 403, 426, 503


def sip_websocket(taker: Callable[[], WebSocketTaker | None], public_url: str | None = None) -> Upgrade:
    """What answers a request for a WebSocket there.

    taker: None while SIP is not served yet. public_url: of the node, whose pages may come through a proxy
    here.
    """
    own_host = urlsplit(public_url or "").hostname

    def answer(request: UpgradeRequest) -> UpgradeAnswer:
        speaking = taker()
        if speaking is None:
            return UpgradeAnswer(_UNAVAILABLE, (("Retry-After", "1"),), "The node is not ready yet.\n")
        if _is_page_of_a_stranger(request, own_host):
            text = "A page of another host may not pass for a program of this machine: "
            text += "where it may, set public_url to its host.\n"
            return UpgradeAnswer(_FORBIDDEN, (), text)
        try:
            accepted, protocol = speaking.take_websocket(
                request.method, request.headers, is_secure=request.is_secure
            )
        except HandshakeRefusedError as error:
            return UpgradeAnswer(error.status, error.headers, f"{error}\n")
        return UpgradeAnswer(_SWITCHING, accepted, protocol=protocol)

    return answer


def no_websocket() -> Route:
    """What answers any other request there."""

    async def refuse(_request: Request) -> Response:
        text = (
            "SIP over WebSocket is spoken here: ask for Upgrade: websocket and Sec-WebSocket-Protocol: sip.\n"
        )
        return PlainTextResponse(text, _UPGRADE_REQUIRED, {"Upgrade": "websocket", "Connection": "Upgrade"})

    return Route(PATH, refuse, methods=["GET", "HEAD"])


def _is_page_of_a_stranger(request: UpgradeRequest, own_host: str | None) -> bool:
    """Whether a browser here shows a page that came from elsewhere: it always says so (RFC 6455 §10.2).

    The Host of the request says nothing: a name of the stranger's may lead here.
    """
    origins = [value for name, value in request.headers if name == "origin"]
    if not origins or not _is_loopback(request.remote_host):
        return False
    host = _host_of(origins[0])
    if len(origins) > 1 or host is None:
        return True
    is_here = host in (own_host, "localhost") or host.endswith(".localhost") or _is_loopback(host)
    return not is_here


def _host_of(origin: str) -> str | None:
    """None for `null`, which pages without an address have, and for what is no origin."""
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
