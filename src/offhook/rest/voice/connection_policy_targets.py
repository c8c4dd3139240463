"""Targets of a connection policy (reference/rest-api 2.10, 3.8, 4.4)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.connection_policy import ConnectionPolicyTarget
from offhook.rest.errors import INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, boolean, integer, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.sip_target import sip_target
from offhook.rest.voice.connection_policies import policy_in_path
from offhook.store.ports import UnknownRecordError

TOO_MANY: Final = 21254
TARGETS_MAX: Final = 10

TARGET: Final = Parameter("Target", sip_target, INVALID_PARAMETER, "")
FRIENDLY_NAME: Final = Parameter("FriendlyName", text(255), NAME_LENGTH, "", is_clearable=True)
PRIORITY: Final = Parameter("Priority", integer(0, 65_535), INVALID_PARAMETER, 10)
WEIGHT: Final = Parameter("Weight", integer(1, 65_535), INVALID_PARAMETER, 10)
ENABLED: Final = Parameter("Enabled", boolean, INVALID_PARAMETER, default=True)
_SETTINGS: Final = (TARGET, FRIENDLY_NAME, PRIORITY, WEIGHT, ENABLED)


async def list_targets(request: ApiRequest) -> Answer:
    """GET: the targets of a policy."""
    policy = await policy_in_path(request, "ConnectionPolicySid")
    targets = request.services.store.connection_policy_targets
    page = await targets.list_of(request.account_sid, policy.sid, page_request(request.values))
    return Answer(200, represent_v1("targets", page, request.absolute_links, _shown(request), by_creation))


async def create_target(request: ApiRequest) -> Answer:
    """POST: one more target."""
    policy = await policy_in_path(request, "ConnectionPolicySid")
    targets, values = request.services.store.connection_policy_targets, request.values
    if len(await targets.all_of(request.account_sid, policy.sid)) >= TARGETS_MAX:
        raise ApiError(TOO_MANY, f"A connection policy cannot have more than {TARGETS_MAX} targets")
    now = request.services.clock.utc_now()
    target = ConnectionPolicyTarget(
        sid=new_sid("NE", request.services.chance),
        account_sid=request.account_sid,
        connection_policy_sid=policy.sid,
        target=values[TARGET],
        friendly_name=values[FRIENDLY_NAME],
        priority=values[PRIORITY],
        weight=values[WEIGHT],
        enabled=values[ENABLED],
        created_at=now,
        updated_at=now,
    )
    try:
        await targets.insert(target)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(201, representation(target, request))


async def fetch_target(request: ApiRequest) -> Answer:
    """GET: one target."""
    return Answer(200, representation(await _target_in_path(request), request))


async def update_target(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    target, sent = await _target_in_path(request), request.values.get
    changed = replace(
        target,
        target=sent(TARGET, target.target),
        friendly_name=sent(FRIENDLY_NAME, target.friendly_name),
        priority=sent(PRIORITY, target.priority),
        weight=sent(WEIGHT, target.weight),
        enabled=sent(ENABLED, target.enabled),
        updated_at=request.services.clock.utc_now(),
    )
    try:
        await request.services.store.connection_policy_targets.update(changed)
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed, request))


async def delete_target(request: ApiRequest) -> Answer:
    """DELETE: one target."""
    target = await _target_in_path(request)
    if not await request.services.store.connection_policy_targets.delete(request.account_sid, target.sid):
        raise request.not_found()
    return Answer(204)


async def _target_in_path(request: ApiRequest) -> ConnectionPolicyTarget:
    targets = request.services.store.connection_policy_targets
    target = await targets.fetch(request.account_sid, request.segments["Sid"])
    if target is None or target.connection_policy_sid != request.segments["ConnectionPolicySid"]:
        raise request.not_found()
    return target


def representation(target: ConnectionPolicyTarget, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Target",
        {
            "sid": target.sid,
            "account_sid": target.account_sid,
            "connection_policy_sid": target.connection_policy_sid,
            "friendly_name": target.friendly_name,
            "target": target.target,
            "priority": target.priority,
            "weight": target.weight,
            "enabled": target.enabled,
            "date_created": iso_date(target.created_at),
            "date_updated": iso_date(target.updated_at),
            "url": request.url("ConnectionPolicies", target.connection_policy_sid, "Targets", target.sid),
        },
    )


def _shown(request: ApiRequest) -> Callable[[ConnectionPolicyTarget], Representation]:
    return lambda target: representation(target, request)


_PATH: Final = "/ConnectionPolicies/{ConnectionPolicySid}/Targets"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_targets, paged()),
    Operation("POST", _PATH, create_target, ParameterTable(*_SETTINGS, required=(TARGET,))),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_target),
    Operation("POST", f"{_PATH}/{{Sid}}", update_target, ParameterTable(*_SETTINGS)),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_target),
)
