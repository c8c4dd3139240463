"""From a SIP URI to the targets its request may be sent to, best first (RFC 3263 §4).

    numeric host ------------------------------> that address
    transport and port named ------------------> addresses of the name
    transport named, no port: SRV of it -------> else addresses of the name at its default port
    neither: NAPTR -> SRV, else SRV of each ----> else addresses of the name, over UDP

The rules are here, the asking is behind `Lookup` (`transport/dns.py`). Only the transports that the
node speaks are followed. `maddr` is not followed: RFC 3261 §19.1.1 deprecates it as a way to force a
path, and it would let a caller aim us at any address.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from offhook.base.ids import Chance
from offhook.sip.flow import CERTIFIED_AS, CONNECTION, UNVERIFIED, Address, Transport
from offhook.sip.uri import SipUri
from offhook.transport.ports import NoRouteError, Target

TARGETS_MAX: Final = 16
"""Candidates of one URI: more would outlast any caller's patience."""

SERVICES: Final = {"SIP+D2U": Transport.UDP, "SIP+D2T": Transport.TCP, "SIPS+D2T": Transport.TLS}
"""NAPTR services (RFC 3263 §4.1)."""

SRV_PREFIXES: Final = {
    Transport.UDP: "_sip._udp",
    Transport.TCP: "_sip._tcp",
    Transport.TLS: "_sips._tcp",
}


@dataclass(frozen=True, slots=True)
class Naptr:
    """One NAPTR record with the `s` flag."""

    order: int
    preference: int
    service: str
    """In capitals, such as SIP+D2U."""
    replacement: str
    """Name of the SRV records, without the root's dot."""


@dataclass(frozen=True, slots=True)
class Srv:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    host: str
    """Without the root's dot."""
    port: int


class Lookup(Protocol):
    """Asks DNS. What does not exist is empty; a server that does not answer raises NoRouteError."""

    async def naptr(self, name: str) -> Sequence[Naptr]:
        """NAPTR records of a name."""
        ...

    async def srv(self, name: str) -> Sequence[Srv]:
        """SRV records of a name."""
        ...

    async def addresses(self, name: str) -> Sequence[str]:
        """Addresses of a name, numeric, in the order to try."""
        ...


async def locate(
    uri: SipUri, lookup: Lookup, chance: Chance, spoken: frozenset[Transport]
) -> tuple[Target, ...]:
    """The targets of a URI, at most 16, best first.

    spoken: the transports that this node can send on.
    Raises: NoRouteError when there is none.
    """
    host = uri.host
    named = _named_transport(uri)
    if named is not None and named not in spoken:
        allowed = ", ".join(sorted(transport.value.lower() for transport in spoken))
        raise NoRouteError(f"{uri}: transport {named.value.lower()} is not available, only {allowed}")
    default = named or Transport.UDP
    if _is_numeric(host):
        domain = (uri.parameter(CERTIFIED_AS) or "") if default is Transport.TLS else ""
        serial = uri.parameter(CONNECTION) or ""
        address = Address(host, uri.port or default.default_port)
        is_verified = uri.parameter(UNVERIFIED) is None
        return (Target(default, address, domain, int(serial or 0), is_verified),)
    if default.is_websocket:
        raise NoRouteError(f"{uri}: a WebSocket is opened by its client alone, and this one's is gone")
    if uri.port is not None:
        found = [_target(default, each, uri.port, domain=host) for each in await lookup.addresses(host)]
    else:
        found = await _by_services(host, named, lookup, chance, spoken)
    if not found:
        raise NoRouteError(f"{host} has no address")
    return tuple(found[:TARGETS_MAX])


def _target(transport: Transport, address: str, port: int, *, domain: str) -> Target:
    """A certificate is to name the domain of the URI, not the host that DNS led to (RFC 5922 §4)."""
    return Target(transport, Address(address, port), domain if transport is Transport.TLS else "")


def _named_transport(uri: SipUri) -> Transport | None:
    text = uri.parameter("transport")
    if text is None:
        return Transport.TLS if uri.scheme == "sips" else None
    try:
        transport = Transport(text.upper())
    except ValueError as error:
        raise NoRouteError(f"{uri}: there is no transport {text!r}") from error
    if uri.scheme == "sips" and transport is Transport.TCP:
        return Transport.TLS
    return transport


async def _by_services(
    host: str, named: Transport | None, lookup: Lookup, chance: Chance, spoken: frozenset[Transport]
) -> list[Target]:
    names = await _service_names(host, named, lookup, spoken)
    found: list[Target] = []
    for transport, name in names:
        for record in in_order(await lookup.srv(name), chance):
            found += [
                _target(transport, each, record.port, domain=host)
                for each in await lookup.addresses(record.host)
            ]
            if len(found) >= TARGETS_MAX:
                return found
    if found:
        return found
    transport = named or Transport.UDP
    return [
        _target(transport, each, transport.default_port, domain=host) for each in await lookup.addresses(host)
    ]


async def _service_names(
    host: str, named: Transport | None, lookup: Lookup, spoken: frozenset[Transport]
) -> list[tuple[Transport, str]]:
    """The SRV names to ask, best first."""
    if named is not None:
        return [(named, f"{SRV_PREFIXES[named]}.{host}")] if named in SRV_PREFIXES else []
    records = sorted(await lookup.naptr(host), key=lambda each: (each.order, each.preference))
    services = [
        (SERVICES[each.service], each.replacement)
        for each in records
        if each.service in SERVICES and SERVICES[each.service] in spoken
    ]
    if services:
        return services
    return [(each, f"{prefix}.{host}") for each, prefix in SRV_PREFIXES.items() if each in spoken]


def in_order(records: Sequence[Srv], chance: Chance) -> list[Srv]:
    """By priority, and within one by weight drawn as RFC 2782 says."""
    if len(records) == 1 and records[0].host in ("", "."):
        return []  # "." says that the service is decidedly not there
    ordered: list[Srv] = []
    for priority in sorted({each.priority for each in records}):
        left = sorted((each for each in records if each.priority == priority), key=lambda each: each.weight)
        while left:
            drawn = chance.between(0, sum(each.weight for each in left))
            for chosen in left:
                drawn -= chosen.weight
                if drawn <= 0:
                    break
            left.remove(chosen)
            ordered.append(chosen)
    return ordered


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
