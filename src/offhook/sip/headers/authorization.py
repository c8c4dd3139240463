"""Authorization and Proxy-Authorization: the answer to a challenge (RFC 3261 §20.7, RFC 7616 §3.4)."""

from dataclasses import field
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.headers.auth_params import parse_digest, require

_SECTION: Final = "RFC 7616 §3.4"


@frozen
class Authorization:
    """One answer. Texts stand as between their quotes on the wire."""

    username: str
    """Who claims to be asking."""
    realm: str
    """Of the challenge."""
    nonce: str
    """Of the challenge."""
    uri: str
    """The Request-URI that the answer is for."""
    response: str = field(repr=False)
    """The proof, in hexadecimal; never logged."""
    algorithm: str = ""
    """As spelled; "" where none is named, which means MD5."""
    opaque: str | None = None
    """Of the challenge; None when absent."""
    qop: str = ""
    """"auth" or "auth-int", lower-case; "" for the form of RFC 2069."""
    cnonce: str = ""
    """The client's own nonce; there when qop is."""
    nc: str = ""
    """How many requests were made with this nonce, eight hexadecimal digits as on the wire."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header. Raises: SipError (400), for another scheme than Digest as well."""
        parameters = parse_digest(text, _SECTION)
        return cls(
            username=require(parameters, "username", _SECTION),
            realm=require(parameters, "realm", _SECTION),
            nonce=require(parameters, "nonce", _SECTION),
            uri=require(parameters, "uri", _SECTION),
            response=require(parameters, "response", _SECTION),
            algorithm=parameters.get("algorithm", ""),
            opaque=parameters.get("opaque"),
            qop=parameters.get("qop", "").lower(),
            cnonce=parameters.get("cnonce", ""),
            nc=parameters.get("nc", ""),
        )

    @property
    def user(self) -> str:
        """The user name as people write it, quoted pairs undone."""
        return grammar.unquote(f'"{self.username}"') if "\\" in self.username else self.username

    def __str__(self) -> str:
        """With quotes where RFC 7616 §3.4 wants them, and none around algorithm, qop and nc."""
        parts = [
            f'username="{self.username}"',
            f'realm="{self.realm}"',
            f'nonce="{self.nonce}"',
            f'uri="{self.uri}"',
            f'response="{self.response}"',
        ]
        if self.algorithm:
            parts.append(f"algorithm={self.algorithm}")
        if self.opaque is not None:
            parts.append(f'opaque="{self.opaque}"')
        if self.qop:
            parts += [f"qop={self.qop}", f'cnonce="{self.cnonce}"', f"nc={self.nc}"]
        return "Digest " + ", ".join(parts)
