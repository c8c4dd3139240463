"""A refusal leaves a record: in the log for the operator, in the store for `offhook calls why`.

Called by `inbound_call.py` and `register.py`. Source: reference/sip-interface 0 ("Every refusal").
"""

import structlog

from offhook.base.ids import new_sid
from offhook.routing.decision import TurnedAway
from offhook.routing.refusal import refusal_of
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.store.ports import StoreBusyError
from offhook.switchboard.services import Services

log = structlog.get_logger("offhook.switchboard")


def write_refusal(turned: TurnedAway, request: Request, flow: Flow, services: Services) -> None:
    """Write down what was refused and why."""
    refusal = refusal_of(turned, request, flow, sid=new_sid("RF", services.chance), at=services.ledger.now())
    log.info(
        "request.refused",
        method=refusal.method,
        source=refusal.source,
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
