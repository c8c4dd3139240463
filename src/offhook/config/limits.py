"""The limits of Twilio's SIP Interface, as settings of the node: what may be written, and the defaults.

Part of `config/settings.py`. Each is enforced with its error code. Source: reference/sip-interface 5, 14.
"""

from dataclasses import dataclass, fields
from typing import Annotated

from pydantic_settings import BaseSettings

from offhook.config import values
from offhook.config.values import reading


@dataclass(frozen=True, slots=True)
class Limits:
    """What a node takes of each kind, and how fast."""

    registration_expires_min: float
    """Seconds; below them a registration is answered with 423."""
    registration_expires_max: float
    """Seconds; what is asked beyond them is granted for so long."""
    registration_contacts: int
    """Bindings of one user: 32007."""
    registrations_per_second: int
    """REGISTERs of one user: 32008."""
    registrations_per_domain: int
    """Bindings of one SIP Domain: 32007."""
    registrations_per_account: int
    """Bindings of one account: 32007."""


class LimitsForm(BaseSettings):
    """How they are written."""

    registration_expires_min: Annotated[float, reading(values.seconds(1, 86_400))] = 600.0
    registration_expires_max: Annotated[float, reading(values.seconds(1, 86_400))] = 3600.0
    registration_contacts: Annotated[int, reading(values.whole_number(1, 1_000))] = 10
    registrations_per_second: Annotated[int, reading(values.whole_number(1, 1_000_000))] = 5
    registrations_per_domain: Annotated[int, reading(values.whole_number(1, 999_999_999))] = 1_000_000
    registrations_per_account: Annotated[int, reading(values.whole_number(1, 999_999_999))] = 100_000_000


def limits_of(form: LimitsForm) -> Limits:
    """What was written, as the rooms take it."""
    return Limits(**{each.name: getattr(form, each.name) for each in fields(Limits)})
