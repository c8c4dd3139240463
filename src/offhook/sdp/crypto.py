"""Keys for SRTP in a description: `a=crypto` (RFC 4568), as much of it as Twilio's SIP Interface speaks.

A line that asks for what we leave out is passed over, and says why; the first one that is left is taken. No
error says anything of a key. Left out: MKI, keys that change within a stream, and every session parameter but
a window against replay. A lifetime is read and not acted on. Called by `offer_answer.py`.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from offhook.sdp.error import UnusableCryptoError, unusable_crypto

SUITES: Final = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"""What we take (§6.2). Offered is the first one alone."""
KEY_AND_SALT_BYTES: Final = 30
"""A master key of 16 bytes and its salt of 14 (§6.2.1)."""
LIFETIME_MAX: Final = 2**48
"""Packets of RTP under one key (RFC 3711 §9.2)."""
WINDOW_MIN: Final = 64
"""The least window against replay that may be asked for (§6.3.7), and ours."""

_NAMES: Final = frozenset(
    {"KDR", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "FEC_ORDER", "FEC_KEY", "WSH"}
)
"""Session parameters (§6.3)."""
_LINE: Final = re.compile(r"([0-9]{1,9})[ \t]+([A-Za-z0-9_]{1,39})[ \t]+(\S+)((?:[ \t]+\S+)*)[ \t]*\Z")
_INLINE: Final = re.compile(r"inline:([A-Za-z0-9+/]{40})(?:\|(2\^[0-9]{1,2}|[0-9]{1,15}))?\Z", re.IGNORECASE)
_WINDOW: Final = re.compile(r"WSH=([0-9]{2,9})\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class CryptoAttribute:
    """One `a=crypto` that can be used. Printed in a log it is without its key; `str` has it."""

    tag: int
    """Names the line in the answer."""
    suite: str
    """One of `SUITES`."""
    key_and_salt: bytes = field(repr=False)
    """What its writer sends with: `KEY_AND_SALT_BYTES` of them."""

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read the value of one line. Raises: UnusableCryptoError."""
        found = _LINE.match(value)
        if found is None:
            raise unusable_crypto("malformed a=crypto", section="RFC 4568 §9.1")
        tag, suite, key, parameters = found.groups()
        if suite.upper() not in SUITES:
            raise unusable_crypto(
                f"unknown suite; known: {', '.join(SUITES)}", section="RFC 4568 §6.2", excerpt=suite
            )
        for parameter in parameters.split():
            window = _WINDOW.match(parameter)
            if window is None or int(window[1]) < WINDOW_MIN:
                what = f"session parameter that is not taken; taken: WSH of {WINDOW_MIN} or more"
                raise unusable_crypto(what, section="RFC 4568 §6.3", excerpt=_known_name(parameter))
        return cls(int(tag), suite.upper(), _key(key))

    def is_same(self, other: Self) -> bool:
        """Whether both say the same: nothing changes where it takes the other one's place (§7.1.4)."""
        same_key = hmac.compare_digest(self.key_and_salt, other.key_and_salt)
        return (self.tag, self.suite) == (other.tag, other.suite) and same_key

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{b64encode(self.key_and_salt).decode()}"


def choose_crypto(values: Iterable[str]) -> CryptoAttribute:
    """The first line that can be used, in the offerer's order (§5.1.2).

    Raises: UnusableCryptoError, that of the first line, when there is none.
    """
    first: UnusableCryptoError | None = None
    for value in values:
        try:
            return CryptoAttribute.parse(value)
        except UnusableCryptoError as error:
            first = first or error
    raise first or unusable_crypto("no a=crypto", section="RFC 4568 §5.1.2")


def answered_crypto(
    values: Sequence[str], offered: Sequence[CryptoAttribute]
) -> tuple[CryptoAttribute, CryptoAttribute]:
    """Of an answer: the line of our offer that was taken, and the peer's (§5.1.3).

    Raises: UnusableCryptoError when there is not exactly one, or none of ours has its tag and suite.
    """
    if len(values) != 1:
        raise unusable_crypto(f"an answer has one a=crypto, not {len(values)}", section="RFC 4568 §5.1.3")
    theirs = CryptoAttribute.parse(values[0])
    for ours in offered:
        if (ours.tag, ours.suite) == (theirs.tag, theirs.suite):
            return ours, theirs
    raise unusable_crypto(
        "no a=crypto of the offer has the tag and the suite of the answer's",
        section="RFC 4568 §5.1.3",
        excerpt=f"{theirs.tag} {theirs.suite}",
    )


def _key(parameter: str) -> bytes:
    """The key of `inline:`. Nothing of it gets into an error."""
    method, _, rest = parameter.partition(":")
    if method.lower() != "inline":
        raise unusable_crypto("key method that is not inline", section="RFC 4568 §9.1")
    if ";" in rest or rest.count("|") > 1 or ":" in rest:
        raise unusable_crypto("several keys, or a master key identifier (MKI)", section="RFC 4568 §6.1")
    found = _INLINE.match(parameter)
    if found is None:
        raise unusable_crypto(
            f"malformed inline: not {KEY_AND_SALT_BYTES} bytes in base64, with a lifetime at most",
            section="RFC 4568 §6.1",
        )
    if found[2] is not None and not 0 < _lifetime(found[2]) <= LIFETIME_MAX:
        raise unusable_crypto(
            "lifetime that is not within 1 to 2^48", section="RFC 4568 §6.1", excerpt=found[2]
        )
    return b64decode(found[1])


def _known_name(parameter: str) -> str:
    """The name of a session parameter; nothing of what may be a piece of a key."""
    name = parameter.partition("=")[0].upper()
    return name if name in _NAMES else ""


def _lifetime(text: str) -> int:
    base, power, exponent = text.partition("^")
    return int(base) ** int(exponent) if power else int(text)
