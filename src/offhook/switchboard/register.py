"""A REGISTER from outside: the registrar decides, the answer goes back, a refusal leaves its record.

Called by `switchboard/exchange.py`; waits only where the store has to be asked.
Source: reference/sip-interface 5.
"""

import structlog

from offhook.registrar.answer import refused
from offhook.routing.decision import TurnedAway
from offhook.sip.event import IncomingRequest
from offhook.switchboard.refuse import write_refusal
from offhook.switchboard.services import Services

log = structlog.get_logger("offhook.switchboard")


async def register(incoming: IncomingRequest, services: Services) -> None:
    """Answer one REGISTER; whatever goes wrong meanwhile is a refusal, for the phone waits."""
    endpoint = services.endpoint
    try:
        answer = await services.registrar.register(incoming.request, incoming.flow, endpoint.now())
    except Exception:
        # A bug of ours must cost this REGISTER only: it is logged whole, and the phone hears of it.
        log.exception("register.not_decided")
        text = "Internal failure while the REGISTER was decided"
        answer = refused(TurnedAway(500, None, text, None, "the node's log"))
    if answer.turned_away is not None:
        write_refusal(answer.turned_away, incoming.request, incoming.flow, services)
    endpoint.user_agent.respond(
        incoming, answer.status, endpoint.now(), reason=answer.reason, headers=answer.headers
    )
    endpoint.flush()
    if answer.keepalive_s is not None:
        endpoint.expect_keepalives(incoming.flow, answer.keepalive_s)
