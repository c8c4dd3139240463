"""A REGISTER from outside: the registrar decides, the answer goes back, a refusal leaves its record.

Called by `switchboard/exchange.py`; waits only where the store has to be asked.
Source: reference/sip-interface 5.
"""

import structlog

from offhook.sip.event import IncomingRequest
from offhook.switchboard.refuse import write_refusal
from offhook.switchboard.services import Services

log = structlog.get_logger("offhook.switchboard")


async def register(incoming: IncomingRequest, services: Services) -> None:
    """Answer one REGISTER."""
    endpoint = services.endpoint
    answer = await services.registrar.register(incoming.request, incoming.flow, endpoint.now())
    if answer.turned_away is not None:
        write_refusal(answer.turned_away, incoming.request, incoming.flow, services)
    endpoint.user_agent.respond(
        incoming, answer.status, endpoint.now(), reason=answer.reason, headers=answer.headers
    )
    endpoint.flush()
    if answer.keepalive_s is not None:
        endpoint.expect_keepalives(incoming.flow, answer.keepalive_s)
