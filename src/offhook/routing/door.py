"""What decides about who comes in; made once by the roof, shared by calls and registrations."""

from dataclasses import dataclass

from offhook.routing.directory import Directory
from offhook.sip.digest.server import DigestGate


@dataclass(frozen=True, slots=True)
class Door:
    """Who is known, and how they prove it."""

    directory: Directory
    """Domains, addresses and users."""
    gate: DigestGate
    """Challenges and answers, in the node's one realm."""
    allow_private: bool = True
    """Whether loopback addresses may stand in a Contact."""
