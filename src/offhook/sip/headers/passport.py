"""Identity with a PASSporT: who vouches for the caller's number, and how far (RFC 8224, 8225, 8588).

    Identity: HEADER.PAYLOAD.SIGNATURE;info=<https://cert.example/a.pem>;alg=ES256;ppt="shaken"

The full form alone, as SHAKEN wants it (RFC 8588 §4); a compact one lacks what it is about. Reads, and judges
nothing: that is `routing/stir`.
"""

import base64
import binascii
import json
import re
from typing import Any, Final, Self

from offhook.base.frozen import frozen
from offhook.sip.error import SipError, malformed

SECTION: Final = "RFC 8224 §4"
INVALID_IDENTITY: Final = 438
"""RFC 8224 §6.2.2: Invalid Identity Header."""
SHAKEN: Final = "shaken"
LONGEST: Final = 8192
"""Characters of one value: a PASSporT has some hundreds."""
NUMBERS_MAX: Final = 20
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+\Z")


@frozen
class Passport:
    """One Identity header of a SHAKEN call, taken apart."""

    signed: bytes
    """What the signature is of."""
    signature: bytes
    """ES256: r and s, 32 bytes each."""
    x5u: str
    """Where the certificate is."""
    attest: str
    """`A`, `B` or `C`: what the signer knows of the caller."""
    orig: str
    """The caller's number, its digits alone."""
    dest: tuple[str, ...]
    """The called numbers, their digits alone."""
    iat: int
    """When it was made, in seconds since 1970."""

    @classmethod
    def parse(cls, value: str) -> Self:
        """One value of Identity. Raises: SipError (438)."""
        if len(value) > LONGEST:
            raise _broken(f"it has more than {LONGEST} characters")
        token, *parameters = (part.strip(" \t") for part in value.split(";"))
        parts = token.split(".")
        if len(parts) != 3 or not all(parts[:2]):
            raise _broken("it is no PASSporT in full form: header, payload and signature")
        header, payload = (_object(part) for part in parts[:2])
        if (header.get("alg"), header.get("typ"), header.get("ppt")) != ("ES256", "passport", SHAKEN):
            raise _broken("its alg must be ES256, its typ passport and its ppt shaken")
        x5u = _text(header, "x5u")
        info = _parameter(parameters, "info").removeprefix("<").removesuffix(">")
        if info and info != x5u:
            raise _broken("its info is not its x5u")
        orig, dest = payload.get("orig"), payload.get("dest")
        numbers = dest.get("tn") if isinstance(dest, dict) else None
        if not isinstance(orig, dict) or not isinstance(numbers, list) or len(numbers) > NUMBERS_MAX:
            raise _broken("its orig or its dest names no number")
        attest, iat = _text(payload, "attest"), payload.get("iat")
        if attest not in ("A", "B", "C"):
            raise _broken("its attest must be A, B or C")
        if not isinstance(iat, int) or isinstance(iat, bool):
            raise _broken("its iat must be seconds since 1970")
        signed = f"{parts[0]}.{parts[1]}".encode("ascii")
        dest_digits = tuple(digits(number) for number in numbers if isinstance(number, str))
        return cls(signed, _bytes(parts[2]), x5u, attest, digits(_text(orig, "tn")), dest_digits, iat)


def is_shaken(value: str) -> bool:
    """Whether a value of Identity is said to be of SHAKEN: others (div, rcd) are not looked at."""
    return _parameter(value.split(";")[1:], "ppt").lower() in ("", SHAKEN)


def digits(number: str) -> str:
    """A number as it is compared: digits, `*` and `#` alone (RFC 8224 §8.3)."""
    return re.sub(r"[^0-9*#]", "", number)


def _parameter(parameters: list[str], name: str) -> str:
    """The value of a parameter, unquoted; empty where there is none."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip(" \t").lower() == name:
            return value.strip(' \t"')
    return ""


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except (ValueError, RecursionError) as error:
        raise _broken("a part of it is no JSON") from error
    if not isinstance(found, dict):
        raise _broken("a part of it is no JSON object")
    return found


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise _broken(f"its {name} is missing")
    return value


def _bytes(part: str) -> bytes:
    if not _BASE64URL.match(part):
        raise _broken("a part of it is not base64url")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise _broken("a part of it is not base64url") from error


def _broken(why: str) -> SipError:
    return malformed(f"Identity: {why}", section=SECTION, status=INVALID_IDENTITY)
