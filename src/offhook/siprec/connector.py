"""A connector: the recording servers that a name stands for, and who we say we are there.

Read from the settings `siprec_connectors` and `siprec_credentials`. A URI with `;secure=true` is called over
TLS alone and offered SRTP alone, as `<Sip>` does it (reference/twiml 6.3); `sips:` is TLS to the next hop.
Source: reference/twiml 8.2 leaves all of it to us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from offhook.sip.digest.credentials import Credentials
from offhook.sip.uri import SipUri

SERVERS_MAX: Final = 8
"""Servers of one connector: as many may be tried one after the other."""


@dataclass(frozen=True, slots=True)
class RecordingServer:
    """One place that records."""

    uri: SipUri
    """Request-URI: `sip`, without `secure`."""
    is_secure: bool = False
    """Whether it is offered SRTP alone, over TLS."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one of the setting. Raises: ValueError saying what is allowed; SipError for no SIP URI."""
        uri = SipUri.parse(text)
        secure = uri.parameter("secure")
        if secure not in (None, "true", "false"):
            raise ValueError("secure must be true or false")
        if uri.password is not None:
            raise ValueError("a URI has no password: siprec_credentials has NAME=USER:PASSWORD")
        kept = tuple(each for each in uri.parameters if each[0].lower() != "secure")
        is_secure = secure == "true"
        transport = uri.parameter("transport")
        if is_secure and transport is not None and transport.lower() != "tls":
            raise ValueError("secure=true goes over TLS: transport must be tls, or absent")
        uri = replace(uri, parameters=kept, headers=())
        return cls((replace(uri, scheme="sips") if is_secure else uri).hop_by_hop, is_secure)

    def __str__(self) -> str:
        return str(self.uri)


@dataclass(frozen=True, slots=True)
class Connector:
    """What `connectorName` names."""

    servers: tuple[RecordingServer, ...]
    """In the order in which they are tried; at least one, but for a name that the operator has not given."""
    credentials: Credentials | None = None
    """Answers the challenge of any of them."""

    @classmethod
    def to(cls, *uris: str, credentials: Credentials | None = None) -> Self:
        """One to these servers. Raises: as `RecordingServer.parse`."""
        return cls(tuple(RecordingServer.parse(uri) for uri in uris), credentials)


def connectors_of(
    servers: Iterable[tuple[str, RecordingServer]], logins: Mapping[str, Credentials]
) -> dict[str, Connector]:
    """Connectors by name. servers: pairs of a name and one of its servers, in order; logins: by name."""
    found: dict[str, Connector] = {}
    for name, server in servers:
        before = found[name].servers if name in found else ()
        found[name] = Connector((*before, server), logins.get(name))
    return found
