"""Credential lists and their entries (reference/rest-api 2.9, 3.6, 4.3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offhook.base.redact import Secret


class MappingScope(StrEnum):
    """What a credential list is mapped to a SIP Domain for (reference/sip-interface 2)."""

    CALLS = "calls"
    """Its users may call: `Auth/Calls`, and the older spelling without a prefix."""
    REGISTRATIONS = "registrations"
    """Its users may register: `Auth/Registrations`."""


@dataclass(frozen=True, slots=True)
class CredentialList:
    """A named list of users, good for the domains that it is mapped to."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """One user of a list. The password itself is kept nowhere."""

    sid: str
    account_sid: str
    credential_list_sid: str
    username: str
    """1 to 32 characters; never changes."""
    ha1_md5: Secret
    """MD5 of username:realm:password (RFC 7616 §3.4.2), for the node's one realm."""
    ha1_sha256: Secret
    """SHA-256 of the same."""
    created_at: datetime
    updated_at: datetime
