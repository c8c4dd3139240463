"""Calls: fetch, list, update, delete (reference/rest-api 2.2, 3.1, 4.1). `create_call.py` places them."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from offhook.model.call import Call, CallStatus
from offhook.model.sip_domain import API_VERSION
from offhook.rest.call_parameters import (
    DAY_S,
    FALLBACK_METHOD,
    FALLBACK_URL,
    METHOD,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    TWIML,
    URL,
    start_of,
    status_callback_of,
    time_limit,
)
from offhook.rest.errors import CONFLICT, INVALID_PARAMETER, NOT_COMPLETE, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    Values,
    integer,
    moment,
    sid,
    text,
    word,
)
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import CallFilter
from offhook.switchboard.update_call import CallUpdate, NotInProgressError
from offhook.verbs.verb import GoTo

TO: Final[Parameter[str | None]] = Parameter("To", text(1024), INVALID_PARAMETER, None)
FROM: Final[Parameter[str | None]] = Parameter("From", text(1024), INVALID_PARAMETER, None)
PARENT_CALL_SID: Final[Parameter[str | None]] = Parameter("ParentCallSid", sid("CA"), INVALID_PARAMETER, None)
STATUS: Final[Parameter[CallStatus | None]] = Parameter("Status", word(CallStatus), INVALID_PARAMETER, None)
START_TIME: Final[Parameter[datetime | None]] = Parameter("StartTime", moment, INVALID_PARAMETER, None)
START_TIME_UNTIL: Final[Parameter[datetime | None]] = Parameter("StartTime<", moment, INVALID_PARAMETER, None)
START_TIME_FROM: Final[Parameter[datetime | None]] = Parameter("StartTime>", moment, INVALID_PARAMETER, None)
END_TIME: Final[Parameter[datetime | None]] = Parameter("EndTime", moment, INVALID_PARAMETER, None)
END_TIME_UNTIL: Final[Parameter[datetime | None]] = Parameter("EndTime<", moment, INVALID_PARAMETER, None)
END_TIME_FROM: Final[Parameter[datetime | None]] = Parameter("EndTime>", moment, INVALID_PARAMETER, None)

_SUBRESOURCES: Final = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


class EndStatus(StrEnum):
    """What an update may ask a call to become."""

    CANCELED = "canceled"
    COMPLETED = "completed"


NEW_STATUS: Final[Parameter[EndStatus | None]] = Parameter("Status", word(EndStatus), INVALID_PARAMETER, None)
NEW_TIME_LIMIT: Final[Parameter[int | None]] = Parameter(
    "TimeLimit", integer(1, DAY_S), INVALID_PARAMETER, None
)

NOT_IN_PROGRESS: Final = 21220
_NANP: Final = re.compile(r"\+1(\d{3})(\d{3})(\d{4})\Z", re.ASCII)
"""A number of the North American Numbering Plan."""


async def list_calls(request: ApiRequest) -> Answer:
    """GET: the account's calls, filtered."""
    values = request.values
    started_from, started_until = period(values, START_TIME, START_TIME_FROM, START_TIME_UNTIL)
    ended_from, ended_until = period(values, END_TIME, END_TIME_FROM, END_TIME_UNTIL)
    wanted = CallFilter(
        to=values[TO],
        from_=values[FROM],
        parent_call_sid=values[PARENT_CALL_SID],
        status=values[STATUS],
        started_from=started_from,
        started_until=started_until,
        ended_from=ended_from,
        ended_until=ended_until,
    )
    page = await request.services.store.calls.list(request.account_sid, wanted, page_request(values))
    return Answer(200, represent("calls", page, request.links, representation, by_creation))


