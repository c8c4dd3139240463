"""Placing a call (reference/rest-api 2.2, 4.1): `POST /Calls`.

To a SIP URI: a registered user of one's own Domain, or any other; to `client:` and the name of a user, who
rings wherever it is registered; to a number of this node. Left out until there are trunks: all other numbers
(21214). Left out until they are run: machine detection and the like; they are refused with 20001 by name
instead of being taken and not done.
"""

import re
from dataclasses import dataclass
from typing import Final

from offhook.base.redact import Secret
from offhook.call.progress import StatusCallback
from offhook.model.recording import RecordingSource
from offhook.recording.recorder import RecordingOrder
from offhook.rest.api.calls import CALLS_PATH, representation
from offhook.rest.call_parameters import (
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
)
from offhook.rest.errors import INVALID_PARAMETER, UNAVAILABLE, ApiError
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    Values,
    boolean,
    integer,
    matching,
    sid,
    text,
)
from offhook.rest.recording_parameters import RECORDING, recording_order
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.uri import SipUri, escape_user
from offhook.store.ports import Store
from offhook.switchboard.place_call import Callee, CallToPlace, ClientToCall, NumberToCall
from offhook.twiml.dial.client import IDENTITY
from offhook.twiml.dial.phone_number import to_e164
from offhook.verbs.dialler import OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo

NO_APPLICATION: Final = 21218
TO_CALL: Final = Parameter("To", text(1024 + 255), 21201, "", complaint="No to number is specified")
FROM_CALLER: Final = Parameter("From", text(255), 21213, "", complaint="No from number is specified")
TIMEOUT: Final = Parameter("Timeout", integer(1, 600), 21208, 60)
TIME_LIMIT: Final = Parameter("TimeLimit", integer(1, 4 * 3600), INVALID_PARAMETER, 4 * 3600)
SIP_AUTH_USERNAME: Final[Parameter[str | None]] = Parameter("SipAuthUsername", text(255), 21221, None)
SIP_AUTH_PASSWORD: Final[Parameter[str | None]] = Parameter("SipAuthPassword", text(255), 21223, None)
APPLICATION_SID: Final[Parameter[str | None]] = Parameter("ApplicationSid", sid("AP"), NO_APPLICATION, None)
SEND_DIGITS: Final = Parameter(
    "SendDigits", matching("[0-9A-D#*wW]{1,32}", "up to 32 of 0-9, A-D, #, *, w and W"), 21206, ""
)
RECORD: Final = Parameter("Record", boolean, INVALID_PARAMETER, default=False)
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

NOT_A_URI: Final = 21211
CLIENT: Final = "client:"
FROM_INVALID: Final = 21212
UNREACHABLE: Final = 21214
_NUMBER: Final = re.compile(r"\+?[0-9() .-]{3,}\Z", re.ASCII)


async def create_call(request: ApiRequest) -> Answer:
    """POST: place a call; the answer is its record, `queued`."""
    values, account = request.values, request.account
    for parameter in NOT_RUN:
        if values[parameter]:
            raise ApiError(parameter.code, f"{parameter.name} is not available on this node yet")
    to = await _callee(values[TO_CALL], request.services.store)
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


async def _callee(to: str, store: Store) -> Callee:
    """A SIP URI, a user, or a number in E.164 that is one of this node's."""
    if _NUMBER.match(to):
        return await _own_number(to, store)
    if to.lower().startswith(CLIENT):
        identity = IDENTITY.read(to[len(CLIENT) :])
        if identity is None:
            raise ApiError(
                NOT_A_URI, f"The 'To' address {to} is not a valid client: it must be {IDENTITY.allowed}"
            )
        return ClientToCall(identity)
    try:
        uri = SipUri.parse(to if to.lower().startswith(("sip:", "sips:")) else f"sip:{to}")
    except SipError as error:
        raise ApiError(NOT_A_URI, f"The 'To' address {to} is not a valid SIP URI: {error.message}") from error
    if uri.user is None:
        raise ApiError(NOT_A_URI, f"The 'To' address {to} names no user")
    return uri


async def _own_number(to: str, store: Store) -> NumberToCall:
    number = to_e164(to)
    if number is None:
        raise ApiError(NOT_A_URI, f"The 'To' number {to} is not a valid phone number: E.164 is wanted")
    if await store.incoming_phone_numbers.find_by_number(number) is None:
        raise ApiError(
            UNREACHABLE,
            f"'To' phone number {to} cannot be reached: it is none of this node's, and there is no trunk",
        )
    return NumberToCall(number)


def _caller(from_: str, host: str) -> SipUri:
    """From as a URI; a number or name stands at the node's own realm."""
    try:
        if from_.lower().startswith(("sip:", "sips:")):
            return SipUri.parse(from_)
        return SipUri.parse(f"sip:{escape_user(from_)}@{host}")
    except SipError as error:
        raise ApiError(FROM_INVALID, f"The 'From' address {from_} is not valid: {error.message}") from error


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
            *NOT_RUN,
            required=(TO_CALL, FROM_CALLER),
        ),
    ),
)
