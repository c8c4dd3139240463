"""A call to a phone number, which is one of the node's own or cannot be reached, while there is no trunk.

    own number -> INVITE to our own listener -> `inbound_call.py` runs who answers the number
    any other  -> 32010

Called by `dial_callee.py` and `place_call.py`. Every number of the node can be called by each of its
accounts, as every number of the world can: one call belongs to who calls, the other to whose number it is.
Source: reference/twiml 6.4, rest-api 2.7.
"""

from typing import Final

from offhook.call.call import Call
from offhook.call.destination import Attempt, Destination
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.sip.error import SipError
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri, escape_user
from offhook.store.ports import StoreBusyError
from offhook.switchboard.destinations import NoDestinationError
from offhook.switchboard.own_numbers import Arrival, LoopError
from offhook.switchboard.services import Services
from offhook.twiml.dial.phone_number import to_e164

NO_TRUNK: Final = 32010
TOO_MANY_HOPS: Final = 32006
INTERNAL_FAILURE: Final = 12400


async def dial_number(call: Call, number: str, caller_id: str, services: Services) -> None:
    """Send the INVITE of a new call to a number.

    number: E.164. caller_id: as the document or the request says it. Whoever called this calls
    `services.own_numbers.end` when the call has ended, however this went.
    Raises: NoDestinationError, NoFreePortError.
    """
    found = await _find(number, services)
    try:
        chain = services.own_numbers.begin(call.sid, call.record.parent_call_sid)
    except LoopError as error:
        raise NoDestinationError(TOO_MANY_HOPS, f"{number} was not called: {error}") from error
    here = services.endpoint.own_target
    uri = SipUri("sip", here.address.host, user=number, port=here.address.port)
    invitation = Invitation(
        uri=uri,
        from_uri=SipUri("sip", services.realm, user=escape_user(caller_user(caller_id))),
        headers=call.identity_headers,
    )
    call.leg.dial(Attempt(invitation, (Destination(uri, (here.as_uri,)),), here.address.host))
    arrival = Arrival(found, shown_caller(caller_id), chain)
    services.own_numbers.expect(call.sid, call.leg.invitations, arrival)


async def _find(number: str, services: Services) -> IncomingPhoneNumber:
    try:
        found = await services.store.incoming_phone_numbers.find_by_number(number)
    except StoreBusyError as error:
        text = f"{number} could not be looked up, the database does not answer: {error}"
        raise NoDestinationError(INTERNAL_FAILURE, text) from error
    if found is None:
        text = f"{number} is no number of this node, and there is no trunk on it: it cannot be reached"
        raise NoDestinationError(NO_TRUNK, text)
    return found


def caller_user(caller_id: str) -> str:
    """What stands before the `@` of From: of a SIP caller its user, of a client its identity."""
    text = caller_id.removeprefix("client:")
    if text.lower().startswith(("sip:", "sips:")):
        try:
            return SipUri.parse(text).username or "anonymous"
        except SipError:
            return "anonymous"
    return text or "anonymous"


def shown_caller(caller_id: str) -> str:
    """Who calls, as the number's application is told: a number in E.164, else the caller id as it is.

    The user of a SIP URI is a number where it has a plus: `sip:100@…` is somebody's extension.
    """
    user = caller_user(caller_id)
    return (to_e164(user) if user.startswith("+") else None) or caller_id or user
