"""BYOC trunks (reference/rest-api 2.10, 3.8, 4.4).

Codes: Twilio documents none of its own for these parameters. A trunk that a SIP Domain refers to cannot be
deleted (20409). CnamLookupEnabled is stored and shown: nobody here knows the names of the world's numbers.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.byoc_trunk import ByocTrunk
from offhook.rest.errors import CONFLICT, INVALID_PARAMETER, INVALID_SID, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, boolean, http_method, http_url, sid, text
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import UnknownRecordError

TOO_MANY: Final = 21244
TRUNKS_MAX: Final = 100


def _url(name: str) -> Parameter[str | None]:
    return Parameter(name, http_url, INVALID_PARAMETER, None, is_clearable=True)


def _method(name: str) -> Parameter[str]:
    return Parameter(name, http_method, INVALID_PARAMETER, "POST")


def _sid(name: str, prefix: str) -> Parameter[str | None]:
    return Parameter(name, sid(prefix), INVALID_SID, None, is_clearable=True)


FRIENDLY_NAME: Final = Parameter("FriendlyName", text(255), NAME_LENGTH, "", is_clearable=True)
VOICE_URL: Final = _url("VoiceUrl")
VOICE_METHOD: Final = _method("VoiceMethod")
VOICE_FALLBACK_URL: Final = _url("VoiceFallbackUrl")
VOICE_FALLBACK_METHOD: Final = _method("VoiceFallbackMethod")
STATUS_CALLBACK_URL: Final = _url("StatusCallbackUrl")
STATUS_CALLBACK_METHOD: Final = _method("StatusCallbackMethod")
CNAM_LOOKUP_ENABLED: Final = Parameter("CnamLookupEnabled", boolean, INVALID_PARAMETER, default=False)
CONNECTION_POLICY_SID: Final = _sid("ConnectionPolicySid", "NY")
FROM_DOMAIN_SID: Final = _sid("FromDomainSid", "SD")
_SETTINGS: Final = ParameterTable(
    FRIENDLY_NAME,
    VOICE_URL,
    VOICE_METHOD,
    VOICE_FALLBACK_URL,
    VOICE_FALLBACK_METHOD,
    STATUS_CALLBACK_URL,
    STATUS_CALLBACK_METHOD,
    CNAM_LOOKUP_ENABLED,
    CONNECTION_POLICY_SID,
    FROM_DOMAIN_SID,
)


async def list_trunks(request: ApiRequest) -> Answer:
    """GET: the account's trunks."""
    page = await request.services.store.byoc_trunks.list(request.account_sid, page_request(request.values))
    return Answer(
        200, represent_v1("byoc_trunks", page, request.absolute_links, _shown(request), by_creation)
    )


async def create_trunk(request: ApiRequest) -> Answer:
    """POST: a new trunk."""
    trunks = request.services.store.byoc_trunks
    if await trunks.count(request.account_sid) >= TRUNKS_MAX:
        raise ApiError(TOO_MANY, f"An account cannot have more than {TRUNKS_MAX} trunks")
    now = request.services.clock.utc_now()
    blank = ByocTrunk(new_sid("BY", request.services.chance), request.account_sid, now, now)
    trunk = await _changed(blank, request)
    try:
        await trunks.insert(trunk)
    except UnknownRecordError as error:
        raise _no_policy() from error
    return Answer(201, representation(trunk, request))


async def fetch_trunk(request: ApiRequest) -> Answer:
    """GET: one trunk."""
    return Answer(200, representation(await trunk_in_path(request, "Sid"), request))


