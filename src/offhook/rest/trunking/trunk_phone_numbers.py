"""Numbers of an elastic SIP trunk: what calls them, calls the trunk's PBX (reference/rest-api 2.12, 3.8).

A number is on one trunk at most; putting it on one takes its application away (reference/rest-api 2.7).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.rest.errors import INVALID_SID, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, sid
from offhook.rest.representation import Representation, iso_date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.trunking.trunks import trunk_in_path
from offhook.store.ports import NumberFilter, UnknownRecordError

PHONE_NUMBER_SID: Final = Parameter("PhoneNumberSid", sid("PN"), INVALID_SID, "")


async def list_numbers(request: ApiRequest) -> Answer:
    """GET: the numbers of a trunk."""
    trunk = await trunk_in_path(request, "TrunkSid")
    page = await request.services.store.incoming_phone_numbers.list(
        request.account_sid, NumberFilter(trunk_sid=trunk.sid), page_request(request.values)
    )
    return Answer(
        200, represent_v1("phone_numbers", page, request.absolute_links, _shown(request), by_creation)
    )


async def add_number(request: ApiRequest) -> Answer:
    """POST: put a number on the trunk."""
    trunk, sid_ = await trunk_in_path(request, "TrunkSid"), request.values[PHONE_NUMBER_SID]
    number = await request.services.store.incoming_phone_numbers.fetch(request.account_sid, sid_)
    if number is None:
        raise ApiError(INVALID_SID, f"PhoneNumberSid {sid_} is not a phone number of this account")
    number = replace(number, trunk_sid=trunk.sid, voice_application_sid=None)
    await _save(number, request)
    return Answer(201, representation(number, request))


async def fetch_number(request: ApiRequest) -> Answer:
    """GET: one number, if it is on the trunk."""
    return Answer(200, representation(await _number_in_path(request), request))


async def remove_number(request: ApiRequest) -> Answer:
    """DELETE: take the number from the trunk; it stays, and answers by its Voice URL."""
    await _save(replace(await _number_in_path(request), trunk_sid=None), request)
    return Answer(204)


async def _number_in_path(request: ApiRequest) -> IncomingPhoneNumber:
    trunk = await trunk_in_path(request, "TrunkSid")
    numbers = request.services.store.incoming_phone_numbers
    number = await numbers.fetch(request.account_sid, request.segments["Sid"])
    if number is None or number.trunk_sid != trunk.sid:
        raise request.not_found()
    return number


async def _save(number: IncomingPhoneNumber, request: ApiRequest) -> None:
    number = replace(number, updated_at=request.services.clock.utc_now())
    try:
        await request.services.store.incoming_phone_numbers.update(number)
    except UnknownRecordError as error:
        raise request.not_found() from error


def representation(number: IncomingPhoneNumber, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    own = f"{request.origin}{uri(number.account_sid, 'IncomingPhoneNumbers', number.sid)}"
    return Representation(
        "PhoneNumber",
        {
            "sid": number.sid,
            "account_sid": number.account_sid,
            "trunk_sid": number.trunk_sid,
            "friendly_name": number.friendly_name,
            "phone_number": number.phone_number,
            "api_version": number.api_version,
            "address_requirements": "none",
            "beta": False,
            "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
            "voice_url": number.voice_url,
            "voice_method": number.voice_method,
            "voice_fallback_url": number.voice_fallback_url,
            "voice_fallback_method": number.voice_fallback_method,
            "voice_application_sid": number.voice_application_sid,
            "voice_caller_id_lookup": number.voice_caller_id_lookup,
            "status_callback": number.status_callback,
            "status_callback_method": number.status_callback_method,
            "sms_url": number.sms_url,
            "sms_method": number.sms_method,
            "sms_fallback_url": number.sms_fallback_url,
            "sms_fallback_method": number.sms_fallback_method,
            "sms_application_sid": number.sms_application_sid,
            "date_created": iso_date(number.created_at),
            "date_updated": iso_date(number.updated_at),
            "url": request.url("Trunks", number.trunk_sid or "", "PhoneNumbers", number.sid),
            "links": {"phone_number": own},
        },
    )


def _shown(request: ApiRequest) -> Callable[[IncomingPhoneNumber], Representation]:
    return lambda number: representation(number, request)


_PATH: Final = "/Trunks/{TrunkSid}/PhoneNumbers"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_numbers, paged()),
    Operation("POST", _PATH, add_number, ParameterTable(PHONE_NUMBER_SID, required=(PHONE_NUMBER_SID,))),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_number),
    Operation("DELETE", f"{_PATH}/{{Sid}}", remove_number),
)
