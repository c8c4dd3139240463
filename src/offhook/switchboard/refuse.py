"""A refusal leaves a record: in the log for the operator, in the store for `offhook calls why`.

Called by `inbound_call.py`, `register.py` and `exchange.py`. Source: reference/sip-interface 0.
"""

from typing import Final

import structlog

from offhook.base.ids import new_sid
from offhook.call.call import ERROR_HEADER, NO_REFER_URL
from offhook.model.error_code import describe
from offhook.routing.decision import TurnedAway
from offhook.routing.refusal import refusal_of
from offhook.sip.event import IncomingRequest, RequestRefused
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.store.ports import StoreBusyError
from offhook.switchboard.services import Services

RULE_CODES: Final = {483: 32006}
"""Twilio's codes of what the user agent refuses by the rules of SIP (reference/sip-interface 13)."""
BAD_URI: Final = 32110


def _told(code: int) -> tuple[str, str]:
    return ERROR_HEADER, f"{code} {describe(code).text}"


RULE_HEADERS: Final = tuple((status, _told(code)) for status, code in RULE_CODES.items())
"""For `sip/settings.py`: `X-Twilio-Error` by status."""
URI_HEADERS: Final = (_told(BAD_URI),)
"""And that of a Request-URI that cannot be used."""

log = structlog.get_logger("offhook.switchboard")


def write_refusal(turned: TurnedAway, request: Request, flow: Flow, services: Services) -> None:
    """Write down what was refused and why."""
    refusal = refusal_of(turned, request, flow, sid=new_sid("RF", services.chance), at=services.ledger.now())
    log.info(
        "request.refused",
        method=refusal.method,
        source=refusal.source,
        **({"certificate": flow.identity} if flow.identity else {}),
        request_uri=refusal.request_uri,
        sip_call_id=refusal.sip_call_id,
        status=refusal.status,
        error_code=refusal.code,
        matched=refusal.matched,
        why=refusal.text,
    )
    try:
        services.store.refusals.post(refusal)
    except StoreBusyError as error:
        log.error("refusal.record_lost", sip_call_id=refusal.sip_call_id, error=str(error))


def refuse_refer(incoming: IncomingRequest, services: Services) -> None:
    """A REFER outside any call would have us call whomever a stranger names: 403, whoever sends it."""
    text = describe(NO_REFER_URL).text
    turned = TurnedAway(403, NO_REFER_URL, text, domain=None, matched="REFER outside a call")
    write_refusal(turned, incoming.request, incoming.flow, services)
    endpoint, told = services.endpoint, (ERROR_HEADER, f"{NO_REFER_URL} {text}")
    endpoint.user_agent.respond(incoming, turned.status, endpoint.now(), headers=(told,))


def write_rule_refusal(event: RequestRefused, services: Services) -> None:
    """Write down what the user agent refused by the rules of SIP, before anybody was asked."""
    code = BAD_URI if event.is_of_uri else RULE_CODES.get(event.status)
    turned = TurnedAway(event.status, code, event.reason, domain=None, matched="the rules of SIP")
    write_refusal(turned, event.request, event.flow, services)


def write_overload(request: Request, flow: Flow, matched: str, services: Services) -> None:
    """Write down what was turned away because the node takes no more. matched: of what there is too much."""
    write_refusal(TurnedAway(503, None, "the node takes no more now", None, matched), request, flow, services)


def write_not_offered(request: Request, flow: Flow, services: Services) -> None:
    """Write down a method that a Domain does not serve."""
    text = f"{request.method} is not served here"
    write_refusal(TurnedAway(405, None, text, None, "the methods in Allow"), request, flow, services)
