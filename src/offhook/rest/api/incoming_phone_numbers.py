"""IncomingPhoneNumbers (reference/rest-api 2.7, 3.7, 4.4).

A number is a row that the operator adds: nobody sells numbers here, so AreaCode finds none (21452), and every
number is `hosted`. On a trunk a number has no application, and the other way round. Left out: subaccounts, so
no number moves to another account (21471). What is of messages, addresses and bundles is checked, stored and
shown, and never used.
"""

import re
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.incoming_phone_number import EmergencyStatus, IncomingPhoneNumber, VoiceReceiveMode
from offhook.rest.api.applications import (
    SMS_FALLBACK_METHOD,
    SMS_FALLBACK_URL,
    SMS_METHOD,
    SMS_URL,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    VERSION,
    VOICE_CALLER_ID_LOOKUP,
    VOICE_FALLBACK_METHOD,
    VOICE_FALLBACK_URL,
    VOICE_METHOD,
    VOICE_URL,
)
from offhook.rest.api.calls import formatted
from offhook.rest.errors import INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, boolean, sid, text, word
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, NumberFilter, Page, UnknownRecordError

NOT_E164: Final = 21421
UNAVAILABLE: Final = 21422
NO_SUCH_APPLICATION: Final = 21420
"""Of an application or trunk that a number is to have."""
FALLBACK_WITHOUT_URL: Final = 21405
NONE_IN_AREA: Final = 21452
UNKNOWN_ACCOUNT: Final = 21471
ORIGIN: Final = "hosted"
"""Where every number here comes from: it is not Twilio's."""
_ORIGINS: Final = ("twilio", ORIGIN)
_E164: Final = re.compile(r"\+[1-9][0-9]{2,14}\Z", re.ASCII)
_PART: Final = re.compile(r"\+?[0-9*]{1,15}\Z", re.ASCII)


def e164(value: str) -> str:
    """`+` and 3 to 15 digits: an operator's own plan may be shorter than the world's (ITU-T E.164 §6)."""
    if not _E164.match(value):
        raise ValueError("it must be in E.164 format: + and 3 to 15 digits, the first not 0")
    return value


def part(value: str) -> str:
    """A part of a number, `*` standing for any digit."""
    if not _PART.match(value):
        raise ValueError("it must be 1 to 15 digits or * after an optional +")
    return value


def origin(value: str) -> str:
    """Where numbers come from."""
    if value not in _ORIGINS:
        raise ValueError("it must be " + " or ".join(_ORIGINS))
    return value


def stored_sid(name: str, prefix: str) -> Parameter[str | None]:
    """The Sid of something that is not kept here; an empty string clears it."""
    return Parameter(name, sid(prefix), INVALID_PARAMETER, None, is_clearable=True)


BETA: Final[Parameter[bool | None]] = Parameter("Beta", boolean, INVALID_PARAMETER, None)
"""Whether numbers that are new to the platform may be listed; there are none, so that it changes nothing."""
NAME_FILTER: Final[Parameter[str | None]] = Parameter("FriendlyName", text(64), INVALID_PARAMETER, None)
NUMBER_FILTER: Final[Parameter[str | None]] = Parameter("PhoneNumber", part, INVALID_PARAMETER, None)
ORIGIN_FILTER: Final[Parameter[str | None]] = Parameter("Origin", origin, INVALID_PARAMETER, None)
PHONE_NUMBER: Final = Parameter("PhoneNumber", e164, NOT_E164, "", complaint="The phone number is not valid")
AREA_CODE: Final[Parameter[str | None]] = Parameter("AreaCode", text(16), NONE_IN_AREA, None)
FRIENDLY_NAME: Final = Parameter("FriendlyName", text(64), NAME_LENGTH, "")
VOICE_APPLICATION_SID: Final[Parameter[str | None]] = Parameter(
    "VoiceApplicationSid", sid("AP"), NO_SUCH_APPLICATION, None, is_clearable=True
)
SMS_APPLICATION_SID: Final[Parameter[str | None]] = Parameter(
    "SmsApplicationSid", sid("AP"), NO_SUCH_APPLICATION, None, is_clearable=True
)
TRUNK_SID: Final[Parameter[str | None]] = Parameter(
    "TrunkSid", sid("TK"), NO_SUCH_APPLICATION, None, is_clearable=True
)
VOICE_RECEIVE_MODE: Final = Parameter(
    "VoiceReceiveMode", word(VoiceReceiveMode), INVALID_PARAMETER, VoiceReceiveMode.VOICE
)
EMERGENCY_STATUS: Final = Parameter(
    "EmergencyStatus", word(EmergencyStatus), INVALID_PARAMETER, EmergencyStatus.INACTIVE
)
EMERGENCY_ADDRESS_SID: Final = stored_sid("EmergencyAddressSid", "AD")
ADDRESS_SID: Final = stored_sid("AddressSid", "AD")
IDENTITY_SID: Final = stored_sid("IdentitySid", "RI")
BUNDLE_SID: Final = stored_sid("BundleSid", "BU")
ACCOUNT_SID: Final[Parameter[str | None]] = Parameter("AccountSid", sid("AC"), UNKNOWN_ACCOUNT, None)

