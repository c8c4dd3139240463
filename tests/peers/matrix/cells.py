"""The matrix: who, over what, with which media, does what; and which of it cannot be, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product


class Peer(StrEnum):
    """A program that nobody here wrote."""

    BARESIP = "baresip"
    LINPHONE = "linphone"
    SIPP = "SIPp"
    KAMAILIO = "Kamailio"
    """As an SBC, linphone behind it by UDP."""


class Transport(StrEnum):
    """Between the node and the peer."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"


class Media(StrEnum):
    """Of both directions."""

    RTP = "RTP"
    SRTP_80 = "SRTP _80"
    SRTP_32 = "SRTP _32"

    @property
    def suite(self) -> str:
        """Its name in SDP."""
        return f"AES_CM_128_HMAC_SHA1{self.value.rpartition(' ')[2]}"


class Act(StrEnum):
    """What is done."""

    IN = "in"
    """The peer calls with its password, and hears."""
    OUT = "out"
    """It is called where it registered, and hears."""
    HOLD = "hold"
    """It holds the call, ends that, and hears again."""
    DTMF = "DTMF"
    """It presses a key."""
    REFER = "REFER"
    """It transfers the one that it was put through to, and is transferred."""


@dataclass(frozen=True)
class Line:
    """Five cells that one phone goes through."""

    peer: Peer
    transport: Transport
    media: Media

    @property
    def name(self) -> str:
        """Of its user, its Domain and its folder."""
        return f"{self.peer}-{self.transport}-{self.media}".lower().replace(" _", "")

    @property
    def is_secure(self) -> bool:
        """Whether it speaks SRTP."""
        return self.media is not Media.RTP

    @property
    def is_refused(self) -> bool:
        """Whether the reference has its INVITE refused: SRTP without TLS (32207)."""
        return self.is_secure and self.transport is not Transport.TLS


def lines() -> Iterator[Line]:
    """All of them."""
    for peer, transport, media in product(Peer, Transport, Media):
        yield Line(peer, transport, media)


def obstacle(line: Line, act: Act) -> str:
    """Why a cell cannot be run; "" for one that can."""
    if line.peer is Peer.SIPP and (line.transport is Transport.TLS or line.is_secure):
        return "Debian's SIPp is built without TLS, and so without SRTP"
    if line.peer is Peer.BARESIP and line.media is Media.SRTP_32:
        return "baresip 1.0 offers _80 alone, as the node does"
    if line.is_refused and act is not Act.IN:
        return "SRTP is for calls over TLS alone: there is no such call"
    if line.media is Media.SRTP_32 and act is Act.OUT:
        return "the node offers _80 alone (reference, section 10)"
    return ""
