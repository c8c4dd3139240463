"""Settings of the registrar."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """The bounds of registrations (reference/sip-interface 5)."""

    expires_min_s: int = 600
    """Below it a registration is answered with 423."""
    expires_max_s: int = 3600
    """Above it the registration is accepted for so long; also what is taken when the phone names nothing."""
    contacts_max: int = 10
    """Bindings of one user at a time; one more is refused with 32007."""
    per_second: int = 5
    """REGISTERs of one user within a second; one more is refused with 32008."""
    flow_timer_s: int = 120
    """How often a phone with outbound is to send something on its connection (RFC 5626 §4.4.1)."""
    domain_max: int = 1_000_000
    """Bindings of one SIP Domain: 100 credential lists of 1,000 users with 10 contacts; 32007 as well."""
    account_max: int = 100_000_000
    """Bindings of all SIP Domains of one account: 100 such Domains; 32007 as well."""
