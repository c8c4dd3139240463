"""The record of a request that was turned away, made of the request and the decision.

Called by the switchboard for INVITEs and REGISTERs, which posts it to the store's RefusalLog.
"""

from datetime import datetime
from typing import Final

from offhook.model.refusal import Refusal
from offhook.routing.decision import TurnedAway
from offhook.sip.error import SipError
from offhook.sip.flow import Flow
from offhook.sip.message import Request

SHOWN_MAX: Final = 300
"""Characters of a text from outside that are kept."""


def refusal_of(turned: TurnedAway, request: Request, flow: Flow, *, sid: str, at: datetime) -> Refusal:
    """What is kept of it.

    sid: a new one, `RF`. at: when the request came, in UTC.
    """
    domain, owner = turned.domain, turned.domain or turned.named
    return Refusal(
        sid=sid,
        account_sid=None if owner is None else owner.account_sid,
        first_at=at,
        last_at=at,
        source=flow.remote.host,
        transport=flow.transport.value,
        method=shown(request.method),
        request_uri=shown(request.request_uri),
        from_=shown(request.headers.get("From") or ""),
        sip_call_id=shown(request.headers.get("Call-ID") or ""),
        domain=(None if domain is None else domain.domain_name) or _host(request),
        matched=shown(turned.matched),
        nearly=shown(turned.nearly),
        status=turned.status,
        code=turned.twilio_code,
        text=shown(turned.text),
    )


def shown(text: str) -> str:
    """Text from outside as it may be shown: cut, and without what no terminal should get."""
    return "".join(c if c.isprintable() else "." for c in text[:SHOWN_MAX])


def _host(request: Request) -> str:
    try:
        return shown(request.uri.host.lower())
    except SipError:
        return ""
