"""Elastic SIP trunks (reference/rest-api 2.12, 3.8, 4.4).

A DomainName is `NAME.pstn.…`, the suffixes being those of SIP Domains with `pstn` in place of their `sip`
(`routing/sip_domain.py`). Left out: CNAM, emergency calling, and symmetric RTP as a setting: it always is.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offhook.base.ids import new_sid
from offhook.model.trunk import TransferCallerId, TransferMode, Trunk
from offhook.rest.errors import CONFLICT, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, boolean, http_method, http_url, text, word
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.routing.sip_domain import NAME_MAX, normal
from offhook.store.ports import (
    DuplicateError,
    InUseError,
    NumberFilter,
    PageRequest,
    UnknownRecordError,
)

TOO_MANY: Final = 21244
INVALID: Final = 21245
"""A setting is wrong, the suffix of the DomainName included."""
TAKEN: Final = 21248
TRUNKS_MAX: Final = 100

FRIENDLY_NAME: Final = Parameter("FriendlyName", text(64), NAME_LENGTH, "", is_clearable=True)
DOMAIN_NAME: Final[Parameter[str | None]] = Parameter(
    "DomainName", text(NAME_MAX), INVALID, None, is_clearable=True
)
DISASTER_RECOVERY_URL: Final[Parameter[str | None]] = Parameter(
    "DisasterRecoveryUrl", http_url, INVALID, None, is_clearable=True
)
DISASTER_RECOVERY_METHOD: Final = Parameter("DisasterRecoveryMethod", http_method, INVALID, "POST")
TRANSFER_MODE: Final = Parameter("TransferMode", word(TransferMode), INVALID, TransferMode.DISABLE_ALL)
TRANSFER_CALLER_ID: Final = Parameter(
    "TransferCallerId", word(TransferCallerId), INVALID, TransferCallerId.FROM_TRANSFEREE
)
SECURE: Final = Parameter("Secure", boolean, INVALID, default=False)
CNAM_LOOKUP_ENABLED: Final = Parameter("CnamLookupEnabled", boolean, INVALID, default=False)
_SETTINGS: Final = ParameterTable(
    FRIENDLY_NAME,
    DOMAIN_NAME,
    DISASTER_RECOVERY_URL,
    DISASTER_RECOVERY_METHOD,
    TRANSFER_MODE,
    TRANSFER_CALLER_ID,
    SECURE,
    CNAM_LOOKUP_ENABLED,
)


async def list_trunks(request: ApiRequest) -> Answer:
    """GET: the account's trunks."""
    page = await request.services.store.trunks.list(request.account_sid, page_request(request.values))
    return Answer(200, represent_v1("trunks", page, request.absolute_links, _shown(request), by_creation))


async def create_trunk(request: ApiRequest) -> Answer:
    """POST: a new trunk."""
    trunks = request.services.store.trunks
    if await trunks.count(request.account_sid) >= TRUNKS_MAX:
        raise ApiError(TOO_MANY, f"An account cannot have more than {TRUNKS_MAX} trunks")
    now = request.services.clock.utc_now()
    trunk = _changed(Trunk(new_sid("TK", request.services.chance), request.account_sid, now, now), request)
    await _free_name(trunk, request)
    try:
        await trunks.insert(trunk)
    except DuplicateError as error:
        raise _taken() from error
    return Answer(201, representation(trunk, request))


async def fetch_trunk(request: ApiRequest) -> Answer:
    """GET: one trunk."""
    return Answer(200, representation(await trunk_in_path(request, "Sid"), request))


async def update_trunk(request: ApiRequest) -> Answer:
    """POST: change what was sent, keep the rest."""
    trunk = _changed(await trunk_in_path(request, "Sid"), request)
    await _free_name(trunk, request)
    await save_trunk(trunk, request)
    return Answer(200, representation(trunk, request))


async def delete_trunk(request: ApiRequest) -> Answer:
    """DELETE: a trunk of which nothing is left: no URL, list or number (reference/sip-interface 8.3)."""
    trunk = await trunk_in_path(request, "Sid")
    store = request.services.store
    numbers = await store.incoming_phone_numbers.list(
        request.account_sid, NumberFilter(trunk_sid=trunk.sid), PageRequest(size=1)
    )
    try:
        if numbers.items:
            raise InUseError(f"{numbers.items[0].phone_number} belongs to it")
        if not await store.trunks.delete(request.account_sid, trunk.sid):
            raise request.not_found()
    except InUseError as error:
        text = "The trunk cannot be deleted while it has origination URLs, lists or phone numbers"
        raise ApiError(CONFLICT, text) from error
    return Answer(204)


