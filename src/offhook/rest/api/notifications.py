"""Notifications, of the account and of one call (reference/rest-api 2.1, 2.2, 3.1)."""

from datetime import datetime
from typing import Final

from offhook.model.notification import LogLevel, Notification
from offhook.model.sip_domain import API_VERSION
from offhook.rest.api.calls import call_in_path, period
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.paging import page_request, paged, represent
from offhook.rest.parameters import Parameter, integer, moment
from offhook.rest.representation import JsonValue, Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import Cursor

LOG: Final[Parameter[int | None]] = Parameter(
    "Log", integer(min(LogLevel), max(LogLevel)), INVALID_PARAMETER, None
)
MESSAGE_DATE: Final[Parameter[datetime | None]] = Parameter("MessageDate", moment, INVALID_PARAMETER, None)
MESSAGE_DATE_UNTIL: Final[Parameter[datetime | None]] = Parameter(
    "MessageDate<", moment, INVALID_PARAMETER, None
)
MESSAGE_DATE_FROM: Final[Parameter[datetime | None]] = Parameter(
    "MessageDate>", moment, INVALID_PARAMETER, None
)


async def list_notifications(request: ApiRequest) -> Answer:
    """GET: those of the account, or of the call in the path."""
    call_sid = (await call_in_path(request, "CallSid")).sid if "CallSid" in request.segments else None
    message_from, message_until = period(request.values, MESSAGE_DATE, MESSAGE_DATE_FROM, MESSAGE_DATE_UNTIL)
    page = await request.services.store.notifications.list(
        request.account_sid,
        page_request(request.values),
        call_sid=call_sid,
        log=request.values[LOG],
        message_from=message_from,
        message_until=message_until,
    )

    def represent_one(notification: Notification) -> Representation:
        return Representation("Notification", _summary(notification, below_call=call_sid is not None))

    return Answer(200, represent("notifications", page, request.links, represent_one, by_moment))


async def fetch_notification(request: ApiRequest) -> Answer:
    """GET: one, with the HTTP exchange that it is about."""
    notification = await request.services.store.notifications.fetch(
        request.account_sid, request.segments["Sid"]
    )
    call_sid = request.segments.get("CallSid")
    if notification is None or call_sid not in (None, notification.call_sid):
        raise request.not_found()
    fields = _summary(notification, below_call=call_sid is not None)
    fields["request_variables"] = notification.request_variables
    fields["response_headers"] = notification.response_headers
    fields["response_body"] = notification.response_body
    return Answer(200, Representation("Notification", fields))


def by_moment(notification: Notification) -> Cursor:
    """Where a notification stands in the log."""
    return Cursor(notification.message_date, notification.sid)


def _summary(notification: Notification, *, below_call: bool) -> dict[str, JsonValue]:
    """What a list shows. below_call: whether the link goes through the call, as the request did."""
    account, call_sid = notification.account_sid, notification.call_sid
    parents = ("Calls", call_sid) if below_call and call_sid is not None else ()
    return {
        "sid": notification.sid,
        "account_sid": account,
        "call_sid": call_sid,
        "api_version": API_VERSION,
        "log": str(int(notification.log)),
        "error_code": str(notification.error_code),
        "more_info": notification.more_info,
        "message_text": notification.message_text,
        "message_date": date(notification.message_date),
        "request_method": notification.request_method or None,
        "request_url": notification.request_url,
        "date_created": date(notification.message_date),
        "date_updated": date(notification.message_date),
        "uri": uri(account, *parents, "Notifications", notification.sid),
    }


_ACCOUNT: Final = "/Accounts/{AccountSid}/Notifications"
_CALL: Final = "/Accounts/{AccountSid}/Calls/{CallSid}/Notifications"
_FILTERS: Final = paged(LOG, MESSAGE_DATE, MESSAGE_DATE_UNTIL, MESSAGE_DATE_FROM)
OPERATIONS: Final = (
    Operation("GET", _ACCOUNT, list_notifications, _FILTERS),
    Operation("GET", f"{_ACCOUNT}/{{Sid}}", fetch_notification),
    Operation("GET", _CALL, list_notifications, _FILTERS),
    Operation("GET", f"{_CALL}/{{Sid}}", fetch_notification),
)
