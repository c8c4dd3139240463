"""The errors of this room: a peer's description that cannot be used, and a wrong call of ours."""

from enum import Enum, auto

from offhook.base.errors import PeerError, UsageError


class SdpError(PeerError):
    """The description breaks the grammar or the rules of offer and answer. `status`: 400 unless said."""


class Obstacle(Enum):
    """What in a sound description has nothing in common with ours."""

    STREAMS = auto()
    """No stream of it is audio that is on."""
    PROFILE = auto()
    """Its profile is not RTP/AVP, and not for SRTP: that is `SrtpRefusedError`."""
    CODECS = auto()
    """None of its codecs is ours."""
    ADDRESS = auto()
    """It wants audio at an address that is not of IPv4."""
    MULTICAST = auto()
    """It wants audio at an address of many."""


class NoCommonCodecError(SdpError):
    """The description is sound, but has no audio that we can take part in. `status`: 488."""

    obstacle: Obstacle = Obstacle.STREAMS
    """Why."""


class SrtpRefusedError(SdpError):
    """The audio is SRTP where plain RTP alone is taken. `status`: 488."""


class SrtpRequiredError(SdpError):
    """The audio is not SRTP, and nothing else is taken. `status`: 488."""


class UnusableCryptoError(SrtpRequiredError):
    """A key for SRTP that we cannot take; another line may have one. `status`: 488."""


class SdpUsageError(UsageError):
    """Our caller asked for a description that cannot be."""


def malformed(what: str, *, section: str, excerpt: str = "") -> SdpError:
    """An SdpError (400) for text that does not follow the grammar."""
    return SdpError(what, status=400, section=section, excerpt=excerpt)


def not_acceptable(
    what: str, *, section: str, excerpt: str = "", obstacle: Obstacle = Obstacle.STREAMS
) -> NoCommonCodecError:
    """A NoCommonCodecError (488)."""
    error = NoCommonCodecError(what, status=488, section=section, excerpt=excerpt)
    error.obstacle = obstacle
    return error


def another_profile(protocol: str, *, wanted: str, is_secure: bool) -> SrtpRefusedError | SrtpRequiredError:
    """An error (488) for audio by another profile than is `wanted`. is_secure: whether that is SRTP."""
    kind = SrtpRequiredError if is_secure else SrtpRefusedError
    needs = "SRTP is required" if is_secure else "SRTP is not accepted"
    what = f"the protocol of m=audio is not {wanted}: {needs}"
    if protocol.upper().startswith("UDP/TLS/"):
        what = f"DTLS-SRTP (WebRTC) is not spoken yet, m=audio must be {wanted}: {needs}"
    return kind(what, status=488, section="RFC 4568 §5.1", excerpt=protocol)


def unusable_crypto(what: str, *, section: str, excerpt: str = "") -> UnusableCryptoError:
    """An UnusableCryptoError (488). excerpt: never what is behind `inline:`."""
    return UnusableCryptoError(what, status=488, section=section, excerpt=excerpt)
