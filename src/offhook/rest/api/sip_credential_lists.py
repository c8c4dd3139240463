"""Credential lists (reference/rest-api 2.9, 3.6, 4.3)."""

from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.credential import CredentialList
from offhook.rest.errors import ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, InUseError, UnknownRecordError

INVALID: Final = 21240
"""The name is wrong, or taken."""
IN_USE: Final = 21241
TOO_MANY: Final = 21239
LISTS_MAX: Final = 100

FRIENDLY_NAME: Final = Parameter("FriendlyName", text(64), INVALID, "")


async def list_lists(request: ApiRequest) -> Answer:
    """GET: the account's lists."""
    lists = request.services.store.credential_lists
    page = await lists.list(request.account_sid, page_request(request.values))
    return Answer(200, represent("credential_lists", page, request.links, representation, by_creation))


async def create_list(request: ApiRequest) -> Answer:
    """POST: a new, empty list."""
    lists = request.services.store.credential_lists
    if await lists.count(request.account_sid) >= LISTS_MAX:
        raise ApiError(TOO_MANY, f"You cannot have more than {LISTS_MAX} Credential Lists")
    now = request.services.clock.utc_now()
    made = CredentialList(
        sid=new_sid("CL", request.services.chance),
        account_sid=request.account_sid,
        friendly_name=request.values[FRIENDLY_NAME],
        created_at=now,
        updated_at=now,
    )
    try:
        await lists.insert(made)
    except DuplicateError as error:
        raise _taken() from error
    return Answer(201, representation(made))


async def fetch_list(request: ApiRequest) -> Answer:
    """GET: one list."""
    return Answer(200, representation(await list_in_path(request, "Sid")))


async def update_list(request: ApiRequest) -> Answer:
    """POST: another name."""
    changed = replace(
        await list_in_path(request, "Sid"),
        friendly_name=request.values[FRIENDLY_NAME],
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.credential_lists.update(changed)
    except DuplicateError as error:
        raise _taken() from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed))


async def delete_list(request: ApiRequest) -> Answer:
    """DELETE: with its users, unless a domain uses it."""
    lists = request.services.store.credential_lists
    try:
        deleted = await lists.delete(request.account_sid, request.segments["Sid"])
    except InUseError as error:
        text_ = "You cannot delete a Credential List that is still mapped to a SIP Domain"
        raise ApiError(IN_USE, text_) from error
    if not deleted:
        raise request.not_found()
    return Answer(204)


async def list_in_path(request: ApiRequest, segment: str) -> CredentialList:
    """The list that a segment of the path names. Raises: ApiError 20404."""
    lists = request.services.store.credential_lists
    found = await lists.fetch(request.account_sid, request.segments[segment])
    if found is None:
        raise request.not_found()
    return found


def representation(credential_list: CredentialList) -> Representation:
    """The resource as the API shows it."""
    path = (credential_list.account_sid, "SIP", "CredentialLists", credential_list.sid)
    return Representation(
        "CredentialList",
        {
            "sid": credential_list.sid,
            "account_sid": credential_list.account_sid,
            "friendly_name": credential_list.friendly_name,
            "date_created": date(credential_list.created_at),
            "date_updated": date(credential_list.updated_at),
            "uri": uri(*path),
            "subresource_uris": {"credentials": uri(*path, "Credentials")},
        },
    )


def _taken() -> ApiError:
    return ApiError(INVALID, "A Credential List with this FriendlyName already exists")


_PATH: Final = "/Accounts/{AccountSid}/SIP/CredentialLists"
_TABLE: Final = ParameterTable(FRIENDLY_NAME, required=(FRIENDLY_NAME,))
OPERATIONS: Final = (
    Operation("GET", _PATH, list_lists, paged()),
    Operation("POST", _PATH, create_list, _TABLE),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_list),
    Operation("POST", f"{_PATH}/{{Sid}}", update_list, _TABLE),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_list),
)