async def update_call(request: ApiRequest) -> Answer:
    """POST on a call: end it, or have it run another document."""
    values = request.values
    before = await live_call_in_path(request, "Sid")
    status = values[NEW_STATUS]
    if values[URL] is not None and values[TWIML] is not None:
        raise ApiError(INVALID_PARAMETER, "Url and Twiml exclude each other")
    if values[STATUS_CALLBACK] is not None and values[URL] is None:
        raise ApiError(INVALID_PARAMETER, "StatusCallback needs Url in the same request")
    has_document = values[URL] is not None or values[TWIML] is not None
    fallback = values[FALLBACK_URL]
    limit_s = time_limit(values[NEW_TIME_LIMIT], request.services.limits.call_length_s)
    update = CallUpdate(
        status=None if status is None else CallStatus(status.value),
        start=start_of(values) if has_document else None,
        fallback=None if fallback is None else GoTo(fallback, values[FALLBACK_METHOD]),
        time_limit_s=None if limit_s is None else float(limit_s),
        status_callback=status_callback_of(values),
    )
    try:
        changed = await request.services.update_call(request.account_sid, before.sid, update)
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    if changed is None and has_document:
        raise ApiError(NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
    # What the account is told must be durable: a read waits for the batch that the record is in.
    return Answer(200, representation(await call_in_path(request, "Sid")))


async def fetch_call(request: ApiRequest) -> Answer:
    """GET: one call."""
    return Answer(200, representation(await call_in_path(request, "Sid")))


async def delete_call(request: ApiRequest) -> Answer:
    """DELETE: the record of a call that ended."""
    call = await call_in_path(request, "Sid")
    if not call.status.is_final:
        raise ApiError(NOT_COMPLETE, "Cannot delete this resource before it is complete")
    if not await request.services.store.calls.delete(request.account_sid, call.sid):
        raise request.not_found()
    return Answer(204)


async def call_in_path(request: ApiRequest, segment: str) -> Call:
    """The call that a segment of the path names. Raises: ApiError 20404."""
    call = await request.services.store.calls.fetch(request.account_sid, request.segments[segment])
    if call is None:
        raise request.not_found()
    return call


async def live_call_in_path(request: ApiRequest, segment: str) -> Call:
    """The same, of which something is wanted that only the node can do that has it.

    Raises: ApiError 20404; 20409 where another node has it.
    """
    call = await call_in_path(request, segment)
    if not call.status.is_final:
        node = await request.services.store.calls.elsewhere(request.account_sid, call.sid)
        if node is not None:
            raise ApiError(CONFLICT, f"The call runs on another node ({node}). Ask that node.")
    return call


def period(
    values: Values,
    day: Parameter[datetime | None],
    earliest: Parameter[datetime | None],
    latest: Parameter[datetime | None],
) -> tuple[datetime | None, datetime | None]:
    """From when (inclusive) until when (exclusive) a filter's three spellings ask (reference/rest-api 1.9).

    day: `X`, that day in UTC. earliest: `X>`. latest: `X<`.
    """
    start, end, on = values[earliest], values[latest], values[day]
    if on is not None:
        midnight = on.replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight if start is None else max(start, midnight)
        end = midnight + timedelta(days=1) if end is None else min(end, midnight + timedelta(days=1))
    return start, end


def representation(call: Call) -> Representation:
    """The resource as the API shows it."""
    account = call.account_sid
    return Representation(
        "Call",
        {
            "sid": call.sid,
            "account_sid": account,
            "parent_call_sid": call.parent_call_sid,
            "to": call.to,
            "to_formatted": formatted(call.to),
            "from": call.from_,
            "from_formatted": formatted(call.from_),
            "phone_number_sid": call.phone_number_sid,
            "status": call.status.value,
            "start_time": date(call.started_at),
            "end_time": date(call.ended_at),
            "duration": None if call.duration_s is None else str(call.duration_s),
            "price": None,
            "price_unit": "USD",
            "direction": call.direction.value,
            "answered_by": call.answered_by.value if call.answered_by is not None else None,
            "api_version": API_VERSION,
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": "0",
            "trunk_sid": call.trunk_sid,
            "date_created": date(call.created_at),
            "date_updated": date(call.updated_at),
            "uri": uri(account, "Calls", call.sid),
            "subresource_uris": {
                key: uri(account, "Calls", call.sid, name) for key, name in _SUBRESOURCES.items()
            },
        },
    )


def formatted(party: str) -> str:
    """As the display fields show it: `(305) 191-3581` for North America, anything else as it is."""
    match = _NANP.match(party)
    return "({}) {}-{}".format(*match.groups()) if match else party


CALLS_PATH: Final = "/Accounts/{AccountSid}/Calls"
OPERATIONS: Final = (
    Operation(
        "GET",
        CALLS_PATH,
        list_calls,
        paged(
            TO,
            FROM,
            PARENT_CALL_SID,
            STATUS,
            START_TIME,
            START_TIME_UNTIL,
            START_TIME_FROM,
            END_TIME,
            END_TIME_UNTIL,
            END_TIME_FROM,
        ),
    ),
    Operation("GET", f"{CALLS_PATH}/{{Sid}}", fetch_call),
    Operation(
        "POST",
        f"{CALLS_PATH}/{{Sid}}",
        update_call,
        ParameterTable(
            NEW_STATUS,
            URL,
            METHOD,
            TWIML,
            FALLBACK_URL,
            FALLBACK_METHOD,
            NEW_TIME_LIMIT,
            STATUS_CALLBACK,
            STATUS_CALLBACK_METHOD,
        ),
    ),
    Operation("DELETE", f"{CALLS_PATH}/{{Sid}}", delete_call),
)
