"""Registration at a carrier: what the node registers as for a trunk, and how that stands.

Ours: Twilio's trunks know addresses only. Source: RFC 3261 §10.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from offhook.base.redact import Secret

EXPIRES_S: Final = 600
"""What is asked for unless the account says otherwise."""


@dataclass(frozen=True, slots=True)
class CarrierRegistration:
    """The account at a carrier that a BYOC trunk has. Its Sid is the trunk's: there is one at most."""

    sid: str
    account_sid: str
    registrar: str
    """A `sip:` URI without user: the carrier's domain, perhaps with `transport`."""
    username: str
    """Of the address of record, and of the digest."""
    password: Secret
    """In clear: we are the client here."""
    created_at: datetime
    updated_at: datetime
    proxy: str | None = None
    """A `sip:` URI to which REGISTER and calls are sent, where that is not the registrar."""
    expires_s: int = EXPIRES_S


class RegistrationStatus(StrEnum):
    """Where it stands, as it is shown."""

    REGISTERING = "registering"
    """No answer yet."""
    REGISTERED = "registered"
    FAILED = "failed"
    """It is tried again."""


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """How a registration stands on this node."""

    status: RegistrationStatus
    changed_at: datetime
    expires_at: datetime | None = None
    """Of what the carrier keeps; None where it keeps nothing."""
    sip_status: int | None = None
    """Of the last answer, or what was made here in its place; None before."""
    reason: str = ""
    """Why it failed."""
    retry_at: datetime | None = None
    """When it is tried again after a failure."""