async def trunk_in_path(request: ApiRequest, segment: str) -> Trunk:
    """The trunk that a segment of the path names. Raises: ApiError 20404."""
    trunk = await request.services.store.trunks.fetch(request.account_sid, request.segments[segment])
    if trunk is None:
        raise request.not_found()
    return trunk


async def save_trunk(trunk: Trunk, request: ApiRequest) -> None:
    """Replace a trunk that was read before. Raises: ApiError."""
    try:
        await request.services.store.trunks.update(
            replace(trunk, updated_at=request.services.clock.utc_now())
        )
    except DuplicateError as error:
        raise _taken() from error
    except UnknownRecordError as error:
        raise request.not_found() from error


def representation(trunk: Trunk, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    parts = ("origination_urls", "credential_lists", "ip_access_control_lists", "phone_numbers")
    names = {name: "".join(part.capitalize() for part in name.split("_")) for name in parts}
    return Representation(
        "Trunk",
        {
            "sid": trunk.sid,
            "account_sid": trunk.account_sid,
            "friendly_name": trunk.friendly_name,
            "domain_name": trunk.domain_name,
            "secure": trunk.secure,
            "cnam_lookup_enabled": trunk.cnam_lookup_enabled,
            "symmetric_rtp_enabled": True,
            "transfer_mode": trunk.transfer_mode.value,
            "transfer_caller_id": trunk.transfer_caller_id.value,
            "disaster_recovery_url": trunk.disaster_recovery_url,
            "disaster_recovery_method": trunk.disaster_recovery_method,
            "recording": {"mode": trunk.recording_mode.value, "trim": trunk.recording_trim.value},
            "auth_type": ",".join(trunk.auth_types),
            "auth_type_set": trunk.auth_types,
            "date_created": iso_date(trunk.created_at),
            "date_updated": iso_date(trunk.updated_at),
            "url": request.url("Trunks", trunk.sid),
            "links": {key: request.url("Trunks", trunk.sid, name) for key, name in names.items()},
        },
    )


def _shown(request: ApiRequest) -> Callable[[Trunk], Representation]:
    return lambda trunk: representation(trunk, request)


def _changed(trunk: Trunk, request: ApiRequest) -> Trunk:
    """The trunk with what was sent."""
    sent = request.values.get
    name = sent(DOMAIN_NAME, trunk.domain_name)
    return replace(
        trunk,
        friendly_name=sent(FRIENDLY_NAME, trunk.friendly_name),
        domain_name=normal(name) if name else None,
        disaster_recovery_url=sent(DISASTER_RECOVERY_URL, trunk.disaster_recovery_url),
        disaster_recovery_method=sent(DISASTER_RECOVERY_METHOD, trunk.disaster_recovery_method),
        transfer_mode=sent(TRANSFER_MODE, trunk.transfer_mode),
        transfer_caller_id=sent(TRANSFER_CALLER_ID, trunk.transfer_caller_id),
        secure=sent(SECURE, trunk.secure),
        cnam_lookup_enabled=sent(CNAM_LOOKUP_ENABLED, trunk.cnam_lookup_enabled),
    )


async def _free_name(trunk: Trunk, request: ApiRequest) -> None:
    """Raises: ApiError for a name that is none of a trunk's, or another trunk's."""
    if trunk.domain_name is None or not request.values[DOMAIN_NAME]:
        return
    names = request.services.domain_names.of_trunks
    problem = names.problem(trunk.domain_name, request.account_sid)
    if problem is not None:
        raise ApiError(INVALID, f"Invalid DomainName: {problem}")
    for spelling in names.spellings(trunk.domain_name):
        holder = await request.services.store.trunks.find_by_name(spelling)
        if holder is not None and holder.sid != trunk.sid:
            raise _taken()


def _taken() -> ApiError:
    return ApiError(TAKEN, "The DomainName is already in use")


_PATH: Final = "/Trunks"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_trunks, paged()),
    Operation("POST", _PATH, create_trunk, _SETTINGS),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_trunk),
    Operation("POST", f"{_PATH}/{{Sid}}", update_trunk, _SETTINGS),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_trunk),
)
