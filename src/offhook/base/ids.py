"""The only place that rolls dice: Sids, tags, branches, nonces, tokens.

Everything drawn here is unguessable (128 bits from the operating system unless said), because
Sids and tags double as capabilities on the wire.
"""

import random
import re
import secrets
from typing import Final, Protocol

SID_PATTERN: Final = re.compile(r"[A-Z]{2}[0-9a-f]{32}\Z")
"""Two letters and 32 lower-case hexadecimal digits (reference/rest-api 1.10)."""


class Chance(Protocol):
    """A source of randomness that tests can seed."""

    def hex(self, n_bytes: int) -> str:
        """`n_bytes` random bytes as lower-case hexadecimal, twice as many characters."""
        ...

    def between(self, low: float, high: float) -> float:
        """A number drawn evenly from low to high."""
        ...


class SystemChance:
    """Randomness of the operating system."""

    def hex(self, n_bytes: int) -> str:
        """Bytes of `os.urandom` as hexadecimal."""
        return secrets.token_hex(n_bytes)

    def between(self, low: float, high: float) -> float:
        """Drawn by `random.SystemRandom`."""
        return secrets.SystemRandom().uniform(low, high)


class SeededChance:
    """The same draws for the same seed: for tests and simulations, never for a node."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def hex(self, n_bytes: int) -> str:
        """Bytes of a Mersenne Twister as hexadecimal."""
        return self._random.randbytes(n_bytes).hex()

    def between(self, low: float, high: float) -> float:
        """Drawn by the same generator."""
        return self._random.uniform(low, high)


def new_sid(prefix: str, chance: Chance) -> str:
    """A new Sid such as `CA` and 32 hexadecimal digits.

    prefix: two capital letters of the table in reference/rest-api 1.11.
    """
    return prefix + chance.hex(16)


def is_sid(text: str, prefix: str) -> bool:
    """Whether `text` has the form of a Sid with this prefix."""
    return text.startswith(prefix) and SID_PATTERN.match(text) is not None
