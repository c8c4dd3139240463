"""The limits of Twilio's SIP Interface, as settings of the node: what may be written, and the defaults.

Part of `config/settings.py`. Each is enforced with its error code; `docs/limits.md` has them all, those that
are no settings included. `off` is no limit. Source: reference/sip-interface 5, 14.
"""

from dataclasses import dataclass, fields
from typing import Annotated

from pydantic_settings import BaseSettings

from offhook.config import values
from offhook.config.values import reading
from offhook.queue.queues import Settings as QueueSettings
from offhook.registrar.settings import Settings as RegistrarSettings
from offhook.rest.limits import Limits as RestLimits
from offhook.switchboard.settings import Settings as SwitchboardSettings


@dataclass(frozen=True, slots=True)
class Limits:
    """What a node takes of each kind, and how fast."""

    registration_expires_min: float
    """Seconds; below them a registration is answered with 423."""
    registration_expires_max: float
    """Seconds; what is asked beyond them is granted for so long."""
    registration_contacts: int
    """Bindings of one user: 32007."""
    flow_timer: float
    """Seconds within which a phone with outbound has to send something on its connection."""
    registrations_per_second: int
    """REGISTERs of one user: 32008."""
    registrations_per_domain: int
    """Bindings of one SIP Domain: 32007."""
    registrations_per_account: int
    """Bindings of one account: 32007."""
    sip_domains_per_account: int
    """21230."""
    credential_lists_per_account: int
    """21239."""
    credentials_per_list: int
    """21242."""
    ip_access_control_lists_per_account: int
    """21255."""
    ip_addresses_per_list: int
    """21237."""
    queues_per_account: int
    """Queues in which calls wait."""
    queue_size_max: int
    """Calls that wait in one queue of this node: 14207."""
    calls_max: int
    """Alive on this node: 503."""
    conferences_max: int
    """Alive on this node: 16021."""
    call_length_max: float
    """Seconds: 32015."""
    api_calls_per_second: int | None
    """Of one account; more wait."""
    api_call_queue: float
    """Seconds that one may have to wait: 22005."""
    domain_calls_per_second: int | None
    """To the SIP Domains of one account: 32013."""
    trunk_calls_per_second: int | None
    """Of the PBX of one elastic SIP trunk: 32001."""
    source_calls_per_second: int | None
    """INVITEs from one address: 503."""
    options_per_second: int | None
    """OPTIONS from one address: 503."""
    sip_message_bytes: int
    """Of one message: 513."""
    traces_max: int
    """Calls whose traces this node keeps in memory, live ones included."""
    traces_mb: int
    """Megabytes of traces that are kept in `data_dir`; 0 is none."""
    traces_days: int
    """How long they are kept there."""


_MANY = values.whole_number(1, 999_999_999)
_RATE = values.off_or(values.whole_number(1, 1_000_000))


class LimitsForm(BaseSettings):
    """How they are written."""

    registration_expires_min: Annotated[float, reading(values.seconds(1, 86_400))] = 600.0
    registration_expires_max: Annotated[float, reading(values.seconds(1, 86_400))] = 3600.0
    registration_contacts: Annotated[int, reading(values.whole_number(1, 1_000))] = 10
    flow_timer: Annotated[float, reading(values.seconds(30, 3_600))] = 120.0
    registrations_per_second: Annotated[int, reading(values.whole_number(1, 1_000_000))] = 5
    registrations_per_domain: Annotated[int, reading(_MANY)] = 1_000_000
    registrations_per_account: Annotated[int, reading(_MANY)] = 100_000_000
    sip_domains_per_account: Annotated[int, reading(_MANY)] = 100
    credential_lists_per_account: Annotated[int, reading(_MANY)] = 100
    credentials_per_list: Annotated[int, reading(_MANY)] = 1_000
    ip_access_control_lists_per_account: Annotated[int, reading(_MANY)] = 1_000
    ip_addresses_per_list: Annotated[int, reading(_MANY)] = 100
    queues_per_account: Annotated[int, reading(_MANY)] = 1_000
    queue_size_max: Annotated[int, reading(values.whole_number(1, 1_000_000))] = 5_000
    calls_max: Annotated[int, reading(values.whole_number(1, 1_000_000))] = 10_000
    conferences_max: Annotated[int, reading(values.whole_number(1, 1_000_000))] = 2_000
    call_length_max: Annotated[float, reading(values.seconds(1, 86_400))] = 14_400.0
    api_calls_per_second: Annotated[int | None, reading(_RATE)] = None
    api_call_queue: Annotated[float, reading(values.seconds(0, 86_400))] = 86_400.0
    domain_calls_per_second: Annotated[int | None, reading(_RATE)] = None
    trunk_calls_per_second: Annotated[int | None, reading(_RATE)] = 1
    source_calls_per_second: Annotated[int | None, reading(_RATE)] = None
    options_per_second: Annotated[int | None, reading(_RATE)] = None
    sip_message_bytes: Annotated[int, reading(values.whole_number(1_500, 65_535))] = 65_535
    traces_max: Annotated[int, reading(values.whole_number(0, 1_000_000))] = 500
    traces_mb: Annotated[int, reading(values.whole_number(0, 1_000_000))] = 64
    traces_days: Annotated[int, reading(values.whole_number(1, 3_650))] = 7


def limits_of(form: LimitsForm) -> Limits:
    """What was written."""
    return Limits(**{each.name: getattr(form, each.name) for each in fields(Limits)})


def registrar_settings(limits: Limits) -> RegistrarSettings:
    """Those of registrations."""
    return RegistrarSettings(
        expires_min_s=int(limits.registration_expires_min),
        expires_max_s=int(limits.registration_expires_max),
        contacts_max=limits.registration_contacts,
        per_second=limits.registrations_per_second,
        flow_timer_s=int(limits.flow_timer),
        domain_max=limits.registrations_per_domain,
        account_max=limits.registrations_per_account,
    )


def queue_settings(limits: Limits) -> QueueSettings:
    """Those of queues."""
    return QueueSettings(size_max=limits.queue_size_max, per_account=limits.queues_per_account)


def rest_limits(limits: Limits) -> RestLimits:
    """Those of the resources."""
    return RestLimits(
        sip_domains=limits.sip_domains_per_account,
        credential_lists=limits.credential_lists_per_account,
        credentials=limits.credentials_per_list,
        ip_access_control_lists=limits.ip_access_control_lists_per_account,
        ip_addresses=limits.ip_addresses_per_list,
        call_length_s=int(limits.call_length_max),
    )


def switchboard_settings(limits: Limits) -> SwitchboardSettings:
    """Those of calls."""
    return SwitchboardSettings(
        calls_max=limits.calls_max,
        call_length_max_s=limits.call_length_max,
        domain_calls_per_second=limits.domain_calls_per_second,
        trunk_calls_per_second=limits.trunk_calls_per_second,
        source_calls_per_second=limits.source_calls_per_second,
        api_calls_per_second=limits.api_calls_per_second,
        api_queue_s=limits.api_call_queue,
    )
