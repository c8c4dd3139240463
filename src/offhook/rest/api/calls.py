"""Calls: create, fetch, list, update, delete (reference/rest-api 2.2, 3.1, 4.1).

A call is placed to a SIP URI: a registered user of one's own Domain, or any other. Left out until there are
trunks: numbers (21214). Left out until they are run: machine detection and the
like; they are refused with 20001 by name instead of being taken and not done.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from offhook.base.redact import Secret
from offhook.call.progress import StatusCallback
from offhook.model.call import Call, CallStatus
from offhook.model.recording import RecordingSource
from offhook.model.sip_domain import API_VERSION
from offhook.recording.recorder import RecordingOrder
from offhook.rest.errors import INVALID_PARAMETER, NOT_COMPLETE, UNAVAILABLE, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    Values,
    boolean,
    http_method,
    http_url,
    integer,
    matching,
    moment,
    sid,
    text,
    word,
    words,
)
from offhook.rest.recording_parameters import RECORDING, recording_order
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.uri import SipUri, escape_user
from offhook.store.ports import CallFilter
from offhook.switchboard.place_call import CallToPlace
from offhook.switchboard.update_call import CallUpdate, NotInProgressError
from offhook.verbs.dialler import OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from offhook.webhook.ports import ProgressEvent

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
NO_APPLICATION: Final = 21218
TO_CALL: Final = Parameter("To", text(1024 + 255), 21201, "", complaint="No to number is specified")
FROM_CALLER: Final = Parameter("From", text(255), 21213, "", complaint="No from number is specified")
URL: Final[Parameter[str | None]] = Parameter("Url", http_url, 21205, None)
METHOD: Final = Parameter("Method", http_method, 21209, "POST")
FALLBACK_URL: Final[Parameter[str | None]] = Parameter("FallbackUrl", http_url, 21205, None)
FALLBACK_METHOD: Final = Parameter("FallbackMethod", http_method, 21209, "POST")
TWIML: Final[Parameter[str | None]] = Parameter("Twiml", str, 32018, None)
TIMEOUT: Final = Parameter("Timeout", integer(1, 600), 21208, 60)
TIME_LIMIT: Final = Parameter("TimeLimit", integer(1, 4 * 3600), INVALID_PARAMETER, 4 * 3600)
SIP_AUTH_USERNAME: Final[Parameter[str | None]] = Parameter("SipAuthUsername", text(255), 21221, None)
SIP_AUTH_PASSWORD: Final[Parameter[str | None]] = Parameter("SipAuthPassword", text(255), 21223, None)


APPLICATION_SID: Final[Parameter[str | None]] = Parameter("ApplicationSid", sid("AP"), NO_APPLICATION, None)
SEND_DIGITS: Final = Parameter(
    "SendDigits", matching("[0-9A-D#*wW]{1,32}", "up to 32 of 0-9, A-D, #, *, w and W"), 21206, ""
)
RECORD: Final = Parameter("Record", boolean, INVALID_PARAMETER, default=False)


class EndStatus(StrEnum):
    """What an update may ask a call to become."""

    CANCELED = "canceled"
    COMPLETED = "completed"


NEW_STATUS: Final[Parameter[EndStatus | None]] = Parameter("Status", word(EndStatus), INVALID_PARAMETER, None)
NEW_TIME_LIMIT: Final[Parameter[int | None]] = Parameter(
    "TimeLimit", integer(1, 4 * 3600), INVALID_PARAMETER, None
)
STATUS_CALLBACK: Final[Parameter[str | None]] = Parameter("StatusCallback", http_url, 21609, None)
STATUS_CALLBACK_METHOD: Final = Parameter("StatusCallbackMethod", http_method, 21209, "POST")
STATUS_CALLBACK_EVENT: Final[Parameter[frozenset[ProgressEvent]]] = Parameter(
    "StatusCallbackEvent",
    words(ProgressEvent),
    21626,
    frozenset({ProgressEvent.COMPLETED}),
    is_repeated=True,
)
NOT_RUN: Final = tuple(
    Parameter(name, str, 20001, "")
    for name in (
        "AsyncAmd",
        "AsyncAmdStatusCallback",
        "AsyncAmdStatusCallbackMethod",
        "Byoc",
        "CallReason",
        "CallToken",
        "CallerId",
        "ClientNotificationUrl",
        "MachineDetection",
        "MachineDetectionSilenceTimeout",
        "MachineDetectionSpeechEndThreshold",
        "MachineDetectionSpeechThreshold",
        "MachineDetectionTimeout",
    )
)
"""What Twilio would do and this node does not do yet."""

TWIML_MAX: Final = 4000
NOT_A_URI: Final = 21211
NOT_IN_PROGRESS: Final = 21220
FROM_INVALID: Final = 21212
UNREACHABLE: Final = 21214
_NUMBER: Final = re.compile(r"\+?[0-9() .-]{3,}\Z", re.ASCII)

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


async def create_call(request: ApiRequest) -> Answer:
    """POST: place a call; the answer is its record, `queued`."""
    values, account = request.values, request.account
    for parameter in NOT_RUN:
        if values[parameter]:
            raise ApiError(parameter.code, f"{parameter.name} is not available on this node yet")
    to = _callee(values[TO_CALL])
    application = await _application(request)
    wanted = CallToPlace(
        account_sid=account.sid,
        auth_token=account.auth_token,
        to=to,
        from_=values[FROM_CALLER],
        from_uri=_caller(values[FROM_CALLER], request.services.realm),
        start=application.start,
        fallback_url=application.fallback_url,
        fallback_method=application.fallback_method,
        timeout_s=float(values[TIMEOUT]),
        time_limit_s=float(values[TIME_LIMIT]),
        credentials=_credentials(values),
        status_callback=application.status_callback,
        digits=values[SEND_DIGITS],
        recording=_recording(values, account.auth_token),
    )
    try:
        call = request.services.place_call(wanted)
    except OverloadError as error:
        raise ApiError(UNAVAILABLE, str(error), headers={"Retry-After": "10"}) from error
    # What the creator is told must be durable: a read waits for the batch that the record is in.
    written = await request.services.store.calls.fetch(account.sid, call.sid)
    return Answer(201, representation(written or call))


@dataclass(frozen=True, slots=True)
class _Application:
    """What is asked, and told, as a call goes on."""

    start: GoTo | InlineDocument
    fallback_url: str | None
    fallback_method: str
    status_callback: StatusCallback | None


async def _application(request: ApiRequest) -> _Application:
    """By ApplicationSid, which leaves the other URLs aside, or by what the request itself says."""
    values = request.values
    sid = values[APPLICATION_SID]
    if sid is None:
        fallback_url, method = values[FALLBACK_URL], values[FALLBACK_METHOD]
        return _Application(_start(values), fallback_url, method, _status_callback(values))
    found = await request.services.store.applications.fetch(request.account_sid, sid)
    if found is None:
        raise ApiError(NO_APPLICATION, f"ApplicationSid {sid} is not an application of this account")
    if not found.voice_url:
        raise ApiError(NO_APPLICATION, f"Application {sid} has no VoiceUrl")
    told = found.status_callback
    return _Application(
        GoTo(found.voice_url, found.voice_method),
        found.voice_fallback_url,
        found.voice_fallback_method,
        None if not told else StatusCallback(told, found.status_callback_method),
    )


def _callee(to: str) -> SipUri:
    if _NUMBER.match(to):
        raise ApiError(
            UNREACHABLE, f"'To' phone number {to} cannot be reached: there is no trunk on this node"
        )
    try:
        uri = SipUri.parse(to if to.lower().startswith(("sip:", "sips:")) else f"sip:{to}")
    except SipError as error:
        raise ApiError(NOT_A_URI, f"The 'To' address {to} is not a valid SIP URI: {error.message}") from error
    if uri.user is None:
        raise ApiError(NOT_A_URI, f"The 'To' address {to} names no user")
    return uri


def _caller(from_: str, host: str) -> SipUri:
    """From as a URI; a number or name stands at the node's own realm."""
    try:
        if from_.lower().startswith(("sip:", "sips:")):
            return SipUri.parse(from_)
        return SipUri.parse(f"sip:{escape_user(from_)}@{host}")
    except SipError as error:
        raise ApiError(FROM_INVALID, f"The 'From' address {from_} is not valid: {error.message}") from error


