"""Nonces that need no memory: time and chance under a key, and the counts of those that were used.

`server` issues one per challenge, and a flood of unauthenticated requests leaves nothing behind.
Source: RFC 7616 §3.3 (nonce), §3.4 (nc), §5.12 (storing).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections import OrderedDict
from hashlib import blake2s
from typing import Final

from offhook.base.frozen import frozen
from offhook.base.ids import Chance

_UNIQUE_BYTES: Final = 12
_TIME_BYTES: Final = 8
_MAC_BYTES: Final = 16
_BYTES: Final = _UNIQUE_BYTES + _TIME_BYTES + _MAC_BYTES
NONCE_CHARACTERS: Final = _BYTES * 4 // 3
"""48, as callers of the platform have always seen."""


@frozen
class Nonce:
    """A nonce that we made ourselves."""

    unique: bytes
    """Tells it from all others."""
    issued_ms: int
    """When, in milliseconds of the monotonic clock."""


class NonceMint:
    """Makes nonces and knows its own again; the key is drawn at start and never leaves."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._key = bytes.fromhex(chance.hex(32))

    def issue(self, now: float) -> str:
        """A new nonce, 48 letters that need no quoting."""
        signed = bytes.fromhex(self._chance.hex(_UNIQUE_BYTES)) + int(now * 1000).to_bytes(_TIME_BYTES, "big")
        return urlsafe_b64encode(signed + self._mac(signed)).decode()

    def read(self, text: str) -> Nonce | None:
        """What a nonce holds; None when it isn't ours, or from before a restart."""
        if len(text) != NONCE_CHARACTERS or not text.isascii():
            return None
        try:
            data = urlsafe_b64decode(text)
        except Base64Error:
            return None
        signed, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
        if len(data) != _BYTES or not hmac.compare_digest(mac, self._mac(signed)):
            return None
        return Nonce(signed[:_UNIQUE_BYTES], int.from_bytes(signed[_UNIQUE_BYTES:], "big"))

    def _mac(self, signed: bytes) -> bytes:
        return blake2s(signed, key=self._key, digest_size=_MAC_BYTES).digest()


class NonceCounts:
    """The highest nc of each nonce that was used, until it expires: what was counted comes once."""

    def __init__(self, life_s: float, kept: int) -> None:
        self._life_ms = life_s * 1000
        self._kept = kept
        self._used: OrderedDict[bytes, tuple[int, int]] = OrderedDict()
        self._forgotten_ms = -1

    def __len__(self) -> int:
        return len(self._used)

    def is_fresh(self, nonce: Nonce, nc: int, now: float) -> bool:
        """Whether this count of this nonce may still be used."""
        if now * 1000 - nonce.issued_ms >= self._life_ms:
            return False
        known = self._used.get(nonce.unique)
        if known is not None:
            return nc > known[1]
        return nonce.issued_ms > self._forgotten_ms

    def use(self, nonce: Nonce, nc: int, now: float) -> None:
        """Remember that this count was used.

        When the table is full, the nonce used first is forgotten, and none as old as it is fresh any
        more unless the table knows it: so a replay is refused all the same.
        """
        self._used[nonce.unique] = (nonce.issued_ms, nc)
        while self._used:
            issued_ms, _ = next(iter(self._used.values()))
            is_expired = now * 1000 - issued_ms >= self._life_ms
            if not is_expired and len(self._used) <= self._kept:
                break
            self._used.popitem(last=False)
            if not is_expired:
                self._forgotten_ms = max(self._forgotten_ms, issued_ms)
