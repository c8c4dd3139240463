"""The other end of a protected port: libsrtp, which others use."""

from pylibsrtp import Policy, Session

from offhook.media.ports import CryptoSuite, SrtpKey, SrtpKeys

PROFILES = {
    CryptoSuite.AES_CM_128_HMAC_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    CryptoSuite.AES_CM_128_HMAC_SHA1_32: Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}


class SrtpPeer:
    """Reads what a port with `keys` sends, and protects what it is to hear.

    A packet that is not authentic, or comes twice, raises pylibsrtp.Error.
    """

    def __init__(self, keys: SrtpKeys) -> None:
        self._outbound = _session(keys.remote, Policy.SSRC_ANY_OUTBOUND)
        self._inbound = _session(keys.local, Policy.SSRC_ANY_INBOUND)

    def protect(self, packet: bytes, *, rtcp: bool = False) -> bytes:
        """As it leaves."""
        return self._outbound.protect_rtcp(packet) if rtcp else self._outbound.protect(packet)

    def unprotect(self, datagram: bytes, *, rtcp: bool = False) -> bytes:
        """As it was."""
        return self._inbound.unprotect_rtcp(datagram) if rtcp else self._inbound.unprotect(datagram)


def _session(key: SrtpKey, ssrc_type: int) -> Session:
    policy = Policy(key=key.key_and_salt, ssrc_type=ssrc_type, srtp_profile=PROFILES[key.suite])
    return Session(policy=policy)