def _start(values: Values) -> GoTo | InlineDocument:
    """Url beats Twiml (reference/rest-api 2.2); one of them must be there."""
    url, twiml = values[URL], values[TWIML]
    if url is not None:
        return GoTo(url, values[METHOD])
    if twiml is None:
        raise ApiError(URL.code, "Url parameter is required: there is neither Url nor Twiml")
    if len(twiml) > TWIML_MAX:
        raise ApiError(TWIML.code, f"Twiml is longer than {TWIML_MAX} characters")
    return InlineDocument(twiml)


def _status_callback(values: Values) -> StatusCallback | None:
    url = values[STATUS_CALLBACK]
    if url is None:
        return None
    return StatusCallback(url, values[STATUS_CALLBACK_METHOD], values[STATUS_CALLBACK_EVENT])


def _recording(values: Values, auth_token: Secret) -> RecordingOrder | None:
    if not values[RECORD]:
        return None
    return recording_order(values, RecordingSource.OUTBOUND_API, auth_token, trims_silence=True)


def _credentials(values: Values) -> Credentials | None:
    username, password = values[SIP_AUTH_USERNAME], values[SIP_AUTH_PASSWORD]
    if username is None:
        return None
    if password is None:
        raise ApiError(21225, "SipAuthPassword is required with SipAuthUsername")
    return Credentials(username, Secret(password))


