"""Registrations at carriers: what the node registers as for a BYOC trunk, and how that stands (ours).

One for a trunk at most, under the trunk's path. The password is taken and never shown.
"""

from dataclasses import replace
from typing import Final

from offhook.base.redact import Secret
from offhook.model.carrier_registration import EXPIRES_S, CarrierRegistration, RegistrationState
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, integer, text
from offhook.rest.representation import JsonValue, Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.sip_target import sip_host
from offhook.rest.voice.byoc_trunks import trunk_in_path
from offhook.store.ports import DuplicateError, UnknownRecordError

EXPIRES_MIN_S: Final = 60
EXPIRES_MAX_S: Final = 86_400


REGISTRAR: Final = Parameter("Registrar", sip_host, INVALID_PARAMETER, "")
USERNAME: Final = Parameter("Username", text(255), INVALID_PARAMETER, "")
PASSWORD: Final = Parameter("Password", text(255), INVALID_PARAMETER, "")
PROXY: Final[Parameter[str | None]] = Parameter("Proxy", sip_host, INVALID_PARAMETER, None, is_clearable=True)
EXPIRES: Final = Parameter("Expires", integer(EXPIRES_MIN_S, EXPIRES_MAX_S), INVALID_PARAMETER, EXPIRES_S)


async def fetch_trunk_registration(request: ApiRequest) -> Answer:
    """How a trunk's registration at its carrier stands."""
    return Answer(200, representation(await _in_path(request), request))


async def save_trunk_registration(request: ApiRequest) -> Answer:
    """Register at a trunk's carrier, or change what is registered: what was not sent stays."""
    trunk = await trunk_in_path(request, "TrunkSid")
    registrations = request.services.store.carrier_registrations
    known = await registrations.fetch(request.account_sid, trunk.sid)
    changed = _changed(known, trunk.sid, request)
    try:
        await (registrations.insert(changed) if known is None else registrations.update(changed))
    except (DuplicateError, UnknownRecordError) as error:  # made, or deleted, by somebody else meanwhile
        raise request.not_found() from error
    await request.services.carriers_changed(request.account_sid, trunk.sid)
    return Answer(201 if known is None else 200, representation(changed, request))


async def delete_trunk_registration(request: ApiRequest) -> Answer:
    """End a registration: the carrier is told."""
    registration = await _in_path(request)
    if not await request.services.store.carrier_registrations.delete(request.account_sid, registration.sid):
        raise request.not_found()
    await request.services.carriers_changed(request.account_sid, registration.sid)
    return Answer(204)


async def _in_path(request: ApiRequest) -> CarrierRegistration:
    registrations = request.services.store.carrier_registrations
    found = await registrations.fetch(request.account_sid, request.segments["TrunkSid"])
    if found is None:
        raise request.not_found()
    return found


def representation(registration: CarrierRegistration, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Registration",
        {
            "trunk_sid": registration.sid,
            "account_sid": registration.account_sid,
            "registrar": registration.registrar,
            "proxy": registration.proxy,
            "username": registration.username,
            "expires": registration.expires_s,
            **_state(request.services.carrier_state(registration.sid)),
            "date_created": iso_date(registration.created_at),
            "date_updated": iso_date(registration.updated_at),
        },
    )


def _state(state: RegistrationState | None) -> dict[str, JsonValue]:
    if state is None:
        return dict.fromkeys(
            ("status", "sip_status", "reason", "date_status", "date_expires", "date_retry"), None
        )
    return {
        "status": state.status.value,
        "sip_status": state.sip_status,
        "reason": state.reason or None,
        "date_status": iso_date(state.changed_at),
        "date_expires": None if state.expires_at is None else iso_date(state.expires_at),
        "date_retry": None if state.retry_at is None else iso_date(state.retry_at),
    }


def _changed(known: CarrierRegistration | None, sid: str, request: ApiRequest) -> CarrierRegistration:
    """Raises: ApiError for a new one without what it needs."""
    now, values = request.services.clock.utc_now(), request.values
    if known is None:
        for parameter in (REGISTRAR, USERNAME, PASSWORD):
            if not values[parameter]:
                raise ApiError(parameter.code, f"Invalid {parameter.name}: {parameter.name} is required")
        known = CarrierRegistration(sid, request.account_sid, "", "", Secret(""), now, now)
    sent = values.get
    return replace(
        known,
        registrar=sent(REGISTRAR, known.registrar),
        username=sent(USERNAME, known.username),
        password=Secret(sent(PASSWORD, known.password.reveal())),
        proxy=sent(PROXY, known.proxy),
        expires_s=sent(EXPIRES, known.expires_s),
        updated_at=now,
    )


_PATH: Final = "/ByocTrunks/{TrunkSid}/Registration"
OPERATIONS: Final = (
    Operation("GET", _PATH, fetch_trunk_registration),
    Operation(
        "POST", _PATH, save_trunk_registration, ParameterTable(REGISTRAR, USERNAME, PASSWORD, PROXY, EXPIRES)
    ),
    Operation("DELETE", _PATH, delete_trunk_registration),
)
