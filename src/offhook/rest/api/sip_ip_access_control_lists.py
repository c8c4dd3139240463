"""IP access control lists (reference/rest-api 2.9, 3.6, 4.3)."""

from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.access_control import IpAccessControlList
from offhook.rest.errors import ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, InUseError, UnknownRecordError

INVALID: Final = 21235
"""A parameter is wrong, or the name is taken."""
IN_USE: Final = 21236
TOO_MANY: Final = 21255
LISTS_MAX: Final = 1000

FRIENDLY_NAME: Final = Parameter("FriendlyName", text(255), INVALID, "")


async def list_lists(request: ApiRequest) -> Answer:
    """GET: the account's lists."""
    lists = request.services.store.ip_access_control_lists
    page = await lists.list(request.account_sid, page_request(request.values))
    return Answer(200, represent("ip_access_control_lists", page, request.links, representation, by_creation))


async def create_list(request: ApiRequest) -> Answer:
    """POST: a new, empty list."""
    lists = request.services.store.ip_access_control_lists
    if await lists.count(request.account_sid) >= LISTS_MAX:
        raise ApiError(TOO_MANY, f"You cannot have more than {LISTS_MAX} IP Access Control Lists")
    now = request.services.clock.utc_now()
    acl = IpAccessControlList(
        sid=new_sid("AL", request.services.chance),
        account_sid=request.account_sid,
        friendly_name=request.values[FRIENDLY_NAME],
        created_at=now,
        updated_at=now,
    )
    try:
        await lists.insert(acl)
    except DuplicateError as error:
        raise _taken() from error
    return Answer(201, representation(acl))


async def fetch_list(request: ApiRequest) -> Answer:
    """GET: one list."""
    return Answer(200, representation(await list_in_path(request, "Sid")))


async def update_list(request: ApiRequest) -> Answer:
    """POST: another name."""
    acl = replace(
        await list_in_path(request, "Sid"),
        friendly_name=request.values[FRIENDLY_NAME],
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.ip_access_control_lists.update(acl)
    except DuplicateError as error:
        raise _taken() from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(acl))


async def delete_list(request: ApiRequest) -> Answer:
    """DELETE: with its addresses, unless a domain uses it."""
    lists = request.services.store.ip_access_control_lists
    try:
        deleted = await lists.delete(request.account_sid, request.segments["Sid"])
    except InUseError as error:
        text_ = "You cannot delete an IP Access Control List that is still mapped to a SIP Domain"
        raise ApiError(IN_USE, text_) from error
    if not deleted:
        raise request.not_found()
    return Answer(204)


async def list_in_path(request: ApiRequest, segment: str) -> IpAccessControlList:
    """The list that a segment of the path names. Raises: ApiError 20404."""
    lists = request.services.store.ip_access_control_lists
    acl = await lists.fetch(request.account_sid, request.segments[segment])
    if acl is None:
        raise request.not_found()
    return acl


def representation(acl: IpAccessControlList) -> Representation:
    """The resource as the API shows it."""
    path = (acl.account_sid, "SIP", "IpAccessControlLists", acl.sid)
    return Representation(
        "IpAccessControlList",
        {
            "sid": acl.sid,
            "account_sid": acl.account_sid,
            "friendly_name": acl.friendly_name,
            "date_created": date(acl.created_at),
            "date_updated": date(acl.updated_at),
            "uri": uri(*path),
            "subresource_uris": {"ip_addresses": uri(*path, "IpAddresses")},
        },
    )


def _taken() -> ApiError:
    return ApiError(INVALID, "An IP Access Control List with this FriendlyName already exists")


_PATH: Final = "/Accounts/{AccountSid}/SIP/IpAccessControlLists"
_TABLE: Final = ParameterTable(FRIENDLY_NAME, required=(FRIENDLY_NAME,))
OPERATIONS: Final = (
    Operation("GET", _PATH, list_lists, paged()),
    Operation("POST", _PATH, create_list, _TABLE),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_list),
    Operation("POST", f"{_PATH}/{{Sid}}", update_list, _TABLE),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_list),
)
