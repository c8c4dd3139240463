"""Addresses in an IP access control list (reference/rest-api 2.9, 3.6, 4.3)."""

import ipaddress
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.access_control import IpAddress
from offhook.rest.api.sip_ip_access_control_lists import INVALID as LIST_INVALID
from offhook.rest.api.sip_ip_access_control_lists import IP_ACCESS_CONTROL_LISTS
from offhook.rest.errors import ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, integer, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, UnknownRecordError

INVALID: Final = 21238
TOO_MANY: Final = 21237


def ipv4(value: str) -> str:
    """Dotted quad."""
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError as error:
        raise ValueError("it must be an IPv4 address in dotted decimal notation") from error


FRIENDLY_NAME: Final = Parameter("FriendlyName", text(255), INVALID, "")
IP_ADDRESS: Final = Parameter("IpAddress", ipv4, INVALID, "")
CIDR_PREFIX_LENGTH: Final = Parameter("CidrPrefixLength", integer(1, 32), INVALID, 32)


async def list_addresses(request: ApiRequest) -> Answer:
    """GET: the entries of a list."""
    acl = await IP_ACCESS_CONTROL_LISTS.in_path(request, "IpAccessControlListSid")
    lists = request.services.store.ip_access_control_lists
    page = await lists.addresses(request.account_sid, acl.sid, page_request(request.values))
    return Answer(200, represent("ip_addresses", page, request.links, representation, by_creation))


async def create_address(request: ApiRequest) -> Answer:
    """POST: one more entry."""
    acl = await IP_ACCESS_CONTROL_LISTS.in_path(request, "IpAccessControlListSid")
    lists = request.services.store.ip_access_control_lists
    most = request.services.limits.ip_addresses
    if await lists.count_addresses(request.account_sid, acl.sid) >= most:
        raise ApiError(TOO_MANY, f"IP Access Control Lists cannot contain more than {most} Addresses")
    now = request.services.clock.utc_now()
    address = IpAddress(
        sid=new_sid("IP", request.services.chance),
        account_sid=request.account_sid,
        ip_access_control_list_sid=acl.sid,
        friendly_name=request.values[FRIENDLY_NAME],
        ip_address=request.values[IP_ADDRESS],
        cidr_prefix_length=request.values[CIDR_PREFIX_LENGTH],
        created_at=now,
        updated_at=now,
    )
    try:
        await lists.insert_address(address)
    except DuplicateError as error:
        raise _taken() from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(201, representation(address))


async def fetch_address(request: ApiRequest) -> Answer:
    """GET: one entry."""
    return Answer(200, representation(await _address_in_path(request)))


async def update_address(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    address = await _address_in_path(request)
    sent = request.values.get
    changed = replace(
        address,
        friendly_name=sent(FRIENDLY_NAME, address.friendly_name),
        ip_address=sent(IP_ADDRESS, address.ip_address),
        cidr_prefix_length=sent(CIDR_PREFIX_LENGTH, address.cidr_prefix_length),
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.ip_access_control_lists.update_address(changed)
    except DuplicateError as error:
        raise _taken() from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed))


async def delete_address(request: ApiRequest) -> Answer:
    """DELETE: one entry."""
    lists = request.services.store.ip_access_control_lists
    acl_sid, sid = request.segments["IpAccessControlListSid"], request.segments["Sid"]
    if not await lists.delete_address(request.account_sid, acl_sid, sid):
        raise request.not_found()
    return Answer(204)


async def _address_in_path(request: ApiRequest) -> IpAddress:
    address = await request.services.store.ip_access_control_lists.fetch_address(
        request.account_sid, request.segments["IpAccessControlListSid"], request.segments["Sid"]
    )
    if address is None:
        raise request.not_found()
    return address


def representation(address: IpAddress) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "IpAddress",
        {
            "sid": address.sid,
            "account_sid": address.account_sid,
            "ip_access_control_list_sid": address.ip_access_control_list_sid,
            "friendly_name": address.friendly_name,
            "ip_address": address.ip_address,
            "cidr_prefix_length": address.cidr_prefix_length,
            "date_created": date(address.created_at),
            "date_updated": date(address.updated_at),
            "uri": uri(
                address.account_sid,
                "SIP",
                "IpAccessControlLists",
                address.ip_access_control_list_sid,
                "IpAddresses",
                address.sid,
            ),
        },
    )


def _taken() -> ApiError:
    # 21235 like a list's own name (reference/rest-api 4.3), not 21238.
    return ApiError(LIST_INVALID, "The IP Access Control List already contains that IP Address")


_PATH: Final = "/Accounts/{AccountSid}/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses"
_PARAMETERS: Final = (FRIENDLY_NAME, IP_ADDRESS, CIDR_PREFIX_LENGTH)
OPERATIONS: Final = (
    Operation("GET", _PATH, list_addresses, paged()),
    Operation(
        "POST", _PATH, create_address, ParameterTable(*_PARAMETERS, required=(FRIENDLY_NAME, IP_ADDRESS))
    ),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_address),
    Operation("POST", f"{_PATH}/{{Sid}}", update_address, ParameterTable(*_PARAMETERS)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_address),
)