_SETTINGS: Final = (
    FRIENDLY_NAME,
    VERSION,
    VOICE_URL,
    VOICE_METHOD,
    VOICE_FALLBACK_URL,
    VOICE_FALLBACK_METHOD,
    VOICE_APPLICATION_SID,
    VOICE_CALLER_ID_LOOKUP,
    VOICE_RECEIVE_MODE,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    TRUNK_SID,
    EMERGENCY_STATUS,
    EMERGENCY_ADDRESS_SID,
    ADDRESS_SID,
    IDENTITY_SID,
    BUNDLE_SID,
    SMS_APPLICATION_SID,
    SMS_URL,
    SMS_METHOD,
    SMS_FALLBACK_URL,
    SMS_FALLBACK_METHOD,
)


async def list_numbers(request: ApiRequest) -> Answer:
    """GET: the account's numbers, filtered."""
    values, wanted = request.values, page_request(request.values)
    if values[ORIGIN_FILTER] in (None, ORIGIN):
        page = await request.services.store.incoming_phone_numbers.list(
            request.account_sid, NumberFilter(values[NAME_FILTER], values[NUMBER_FILTER]), wanted
        )
    else:
        page = Page([], has_older=False, has_newer=False)
    return Answer(200, represent("incoming_phone_numbers", page, request.links, representation, by_creation))


async def create_number(request: ApiRequest) -> Answer:
    """POST: one more number."""
    if request.values[AREA_CODE] is not None:
        raise ApiError(NONE_IN_AREA, "No phone numbers are sold here: send PhoneNumber instead of AreaCode")
    phone_number = request.values[PHONE_NUMBER]
    if not phone_number:
        raise ApiError(NOT_E164, "The phone number is not valid: PhoneNumber is required")
    now = request.services.clock.utc_now()
    blank = IncomingPhoneNumber(
        sid=new_sid("PN", request.services.chance),
        account_sid=request.account_sid,
        phone_number=phone_number,
        friendly_name=formatted(phone_number),
        created_at=now,
        updated_at=now,
    )
    number = await _changed(blank, request)
    try:
        await request.services.store.incoming_phone_numbers.insert(number)
    except DuplicateError as error:
        raise ApiError(UNAVAILABLE, f"{phone_number} is not available: it is in use") from error
    except UnknownRecordError as error:
        raise _no_application() from error
    return Answer(201, representation(number))


async def fetch_number(request: ApiRequest) -> Answer:
    """GET: one number."""
    return Answer(200, representation(await _number_in_path(request)))


