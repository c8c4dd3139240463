"""`/sip`: where an HTTP connection becomes one that carries SIP (RFC 7118), without credentials of HTTP.

Who calls or registers over it is asked for them in SIP. A plain request is told what to ask for. Plugged into
the HTTP server by the roof.
"""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from offhook.rest.server import Fields, Upgrade, UpgradeAnswer
from offhook.transport.ports import HandshakeRefusedError, WebSocketTaker

PATH: Final = "/sip"
_SWITCHING, _UPGRADE_REQUIRED, _UNAVAILABLE = 101, 426, 503


def sip_websocket(taker: Callable[[], WebSocketTaker | None]) -> Upgrade:
    """What answers a request for a WebSocket there. taker: None while SIP is not served yet."""

    def answer(method: str, headers: Fields, is_secure: bool) -> UpgradeAnswer:
        speaking = taker()
        if speaking is None:
            return UpgradeAnswer(_UNAVAILABLE, (("Retry-After", "1"),), "The node is not ready yet.\n")
        try:
            accepted, protocol = speaking.take_websocket(method, headers, is_secure=is_secure)
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
