"""Calls as SIP knows them: found by Call-ID, with the response that their leg got.

What Twilio's resource has no field for; `offhook calls why` asks here.
"""

from typing import Final

from offhook.model.call import Call
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import CallFilter

CALL_ID: Final[Parameter[str | None]] = Parameter("CallId", text(300), INVALID_PARAMETER, None)


async def list_calls(request: ApiRequest) -> Answer:
    """Calls, newest first; by the Call-ID of their leg when asked."""
    page = await request.services.store.calls.list(
        request.account_sid, CallFilter(sip_call_id=request.values[CALL_ID]), page_request(request.values)
    )
    return Answer(200, represent_v1("calls", page, request.absolute_links, representation, by_creation))


async def fetch_call(request: ApiRequest) -> Answer:
    """One call."""
    call = await request.services.store.calls.fetch(request.account_sid, request.segments["Sid"])
    if call is None:
        raise request.not_found()
    return Answer(200, representation(call))


def representation(call: Call) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Call",
        {
            "sid": call.sid,
            "account_sid": call.account_sid,
            "parent_call_sid": call.parent_call_sid,
            "direction": call.direction.value,
            "from": call.from_,
            "to": call.to,
            "status": call.status.value,
            "sip_call_id": call.sip_call_id,
            "sip_response_code": call.sip_response_code,
            "date_created": iso_date(call.created_at),
            "date_answered": None if call.answered_at is None else iso_date(call.answered_at),
            "date_ended": None if call.ended_at is None else iso_date(call.ended_at),
        },
    )


OPERATIONS: Final = (
    Operation("GET", "/Calls", list_calls, paged(CALL_ID)),
    Operation("GET", "/Calls/{Sid}", fetch_call),
)
