"""BYOC trunk: a carrier of the account's own, and the application that answers its calls.

Source: reference/rest-api 2.10, 3.8; sip-interface 8.1, 8.2.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ByocTrunk:
    """One trunk of an account. SIP Domains refer to it by `byoc_trunk_sid`: what calls them, calls it."""

    sid: str
    account_sid: str
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    status_callback_url: str | None = None
    status_callback_method: str = "POST"
    cnam_lookup_enabled: bool = False
    """Kept as it was sent: nobody here knows the names of the world's numbers."""
    connection_policy_sid: str | None = None
    """Where calls to the carrier go."""
    from_domain_sid: str | None = None
    """The SIP Domain whose name stands in From of these calls; None is the trunk's first, else the realm."""
