"""How much an account may have, as the resources hold it to (reference/sip-interface 14)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the node, or Twilio's numbers."""

    sip_domains: int = 100
    """Of an account: 21230."""
    credential_lists: int = 100
    """Of an account: 21239."""
    credentials: int = 1_000
    """Of a list: 21242."""
    ip_access_control_lists: int = 1_000
    """Of an account: 21255."""
    ip_addresses: int = 100
    """Of a list: 21237."""
    call_length_s: int = 4 * 3600
    """Longest TimeLimit, and that of a call without one."""