async def update_number(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest; the number itself cannot change."""
    if request.values[ACCOUNT_SID] not in (None, request.account_sid):
        raise ApiError(UNKNOWN_ACCOUNT, "The account to which the number is to go does not exist")
    number = await _changed(await _number_in_path(request), request)
    number = replace(number, updated_at=request.services.clock.utc_now())
    try:
        await request.services.store.incoming_phone_numbers.update(number)
    except UnknownRecordError as error:
        await _number_in_path(request)
        raise _no_application() from error
    return Answer(200, representation(number))


async def delete_number(request: ApiRequest) -> Answer:
    """DELETE: one number."""
    numbers = request.services.store.incoming_phone_numbers
    if not await numbers.delete(request.account_sid, request.segments["Sid"]):
        raise request.not_found()
    return Answer(204)


async def _number_in_path(request: ApiRequest) -> IncomingPhoneNumber:
    number = await request.services.store.incoming_phone_numbers.fetch(
        request.account_sid, request.segments["Sid"]
    )
    if number is None:
        raise request.not_found()
    return number


async def _changed(number: IncomingPhoneNumber, request: ApiRequest) -> IncomingPhoneNumber:
    """The number with what was sent, once it is known that what it refers to is there."""
    sent, values = request.values.get, request.values
    trunk_sid = values[TRUNK_SID]
    if trunk_sid and await request.services.store.trunks.fetch(request.account_sid, trunk_sid) is None:
        raise ApiError(NO_SUCH_APPLICATION, f"TrunkSid {trunk_sid} is not accessible: there is no such trunk")
    for parameter in (VOICE_APPLICATION_SID, SMS_APPLICATION_SID):
        wanted = values[parameter]
        if wanted and not await request.services.store.applications.fetch(request.account_sid, wanted):
            raise _no_application()
    changed = replace(
        number,
        friendly_name=sent(FRIENDLY_NAME, number.friendly_name),
        api_version=sent(VERSION, number.api_version),
        voice_url=sent(VOICE_URL, number.voice_url),
        voice_method=sent(VOICE_METHOD, number.voice_method),
        voice_fallback_url=sent(VOICE_FALLBACK_URL, number.voice_fallback_url),
        voice_fallback_method=sent(VOICE_FALLBACK_METHOD, number.voice_fallback_method),
        voice_application_sid=None
        if trunk_sid
        else sent(VOICE_APPLICATION_SID, number.voice_application_sid),
        trunk_sid=None
        if values[VOICE_APPLICATION_SID] and not trunk_sid
        else sent(TRUNK_SID, number.trunk_sid),
        voice_caller_id_lookup=sent(VOICE_CALLER_ID_LOOKUP, number.voice_caller_id_lookup),
        voice_receive_mode=sent(VOICE_RECEIVE_MODE, number.voice_receive_mode),
        status_callback=sent(STATUS_CALLBACK, number.status_callback),
        status_callback_method=sent(STATUS_CALLBACK_METHOD, number.status_callback_method),
        emergency_status=sent(EMERGENCY_STATUS, number.emergency_status),
        emergency_address_sid=sent(EMERGENCY_ADDRESS_SID, number.emergency_address_sid),
        address_sid=sent(ADDRESS_SID, number.address_sid),
        identity_sid=sent(IDENTITY_SID, number.identity_sid),
        bundle_sid=sent(BUNDLE_SID, number.bundle_sid),
        sms_application_sid=sent(SMS_APPLICATION_SID, number.sms_application_sid),
        sms_url=sent(SMS_URL, number.sms_url),
        sms_method=sent(SMS_METHOD, number.sms_method),
        sms_fallback_url=sent(SMS_FALLBACK_URL, number.sms_fallback_url),
        sms_fallback_method=sent(SMS_FALLBACK_METHOD, number.sms_fallback_method),
    )
    if values[VOICE_FALLBACK_URL] and not (changed.voice_url or changed.voice_application_sid):
        raise ApiError(FALLBACK_WITHOUT_URL, "VoiceFallbackUrl cannot be set without VoiceUrl")
    return changed


def _no_application() -> ApiError:
    return ApiError(NO_SUCH_APPLICATION, "The application is not accessible: there is none of that Sid")


def representation(number: IncomingPhoneNumber) -> Representation:
    """The resource as the API shows it: an absent application is an empty text, as Twilio's is."""
    return Representation(
        "IncomingPhoneNumber",
        {
            "sid": number.sid,
            "account_sid": number.account_sid,
            "friendly_name": number.friendly_name,
            "phone_number": number.phone_number,
            "api_version": number.api_version,
            "date_created": date(number.created_at),
            "date_updated": date(number.updated_at),
            "voice_url": number.voice_url,
            "voice_method": number.voice_method,
            "voice_fallback_url": number.voice_fallback_url,
            "voice_fallback_method": number.voice_fallback_method,
            "voice_application_sid": number.voice_application_sid or "",
            "voice_caller_id_lookup": number.voice_caller_id_lookup,
            "voice_receive_mode": number.voice_receive_mode.value,
            "status_callback": number.status_callback,
            "status_callback_method": number.status_callback_method,
            "trunk_sid": number.trunk_sid,
            "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
            "origin": ORIGIN,
            "beta": False,
            "status": "in-use",
            "type": "local",
            "address_requirements": "none",
            "address_sid": number.address_sid,
            "identity_sid": number.identity_sid,
            "bundle_sid": number.bundle_sid,
            "emergency_status": number.emergency_status.value,
            "emergency_address_sid": number.emergency_address_sid,
            "emergency_address_status": "unregistered",
            "sms_application_sid": number.sms_application_sid or "",
            "sms_url": number.sms_url,
            "sms_method": number.sms_method,
            "sms_fallback_url": number.sms_fallback_url,
            "sms_fallback_method": number.sms_fallback_method,
            "uri": uri(number.account_sid, "IncomingPhoneNumbers", number.sid),
        },
    )


_PATH: Final = "/Accounts/{AccountSid}/IncomingPhoneNumbers"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_numbers, paged(BETA, NAME_FILTER, NUMBER_FILTER, ORIGIN_FILTER)),
    Operation("POST", _PATH, create_number, ParameterTable(PHONE_NUMBER, AREA_CODE, *_SETTINGS)),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_number),
    Operation("POST", f"{_PATH}/{{Sid}}", update_number, ParameterTable(ACCOUNT_SID, *_SETTINGS)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_number),
)
