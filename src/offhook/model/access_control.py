"""IP access control lists and their entries (reference/rest-api 2.9, 3.6)."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class IpAccessControlList:
    """A named list of addresses that may call the domains it is mapped to."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class IpAddress:
    """One entry of a list: an IPv4 address or a block of them."""

    sid: str
    account_sid: str
    ip_access_control_list_sid: str
    friendly_name: str
    ip_address: str
    """Dotted quad."""
    cidr_prefix_length: int
    """1 to 32; 32 is the one address."""
    created_at: datetime
    updated_at: datetime

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The addresses this entry covers, host bits cleared."""
        return _network(self.ip_address, self.cidr_prefix_length)


@lru_cache(1024)
def _network(ip_address: str, cidr_prefix_length: int) -> ipaddress.IPv4Network:
    """Each call is held against every entry of its Domain's lists."""
    return ipaddress.IPv4Network((ip_address, cidr_prefix_length), strict=False)
