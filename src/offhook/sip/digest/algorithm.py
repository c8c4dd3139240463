"""The arithmetic of digest: HA1, HA2 and the response, for the algorithms that we know.

Used by `client` and `server`, and by whoever stores HA1 in place of a password.
Source: RFC 7616 §3.4. Left out: the `-sess` variants and SHA-512-256, which no SIP peer asks for.
"""

import hashlib
from enum import StrEnum


class Algorithm(StrEnum):
    """A hash by its name on the wire, strongest first (RFC 8760 §2.1)."""

    SHA_256 = "SHA-256"
    MD5 = "MD5"

    @classmethod
    def named(cls, name: str) -> "Algorithm | None":
        """The algorithm of a challenge or an answer; "" is MD5 (RFC 7616 §3.3), None if we don't know it."""
        return _BY_NAME.get(name.upper())

    def hash_hex(self, text: str) -> str:
        """The hash of `text` in UTF-8, lower-case hexadecimal."""
        return self.hash_bytes_hex(text.encode(errors="replace"))

    def hash_bytes_hex(self, data: bytes) -> str:
        """The hash of `data`, lower-case hexadecimal."""
        if self is Algorithm.MD5:
            return hashlib.md5(data, usedforsecurity=False).hexdigest()
        return hashlib.sha256(data).hexdigest()


_BY_NAME = {"": Algorithm.MD5, **{each.value: each for each in Algorithm}}


def ha1(username: str, realm: str, password: str, algorithm: Algorithm) -> str:
    """What a server may store in place of the password: it is good for this realm only.

    username, realm: as they stand between the quotes on the wire (RFC 7616 §3.4.2: unq).
    """
    return algorithm.hash_hex(f"{username}:{realm}:{password}")


def ha2(method: str, uri: str, algorithm: Algorithm, body: bytes | None = None) -> str:
    """The half that is about the request. body: for qop=auth-int only (RFC 7616 §3.4.3)."""
    if body is None:
        return algorithm.hash_hex(f"{method}:{uri}")
    return algorithm.hash_hex(f"{method}:{uri}:{algorithm.hash_bytes_hex(body)}")


def response(
    ha1_hex: str, ha2_hex: str, algorithm: Algorithm, *, nonce: str, nc: str, cnonce: str, qop: str
) -> str:
    """The proof that the sender knows HA1 (RFC 7616 §3.4.1).

    nc: eight hexadecimal digits as on the wire. qop: "" is the form of RFC 2069, without nc and cnonce.
    """
    if not qop:
        return algorithm.hash_hex(f"{ha1_hex}:{nonce}:{ha2_hex}")
    return algorithm.hash_hex(f"{ha1_hex}:{nonce}:{nc}:{cnonce}:{qop}:{ha2_hex}")
