"""Settings of the webhook client. Built by the roof from the node's settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where webhooks may go and how long they may take.

    The three times are the defaults of the connection overrides `ct`, `rt` and `tt`.
    """

    allow_private: bool
    """Whether loopback and private addresses may be asked."""
    connect_timeout_s: float = 5.0
    """For DNS, TCP and TLS together, per try."""
    read_timeout_s: float = 15.0
    """For the first byte of an answer, and between two."""
    total_timeout_s: float = 15.0
    """For everything: redirects, logins and retries included."""
    max_connections: int = 1_000
    """Open at once; a request that needs one more waits, within its total time."""
    extra_ca_file: Path | None = None
    """PEM file of certificate authorities trusted besides the system's."""
