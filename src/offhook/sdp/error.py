"""The errors of this room: a peer's description that cannot be used, and a wrong call of ours."""

from offhook.base.errors import PeerError, UsageError


class SdpError(PeerError):
    """The description breaks the grammar or the rules of offer and answer. `status`: 400 unless said."""


class NoCommonCodecError(SdpError):
    """The description is sound, but has no audio that we can take part in. `status`: 488."""


class UnusableCryptoError(SdpError):
    """A key for SRTP that we cannot take; another line may have one. `status`: 488."""


class SdpUsageError(UsageError):
    """Our caller asked for a description that cannot be."""


def malformed(what: str, *, section: str, excerpt: str = "") -> SdpError:
    """An SdpError (400) for text that does not follow the grammar."""
    return SdpError(what, status=400, section=section, excerpt=excerpt)


def not_acceptable(what: str, *, section: str, excerpt: str = "") -> NoCommonCodecError:
    """A NoCommonCodecError (488)."""
    return NoCommonCodecError(what, status=488, section=section, excerpt=excerpt)


def unusable_crypto(what: str, *, section: str, excerpt: str = "") -> UnusableCryptoError:
    """An UnusableCryptoError (488). excerpt: never what is behind `inline:`."""
    return UnusableCryptoError(what, status=488, section=section, excerpt=excerpt)
