"""Connection policy: the addresses of a carrier, in the order in which they are tried.

Source: reference/rest-api 2.10, 3.8; sip-interface 8.2.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """A named set of targets, which trunks refer to."""

    sid: str
    account_sid: str
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionPolicyTarget:
    """One address of a carrier."""

    sid: str
    account_sid: str
    connection_policy_sid: str
    target: str
    """A `sip:` URI; its user is replaced by the number that is called."""
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    priority: int = 10
    """0 to 65535; the lowest is tried first."""
    weight: int = 10
    """1 to 65535: its share of the calls among targets of one priority."""
    enabled: bool = True
