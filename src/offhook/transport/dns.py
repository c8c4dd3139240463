"""Asks DNS for SIP, with dnspython (docs/decisions/0008): hosts file first, then the servers.

`localhost` and every `*.localhost` are the loopback address before anyone is asked (RFC 6761 §6.3);
then the hosts file, then DNS. Answers are kept for their time to live. A name that does not exist
is an empty answer; servers that do not answer within 5 s are an error.

Implements `locate.Lookup`. Made by the driver.
"""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from offhook.transport.locate import Naptr, Srv
from offhook.transport.ports import NoRouteError

HOSTS_FILE: Final = Path("/etc/hosts")
LIFETIME_S: Final = 5.0
CACHED_NAMES: Final = 10_000
LOOPBACK: Final = "127.0.0.1"


class Dns:
    """Implements `locate.Lookup`.

    servers: numeric addresses, each with a port; empty takes the system's.
    """

    def __init__(self, servers: Sequence[tuple[str, int]] = (), hosts_file: Path = HOSTS_FILE) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        if servers:
            self._resolver.nameservers = [host for host, _ in servers]
            self._resolver.nameserver_ports = dict(servers)
        else:
            self._configure_from_system()
        self._resolver.lifetime = LIFETIME_S
        self._resolver.cache = dns.resolver.LRUCache(CACHED_NAMES)
        self._hosts_file = hosts_file

    def _configure_from_system(self) -> None:
        try:
            self._resolver.read_resolv_conf("/etc/resolv.conf")
        except (OSError, dns.resolver.NoResolverConfiguration):
            self._resolver.nameservers = []  # no DNS here: names of the hosts file still lead somewhere

    async def naptr(self, name: str) -> Sequence[Naptr]:
        """NAPTR records that lead to SRV names."""
        return [
            Naptr(
                record.order,
                record.preference,
                record.service.decode("ascii", "replace").upper(),
                record.replacement.to_text(omit_final_dot=True),
            )
            for record in await self._ask(name, dns.rdatatype.NAPTR)
            if isinstance(record, NAPTR) and record.flags.lower() == b"s"
        ]

    async def srv(self, name: str) -> Sequence[Srv]:
        """SRV records."""
        return [
            Srv(record.priority, record.weight, record.target.to_text(omit_final_dot=True), record.port)
            for record in await self._ask(name, dns.rdatatype.SRV)
            if isinstance(record, SRV)
        ]

    async def addresses(self, name: str) -> Sequence[str]:
        """IPv4 addresses, then IPv6."""
        if is_localhost(name):
            return [LOOPBACK]
        try:
            return [str(ipaddress.ip_address(name))]
        except ValueError:
            pass  # a name
        listed = self._listed(name)
        if listed:
            return listed
        found = [record.to_text() for record in await self._ask(name, dns.rdatatype.A)]
        return found + [record.to_text() for record in await self._ask(name, dns.rdatatype.AAAA)]

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> list[Rdata]:
        if is_localhost(name) or not self._resolver.nameservers:
            return []
        try:
            return list(await self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN, dns.exception.SyntaxError):
            return []
        except dns.exception.DNSException as error:
            raise NoRouteError(f"{name} could not be looked up: {type(error).__name__}") from error

    def _listed(self, name: str) -> list[str]:
        """Addresses of a name in the hosts file, read anew each time: it is small, and it may change."""
        wanted = name.lower().rstrip(".")
        try:
            lines = self._hosts_file.read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            return []
        found = []
        for line in lines:
            fields = line.partition("#")[0].split()
            if len(fields) > 1 and wanted in (field.lower() for field in fields[1:]):
                found.append(fields[0])
        return found


def is_localhost(name: str) -> bool:
    """Whether a host name means this machine by definition; `_sip._udp.x.localhost` does as well."""
    lowered = name.lower().rstrip(".")
    return lowered == "localhost" or lowered.endswith(".localhost")
