"""IP records (reference/rest-api 2.10, 3.8).

One that is mapped cannot be deleted, and no block be added twice (20409).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.ip_record import IpRecord
from offhook.rest.api.sip_ip_addresses import ipv4
from offhook.rest.errors import CONFLICT, INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, integer, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, InUseError, UnknownRecordError

RECORDS_MAX: Final = 1000
"""Twilio documents no bound; ours keeps what each INVITE is held against short."""

IP_ADDRESS: Final = Parameter("IpAddress", ipv4, INVALID_PARAMETER, "")
FRIENDLY_NAME: Final = Parameter("FriendlyName", text(255), NAME_LENGTH, "", is_clearable=True)
CIDR_PREFIX_LENGTH: Final = Parameter("CidrPrefixLength", integer(1, 32), INVALID_PARAMETER, 32)


async def list_records(request: ApiRequest) -> Answer:
    """GET: the account's records."""
    page = await request.services.store.ip_records.list(request.account_sid, page_request(request.values))
    return Answer(200, represent_v1("ip_records", page, request.absolute_links, _shown(request), by_creation))


async def create_record(request: ApiRequest) -> Answer:
    """POST: one more record."""
    records, values = request.services.store.ip_records, request.values
    if await records.count(request.account_sid) >= RECORDS_MAX:
        raise ApiError(CONFLICT, f"An account cannot have more than {RECORDS_MAX} IP records")
    now = request.services.clock.utc_now()
    record = IpRecord(
        sid=new_sid("IL", request.services.chance),
        account_sid=request.account_sid,
        ip_address=values[IP_ADDRESS],
        friendly_name=values[FRIENDLY_NAME],
        cidr_prefix_length=values[CIDR_PREFIX_LENGTH],
        created_at=now,
        updated_at=now,
    )
    try:
        await records.insert(record)
    except DuplicateError as error:
        raise ApiError(CONFLICT, f"The account has an IP record of {record.network} already") from error
    return Answer(201, representation(record, request))


async def fetch_record(request: ApiRequest) -> Answer:
    """GET: one record."""
    return Answer(200, representation(await _record_in_path(request), request))


async def update_record(request: ApiRequest) -> Answer:
    """POST: its name; its addresses cannot change."""
    record = await _record_in_path(request)
    changed = replace(
        record,
        friendly_name=request.values.get(FRIENDLY_NAME, record.friendly_name),
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.ip_records.update(changed)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed, request))


async def delete_record(request: ApiRequest) -> Answer:
    """DELETE: one record that is not mapped."""
    try:
        if not await request.services.store.ip_records.delete(request.account_sid, request.segments["Sid"]):
            raise request.not_found()
    except InUseError as error:
        text = "The IP record cannot be deleted while a source IP mapping refers to it"
        raise ApiError(CONFLICT, text) from error
    return Answer(204)


async def _record_in_path(request: ApiRequest) -> IpRecord:
    record = await request.services.store.ip_records.fetch(request.account_sid, request.segments["Sid"])
    if record is None:
        raise request.not_found()
    return record


def representation(record: IpRecord, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "IpRecord",
        {
            "sid": record.sid,
            "account_sid": record.account_sid,
            "friendly_name": record.friendly_name,
            "ip_address": record.ip_address,
            "cidr_prefix_length": record.cidr_prefix_length,
            "date_created": iso_date(record.created_at),
            "date_updated": iso_date(record.updated_at),
            "url": request.url("IpRecords", record.sid),
        },
    )


def _shown(request: ApiRequest) -> Callable[[IpRecord], Representation]:
    return lambda record: representation(record, request)


_PATH: Final = "/IpRecords"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_records, paged()),
    Operation(
        "POST",
        _PATH,
        create_record,
        ParameterTable(IP_ADDRESS, FRIENDLY_NAME, CIDR_PREFIX_LENGTH, required=(IP_ADDRESS,)),
    ),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_record),
    Operation("POST", f"{_PATH}/{{Sid}}", update_record, ParameterTable(FRIENDLY_NAME)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_record),
)
