"""Refusals: INVITEs and REGISTERs that were turned away, and what to change (design 1.2, 1.4).

Those of no account are seen with the main account's token only.
"""

from typing import Final

from offhook.model.refusal import Refusal
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.paging import page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import Cursor, RefusalFilter

CALL_ID: Final[Parameter[str | None]] = Parameter("CallId", text(300), INVALID_PARAMETER, None)
SOURCE: Final[Parameter[str | None]] = Parameter("Source", text(45), INVALID_PARAMETER, None)


async def list_refusals(request: ApiRequest) -> Answer:
    """Refused INVITEs and REGISTERs, newest first; by Call-ID or source address when asked."""
    page = await request.services.store.refusals.list(
        request.account_sid,
        RefusalFilter(sip_call_id=request.values[CALL_ID], source=request.values[SOURCE]),
        page_request(request.values),
        nobodys=request.account_sid == request.services.main_account_sid,
    )
    return Answer(200, represent_v1("refusals", page, request.absolute_links, representation, _place))


def representation(refusal: Refusal) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Refusal",
        {
            "sid": refusal.sid,
            "account_sid": refusal.account_sid,
            "date_first": iso_date(refusal.first_at),
            "date_last": iso_date(refusal.last_at),
            "count": refusal.count,
            "source": refusal.source,
            "transport": refusal.transport,
            "method": refusal.method,
            "request_uri": refusal.request_uri,
            "from": refusal.from_,
            "sip_call_id": refusal.sip_call_id,
            "domain": refusal.domain,
            "matched": refusal.matched,
            "nearly": refusal.nearly or None,
            "status": refusal.status,
            "code": refusal.code,
            "text": refusal.text,
            "advice": refusal.advice,
        },
    )


def _place(refusal: Refusal) -> Cursor:
    return Cursor(refusal.first_at, refusal.sid)


OPERATIONS: Final = (Operation("GET", "/Refusals", list_refusals, paged(CALL_ID, SOURCE)),)
