"""What the operator and the roof decide about asking callers for a password; built in `config/`."""

from dataclasses import dataclass

from offhook.sip.digest.algorithm import Algorithm


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one gate."""

    realm: str
    """The space of user names, as between quotes on the wire: stored HA1 are bound to it."""
    algorithms: tuple[Algorithm, ...] = (Algorithm.MD5,)
    """What is offered, preferred first (RFC 8760 §2.4). MD5 alone is offered without a name."""
    nonce_life_s: float = 300.0
    """How long after its challenge a nonce is good for."""
    nonces_kept: int = 100_000
    """Nonces in use whose count is remembered; beyond it the oldest become stale early."""
    failures_per_minute: int = 20
    """From one source for one user; so many are not throttled yet (sip-interface 0)."""
    failures_kept: int = 10_000
    """Pairs of source and user whose failures are counted; beyond it the oldest is forgotten."""
