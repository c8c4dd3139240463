"""Placing a call (reference/rest-api 2.2, 4.1): `POST /Calls`.

Who is called and who calls: `rest/call_parties.py`. How machines are detected:
`rest/detection_parameters.py`.
"""

from dataclasses import dataclass
from typing import Final

from offhook.base.redact import Secret
from offhook.call.progress import StatusCallback
from offhook.model.recording import RecordingSource
from offhook.recording.recorder import RecordingOrder
from offhook.rest.api.calls import CALLS_PATH, representation
from offhook.rest.call_parameters import (
    DAY_S,
    FALLBACK_METHOD,
    FALLBACK_URL,
    METHOD,
    STATUS_CALLBACK,
    STATUS_CALLBACK_EVENT,
    STATUS_CALLBACK_METHOD,
    TWIML,
    URL,
    start_of,
    status_callback_of,
    time_limit,
)
from offhook.rest.call_parties import BYOC, CALLER_ID, FROM_CALLER, TO_CALL, called_by, caller_of
from offhook.rest.detection_parameters import DETECTION, detection_order
from offhook.rest.errors import INVALID_PARAMETER, UNAVAILABLE, ApiError
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    Values,
    boolean,
    http_url,
    integer,
    matching,
    sid,
    text,
)
from offhook.rest.recording_parameters import RECORDING, recording_order
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.sip.digest.credentials import Credentials
from offhook.switchboard.place_call import CallToPlace, ClientToCall
from offhook.switchboard.turns import QueueFullError
from offhook.verbs.dialler import OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo

NO_APPLICATION: Final = 21218
TWIML_IGNORED: Final = 32019


QUEUE_FULL: Final = 22005


TIMEOUT: Final = Parameter("Timeout", integer(1, 600), 21208, 60)
TIME_LIMIT: Final[Parameter[int | None]] = Parameter("TimeLimit", integer(1, DAY_S), INVALID_PARAMETER, None)
SIP_AUTH_USERNAME: Final[Parameter[str | None]] = Parameter("SipAuthUsername", text(255), 21221, None)
SIP_AUTH_PASSWORD: Final[Parameter[str | None]] = Parameter("SipAuthPassword", text(255), 21223, None)
APPLICATION_SID: Final[Parameter[str | None]] = Parameter("ApplicationSid", sid("AP"), NO_APPLICATION, None)
SEND_DIGITS: Final = Parameter(
    "SendDigits", matching("[0-9A-D#*wW]{1,32}", "up to 32 of 0-9, A-D, #, *, w and W"), 21206, ""
)
RECORD: Final = Parameter("Record", boolean, INVALID_PARAMETER, default=False)
CALL_REASON: Final[Parameter[str | None]] = Parameter("CallReason", text(50), INVALID_PARAMETER, None)
CALL_TOKEN: Final[Parameter[str | None]] = Parameter("CallToken", text(4096), INVALID_PARAMETER, None)
NOTIFICATION_URL: Final[Parameter[str | None]] = Parameter("ClientNotificationUrl", http_url, 21205, None)
WITHOUT_EFFECT: Final = (CALL_REASON, CALL_TOKEN, NOTIFICATION_URL)
"""Checked, and of no effect here: they are for branded calls of carriers, for the numbers of a call that came
from one, and for push notifications."""


async def create_call(request: ApiRequest) -> Answer:
    """POST: place a call; the answer is its record, `queued`."""
    values, account = request.values, request.account
    longest_s = request.services.limits.call_length_s
    called = await called_by(values, request)
    caller = await caller_of(values, called.callee, request)
    detection = detection_order(values, can_be_machine=not isinstance(called.callee, ClientToCall))
    application = await _application(request)
    wanted = CallToPlace(
        account_sid=account.sid,
        auth_token=account.auth_token,
        to=called.callee,
        from_=caller.text,
        from_uri=caller.uri,
        phone_number_sid=caller.phone_number_sid,
        is_secure=called.is_secure,
        headers=called.headers,
        warnings=(*called.warnings, *_warnings(values), *detection.warnings),
        detection=detection.order,
        start=application.start,
        fallback_url=application.fallback_url,
        fallback_method=application.fallback_method,
        timeout_s=float(values[TIMEOUT]),
        time_limit_s=float(time_limit(values[TIME_LIMIT], longest_s) or longest_s),
        credentials=credentials_of(values),
        status_callback=application.status_callback,
        digits=values[SEND_DIGITS],
        recording=_recording(values, account.auth_token),
    )
    try:
        call = request.services.place_call(wanted)
    except QueueFullError as error:
        raise ApiError(QUEUE_FULL, str(error)) from error
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
        return _Application(start_of(values), fallback_url, method, status_callback_of(values))
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


def _warnings(values: Values) -> tuple[tuple[int, str], ...]:
    if values[APPLICATION_SID] is None and values[URL] is not None and values[TWIML] is not None:
        return ((TWIML_IGNORED, "Url and Twiml were both given: Twiml was left aside"),)
    return ()


def _recording(values: Values, auth_token: Secret) -> RecordingOrder | None:
    if not values[RECORD]:
        return None
    return recording_order(values, RecordingSource.OUTBOUND_API, auth_token, trims_silence=True)


def credentials_of(values: Values) -> Credentials | None:
    """What answers a digest challenge. Raises: ApiError 21225."""
    username, password = values[SIP_AUTH_USERNAME], values[SIP_AUTH_PASSWORD]
    if username is None:
        return None
    if password is None:
        raise ApiError(21225, "SipAuthPassword is required with SipAuthUsername")
    return Credentials(username, Secret(password))


OPERATIONS: Final = (
    Operation(
        "POST",
        CALLS_PATH,
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
            CALLER_ID,
            BYOC,
            *DETECTION,
            *WITHOUT_EFFECT,
            required=(TO_CALL, FROM_CALLER),
        ),
    ),
)
