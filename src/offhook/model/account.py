"""Account: the tenancy boundary. Every other record carries its Sid."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offhook.base.redact import Secret


class AccountStatus(StrEnum):
    """Whether an account may be used (reference/rest-api 1.2)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Account:
    """One customer: an AC Sid and the token that signs its webhooks and opens its API."""

    sid: str
    friendly_name: str
    auth_token: Secret
    status: AccountStatus
    created_at: datetime
    updated_at: datetime
