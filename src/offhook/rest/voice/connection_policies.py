"""Connection policies (reference/rest-api 2.10, 3.8, 4.4); one that a trunk goes by stays (20409)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.connection_policy import ConnectionPolicy
from offhook.rest.errors import CONFLICT, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import InUseError, UnknownRecordError

TOO_MANY: Final = 21253
POLICIES_MAX: Final = 10_000

FRIENDLY_NAME: Final = Parameter("FriendlyName", text(255), NAME_LENGTH, "", is_clearable=True)
_SETTINGS: Final = ParameterTable(FRIENDLY_NAME)


async def list_policies(request: ApiRequest) -> Answer:
    """GET: the account's policies."""
    policies = request.services.store.connection_policies
    page = await policies.list(request.account_sid, page_request(request.values))
    return Answer(
        200, represent_v1("connection_policies", page, request.absolute_links, _shown(request), by_creation)
    )


async def create_policy(request: ApiRequest) -> Answer:
    """POST: a new policy, without targets."""
    policies = request.services.store.connection_policies
    if await policies.count(request.account_sid) >= POLICIES_MAX:
        raise ApiError(TOO_MANY, f"An account cannot have more than {POLICIES_MAX} connection policies")
    now = request.services.clock.utc_now()
    policy = ConnectionPolicy(
        sid=new_sid("NY", request.services.chance),
        account_sid=request.account_sid,
        friendly_name=request.values[FRIENDLY_NAME],
        created_at=now,
        updated_at=now,
    )
    await policies.insert(policy)
    return Answer(201, representation(policy, request))


async def fetch_policy(request: ApiRequest) -> Answer:
    """GET: one policy."""
    return Answer(200, representation(await policy_in_path(request, "Sid"), request))


async def update_policy(request: ApiRequest) -> Answer:
    """POST: its name."""
    policy = await policy_in_path(request, "Sid")
    changed = replace(
        policy,
        friendly_name=request.values.get(FRIENDLY_NAME, policy.friendly_name),
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.connection_policies.update(changed)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed, request))


async def delete_policy(request: ApiRequest) -> Answer:
    """DELETE: with its targets."""
    policies = request.services.store.connection_policies
    try:
        if not await policies.delete(request.account_sid, request.segments["Sid"]):
            raise request.not_found()
    except InUseError as error:
        raise ApiError(CONFLICT, "The policy cannot be deleted while a BYOC trunk refers to it") from error
    return Answer(204)


async def policy_in_path(request: ApiRequest, segment: str) -> ConnectionPolicy:
    """The policy that a segment of the path names. Raises: ApiError 20404."""
    policies = request.services.store.connection_policies
    policy = await policies.fetch(request.account_sid, request.segments[segment])
    if policy is None:
        raise request.not_found()
    return policy


def representation(policy: ConnectionPolicy, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "ConnectionPolicy",
        {
            "sid": policy.sid,
            "account_sid": policy.account_sid,
            "friendly_name": policy.friendly_name,
            "date_created": iso_date(policy.created_at),
            "date_updated": iso_date(policy.updated_at),
            "url": request.url("ConnectionPolicies", policy.sid),
            "links": {"targets": request.url("ConnectionPolicies", policy.sid, "Targets")},
        },
    )


def _shown(request: ApiRequest) -> Callable[[ConnectionPolicy], Representation]:
    return lambda policy: representation(policy, request)


_PATH: Final = "/ConnectionPolicies"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_policies, paged()),
    Operation("POST", _PATH, create_policy, _SETTINGS),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_policy),
    Operation("POST", f"{_PATH}/{{Sid}}", update_policy, _SETTINGS),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_policy),
)