async def update_trunk(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    trunk = await _changed(await trunk_in_path(request, "Sid"), request)
    trunk = replace(trunk, updated_at=request.services.clock.utc_now())
    try:
        await request.services.store.byoc_trunks.update(trunk)
    except UnknownRecordError as error:
        await trunk_in_path(request, "Sid")
        raise _no_policy() from error
    return Answer(200, representation(trunk, request))


async def delete_trunk(request: ApiRequest) -> Answer:
    """DELETE: a trunk that no SIP Domain refers to; its connection policy stays."""
    trunk = await trunk_in_path(request, "Sid")
    trunks = request.services.store.byoc_trunks
    domain = await trunks.first_domain(request.account_sid, trunk.sid)
    if domain is not None:
        raise ApiError(CONFLICT, f"The trunk cannot be deleted while the SIP Domain {domain} refers to it")
    if not await trunks.delete(request.account_sid, trunk.sid):
        raise request.not_found()
    await request.services.carriers_changed(request.account_sid, trunk.sid)
    return Answer(204)


async def trunk_in_path(request: ApiRequest, segment: str) -> ByocTrunk:
    """The trunk that a segment of the path names. Raises: ApiError 20404."""
    trunk = await request.services.store.byoc_trunks.fetch(request.account_sid, request.segments[segment])
    if trunk is None:
        raise request.not_found()
    return trunk


def representation(trunk: ByocTrunk, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "ByocTrunk",
        {
            "sid": trunk.sid,
            "account_sid": trunk.account_sid,
            "friendly_name": trunk.friendly_name,
            "voice_url": trunk.voice_url,
            "voice_method": trunk.voice_method,
            "voice_fallback_url": trunk.voice_fallback_url,
            "voice_fallback_method": trunk.voice_fallback_method,
            "status_callback_url": trunk.status_callback_url,
            "status_callback_method": trunk.status_callback_method,
            "cnam_lookup_enabled": trunk.cnam_lookup_enabled,
            "connection_policy_sid": trunk.connection_policy_sid,
            "from_domain_sid": trunk.from_domain_sid,
            "date_created": iso_date(trunk.created_at),
            "date_updated": iso_date(trunk.updated_at),
            "url": request.url("ByocTrunks", trunk.sid),
        },
    )


def _shown(request: ApiRequest) -> Callable[[ByocTrunk], Representation]:
    return lambda trunk: representation(trunk, request)


async def _changed(trunk: ByocTrunk, request: ApiRequest) -> ByocTrunk:
    """The trunk with what was sent, once it is known that what it refers to is the account's."""
    sent, store = request.values.get, request.services.store
    changed = replace(
        trunk,
        friendly_name=sent(FRIENDLY_NAME, trunk.friendly_name),
        voice_url=sent(VOICE_URL, trunk.voice_url),
        voice_method=sent(VOICE_METHOD, trunk.voice_method),
        voice_fallback_url=sent(VOICE_FALLBACK_URL, trunk.voice_fallback_url),
        voice_fallback_method=sent(VOICE_FALLBACK_METHOD, trunk.voice_fallback_method),
        status_callback_url=sent(STATUS_CALLBACK_URL, trunk.status_callback_url),
        status_callback_method=sent(STATUS_CALLBACK_METHOD, trunk.status_callback_method),
        cnam_lookup_enabled=sent(CNAM_LOOKUP_ENABLED, trunk.cnam_lookup_enabled),
        connection_policy_sid=sent(CONNECTION_POLICY_SID, trunk.connection_policy_sid),
        from_domain_sid=sent(FROM_DOMAIN_SID, trunk.from_domain_sid),
    )
    policy_sid, domain_sid = request.values[CONNECTION_POLICY_SID], request.values[FROM_DOMAIN_SID]
    if policy_sid and await store.connection_policies.fetch(request.account_sid, policy_sid) is None:
        raise _no_policy()
    if domain_sid and await store.sip_domains.fetch(request.account_sid, domain_sid) is None:
        raise ApiError(INVALID_SID, f"FromDomainSid {domain_sid} is not a SIP Domain of this account")
    return changed


def _no_policy() -> ApiError:
    return ApiError(INVALID_SID, "ConnectionPolicySid is not a connection policy of this account")


_PATH: Final = "/ByocTrunks"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_trunks, paged()),
    Operation("POST", _PATH, create_trunk, _SETTINGS),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_trunk),
    Operation("POST", f"{_PATH}/{{Sid}}", update_trunk, _SETTINGS),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_trunk),
)
