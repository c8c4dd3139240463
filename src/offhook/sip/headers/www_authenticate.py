"""WWW-Authenticate and Proxy-Authenticate: a digest challenge (RFC 3261 §20.27, §20.44, RFC 7616 §3.3)."""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip.headers.auth_params import parse_digest, require

_SECTION: Final = "RFC 7616 §3.3"


@frozen
class Challenge:
    """One challenge. Texts stand as between their quotes on the wire."""

    realm: str
    """The space of user names."""
    nonce: str
    """What the answer must be made with."""
    algorithm: str = ""
    """As spelled; "" where none is named, which means MD5."""
    qop: tuple[str, ...] = ()
    """"auth", "auth-int", lower-case; empty for a server from before RFC 2617."""
    opaque: str | None = None
    """To be given back unchanged; None when absent."""
    is_stale: bool = False
    """The last answer was right but for its nonce: try again without asking for a password."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one field. Raises: SipError (400), for another scheme than Digest as well."""
        parameters = parse_digest(text, _SECTION)
        return cls(
            realm=require(parameters, "realm", _SECTION),
            nonce=require(parameters, "nonce", _SECTION),
            algorithm=parameters.get("algorithm", ""),
            qop=tuple(
                each for part in parameters.get("qop", "").split(",") if (each := part.strip().lower())
            ),
            opaque=parameters.get("opaque"),
            is_stale=parameters.get("stale", "").lower() == "true",
        )

    def __str__(self) -> str:
        """In the order and spelling that SIP peers of the platform have always seen (sip-interface 2)."""
        text = f'Digest realm="{self.realm}"'
        if self.qop:
            text += f',qop="{",".join(self.qop)}"'
        text += f',nonce="{self.nonce}"'
        if self.opaque is not None:
            text += f',opaque="{self.opaque}"'
        if self.is_stale:
            text += ",stale=true"
        if self.algorithm:
            text += f",algorithm={self.algorithm}"
        return text
