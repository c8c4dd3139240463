"""IP records and source IP mappings: a carrier that is known by its address, and the Domain it calls.

Source: reference/rest-api 2.10, 3.8; sip-interface 8.1.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IpRecord:
    """An IPv4 address, or a block of them."""

    sid: str
    account_sid: str
    ip_address: str
    """Dotted quad."""
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    cidr_prefix_length: int = 32
    """1 to 32; 32 is the one address."""

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The addresses it covers, host bits cleared."""
        return ipaddress.IPv4Network((self.ip_address, self.cidr_prefix_length), strict=False)


@dataclass(frozen=True, slots=True)
class SourceIpMapping:
    """What comes from the addresses of an IP record calls this SIP Domain, without its access lists."""

    sid: str
    account_sid: str
    ip_record_sid: str
    sip_domain_sid: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MappedSource:
    """A source IP mapping with its IP record's addresses: what an INVITE is held against."""

    network: ipaddress.IPv4Network
    account_sid: str
    sip_domain_sid: str
