"""A call to a phone number: one of the node's own, else by a trunk.

    `byoc` names a trunk -> that trunk's carrier (`dial_trunk.py`); no such trunk: 21300
    own number           -> INVITE to our own listener -> `inbound_call.py` runs who answers the number
    any other            -> the carrier of the default trunk; without one: 32010

Called by `dial_callee.py` and `place_call.py`. Every number of the node can be called by each of its
accounts, as every number of the world can: one call belongs to who calls, the other to whose number it is.
Source: reference/twiml 6.4, rest-api 2.7, sip-interface 8.2.
"""

from dataclasses import dataclass
from typing import Final

from offhook.call.call import Call
from offhook.call.destination import Attempt, Destination
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.routing.trunk import find_trunk
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri, escape_user
from offhook.store.ports import StoreBusyError
from offhook.switchboard.caller import caller_user, shown_caller
from offhook.switchboard.destinations import NoDestinationError
from offhook.switchboard.dial_trunk import attempts_by
from offhook.switchboard.own_numbers import ApplicationCalled, Arrival, LoopError
from offhook.switchboard.services import Services

NO_TRUNK: Final = 32010
UNKNOWN_TRUNK: Final = 21300
TOO_MANY_HOPS: Final = 32006
INTERNAL_FAILURE: Final = 12400


@dataclass(frozen=True, slots=True)
class NumberToDial:
    """A number, and how it is to be called."""

    number: str
    """E.164."""
    caller_id: str
    """As the document or the request says it."""
    byoc: str | None = None
    """Sid of the trunk that was asked for."""


async def dial_number(call: Call, wanted: NumberToDial, services: Services) -> ByocTrunk | None:
    """Send the INVITE of a new call to a number; the trunk that it goes by, None for an own number.

    Whoever called this calls `services.own_numbers.end` when the call has ended, however this went.
    Raises: NoDestinationError, NoFreePortError, CalledOffError.
    """
    try:
        found = await find_way(call.record.account_sid, wanted, services)
        trunk = found if isinstance(found, ByocTrunk) else None
        if isinstance(found, IncomingPhoneNumber):
            _dial_own(call, found, wanted, services)
        else:
            call.dial(*await attempts_by(found, call, wanted.number, wanted.caller_id, services))
    except StoreBusyError as error:
        text = f"{wanted.number} could not be looked up: {error}"
        raise NoDestinationError(INTERNAL_FAILURE, text) from error
    return trunk


async def find_way(
    account_sid: str, wanted: NumberToDial, services: Services
) -> IncomingPhoneNumber | ByocTrunk:
    """Where a number leads. Raises: NoDestinationError 32010, 21300; StoreBusyError."""
    if wanted.byoc is None:
        own = await services.store.incoming_phone_numbers.find_by_number(wanted.number)
        if own is not None:
            return own
    trunk = await find_trunk(account_sid, wanted.byoc, services.default_trunk, services.store)
    if trunk is not None:
        return trunk
    if wanted.byoc is not None:
        raise NoDestinationError(UNKNOWN_TRUNK, f"{wanted.byoc} is not a BYOC trunk of this account")
    reason = (
        "there is no default trunk (default_trunk)"
        if services.default_trunk is None
        else f"the default trunk {services.default_trunk} is none of this account's"
    )
    text = f"{wanted.number} is no number of this node, and {reason}: it cannot be reached"
    raise NoDestinationError(NO_TRUNK, text)


def _dial_own(call: Call, number: IncomingPhoneNumber, wanted: NumberToDial, services: Services) -> None:
    """Call the node's own listener. Raises: NoDestinationError in a loop, NoFreePortError, CalledOffError."""
    dial_here(call, wanted.number, wanted.caller_id, number, services)


def dial_here(
    call: Call, user: str, caller_id: str, called: IncomingPhoneNumber | ApplicationCalled, services: Services
) -> None:
    """Send the INVITE of a call to the node's own listener, where it is known for what it is.

    user: of the Request-URI. Raises: NoDestinationError in a loop, NoFreePortError, CalledOffError.
    """
    try:
        chain = services.own_numbers.begin(call.sid, call.record.parent_call_sid)
    except LoopError as error:
        raise NoDestinationError(TOO_MANY_HOPS, f"{user} was not called: {error}") from error
    here = services.endpoint.own_target
    uri = SipUri("sip", here.address.host, user=user, port=here.address.port)
    invitation = Invitation(
        uri=uri,
        from_uri=SipUri("sip", services.realm, user=escape_user(caller_user(caller_id))),
        headers=call.identity_headers,
    )
    call.dial(Attempt(invitation, (Destination(uri, (here.as_uri,)),), here.address.host))
    arrival = Arrival(called, shown_caller(caller_id), chain)
    services.own_numbers.expect(call.sid, call.leg.invitations, arrival)
