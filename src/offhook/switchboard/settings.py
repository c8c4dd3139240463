"""Settings of the switchboard."""

from dataclasses import dataclass

CALL_LENGTH_MAX_S = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How many calls, and how fast (reference/sip-interface 14). None is no limit."""

    calls_max: int = 10_000
    """Alive at one time; further INVITEs get 503 with Retry-After (RFC 3261 §21.5.4)."""
    call_length_max_s: float = CALL_LENGTH_MAX_S
    """Of any call: 32015."""
    domain_calls_per_second: int | None = None
    """Calls that come in to the SIP Domains of an account: 32013."""
    trunk_calls_per_second: int | None = 1
    """Calls of the PBX of an elastic SIP trunk: 32001."""
    source_calls_per_second: int | None = None
    """INVITEs from one address, before anybody looks at them."""
    api_calls_per_second: int | None = None
    """Calls of an account that the API places; more wait for their turn, as `queued`."""
    api_queue_s: float = 86_400.0
    """How long one may have to wait for its turn; a longer queue takes no more: 22005."""
