"""Source IP mappings (reference/rest-api 2.10, 3.8). One address leads to one SIP Domain (20409)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.ip_record import SourceIpMapping
from offhook.rest.errors import CONFLICT, INVALID_SID, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, sid
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, UnknownRecordError

IP_RECORD_SID: Final = Parameter("IpRecordSid", sid("IL"), INVALID_SID, "")
SIP_DOMAIN_SID: Final = Parameter("SipDomainSid", sid("SD"), INVALID_SID, "")


async def list_mappings(request: ApiRequest) -> Answer:
    """GET: the account's mappings."""
    mappings = request.services.store.source_ip_mappings
    page = await mappings.list(request.account_sid, page_request(request.values))
    return Answer(
        200, represent_v1("source_ip_mappings", page, request.absolute_links, _shown(request), by_creation)
    )


async def create_mapping(request: ApiRequest) -> Answer:
    """POST: let what comes from a record's addresses call a SIP Domain."""
    now = request.services.clock.utc_now()
    mapping = SourceIpMapping(
        sid=new_sid("IB", request.services.chance),
        account_sid=request.account_sid,
        ip_record_sid=request.values[IP_RECORD_SID],
        sip_domain_sid=request.values[SIP_DOMAIN_SID],
        created_at=now,
        updated_at=now,
    )
    try:
        await request.services.store.source_ip_mappings.insert(mapping)
    except DuplicateError as error:
        raise ApiError(CONFLICT, f"The IP record {mapping.ip_record_sid} is mapped already") from error
    except UnknownRecordError as error:
        raise _unknown() from error
    return Answer(201, representation(mapping, request))


async def fetch_mapping(request: ApiRequest) -> Answer:
    """GET: one mapping."""
    return Answer(200, representation(await _mapping_in_path(request), request))


async def update_mapping(request: ApiRequest) -> Answer:
    """POST: another SIP Domain."""
    mapping = replace(
        await _mapping_in_path(request),
        sip_domain_sid=request.values[SIP_DOMAIN_SID],
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.source_ip_mappings.update(mapping)
    except UnknownRecordError as error:
        await _mapping_in_path(request)
        raise _unknown() from error
    return Answer(200, representation(mapping, request))


async def delete_mapping(request: ApiRequest) -> Answer:
    """DELETE: one mapping; record and SIP Domain stay."""
    mappings = request.services.store.source_ip_mappings
    if not await mappings.delete(request.account_sid, request.segments["Sid"]):
        raise request.not_found()
    return Answer(204)


async def _mapping_in_path(request: ApiRequest) -> SourceIpMapping:
    mappings = request.services.store.source_ip_mappings
    mapping = await mappings.fetch(request.account_sid, request.segments["Sid"])
    if mapping is None:
        raise request.not_found()
    return mapping


def representation(mapping: SourceIpMapping, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "SourceIpMapping",
        {
            "sid": mapping.sid,
            "ip_record_sid": mapping.ip_record_sid,
            "sip_domain_sid": mapping.sip_domain_sid,
            "date_created": iso_date(mapping.created_at),
            "date_updated": iso_date(mapping.updated_at),
            "url": request.url("SourceIpMappings", mapping.sid),
        },
    )


def _shown(request: ApiRequest) -> Callable[[SourceIpMapping], Representation]:
    return lambda mapping: representation(mapping, request)


def _unknown() -> ApiError:
    return ApiError(
        INVALID_SID, "IpRecordSid is not an IP record, or SipDomainSid not a SIP Domain, of this account"
    )


_PATH: Final = "/SourceIpMappings"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_mappings, paged()),
    Operation(
        "POST",
        _PATH,
        create_mapping,
        ParameterTable(IP_RECORD_SID, SIP_DOMAIN_SID, required=(IP_RECORD_SID, SIP_DOMAIN_SID)),
    ),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_mapping),
    Operation(
        "POST", f"{_PATH}/{{Sid}}", update_mapping, ParameterTable(SIP_DOMAIN_SID, required=(SIP_DOMAIN_SID,))
    ),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_mapping),
)