async def update_call(request: ApiRequest) -> Answer:
    """POST on a call: end it, or have it run another document."""
    values = request.values
    before = await call_in_path(request, "Sid")
    status = values[NEW_STATUS]
    if values[URL] is not None and values[TWIML] is not None:
        raise ApiError(INVALID_PARAMETER, "Url and Twiml exclude each other")
    if values[STATUS_CALLBACK] is not None and values[URL] is None:
        raise ApiError(INVALID_PARAMETER, "StatusCallback needs Url in the same request")
    has_document = values[URL] is not None or values[TWIML] is not None
    fallback = values[FALLBACK_URL]
    limit_s = values[NEW_TIME_LIMIT]
    update = CallUpdate(
        status=None if status is None else CallStatus(status.value),
        start=_start(values) if has_document else None,
        fallback=None if fallback is None else GoTo(fallback, values[FALLBACK_METHOD]),
        time_limit_s=None if limit_s is None else float(limit_s),
        status_callback=_status_callback(values),
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
            "phone_number_sid": None,
            "status": call.status.value,
            "start_time": date(call.started_at),
            "end_time": date(call.ended_at),
            "duration": None if call.duration_s is None else str(call.duration_s),
            "price": None,
            "price_unit": "USD",
            "direction": call.direction.value,
            "answered_by": None,
            "api_version": API_VERSION,
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": "0",
            "trunk_sid": None,
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


_PATH: Final = "/Accounts/{AccountSid}/Calls"
OPERATIONS: Final = (
    Operation(
        "GET",
        _PATH,
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
    Operation(
        "POST",
        _PATH,
        create_call,
        ParameterTable(
            TO_CALL,
            FROM_CALLER,
            URL,
            METHOD,
            FALLBACK_URL,
            FALLBACK_METHOD,
            TWIML,
            TIMEOUT,
            TIME_LIMIT,
            SIP_AUTH_USERNAME,
            SIP_AUTH_PASSWORD,
            STATUS_CALLBACK,
            STATUS_CALLBACK_METHOD,
            STATUS_CALLBACK_EVENT,
            APPLICATION_SID,
            SEND_DIGITS,
            RECORD,
            *RECORDING,
            *NOT_RUN,
            required=(TO_CALL, FROM_CALLER),
        ),
    ),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_call),
    Operation(
        "POST",
        f"{_PATH}/{{Sid}}",
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
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_call),
)
