"""Settings of routing. Built by the roof from the node's settings."""

from dataclasses import dataclass

from offhook.routing.sip_domain import DomainNames


@dataclass(frozen=True, slots=True)
class Settings:
    """How Request-URIs are turned into SIP Domains."""

    names: DomainNames
    default_domain: str | None = None
    """Name or whole host name of the Domain that answers for the node's own addresses; None = nobody."""
