"""G.711 mu-law to linear samples (ITU-T G.711), for what listens to a tap."""

from typing import Final

import numpy as np
from numpy.typing import NDArray


def _expanded(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - magnitude if code & 0x80 else magnitude - 0x84


_LINEAR: Final = np.array([_expanded(code) for code in range(256)], dtype="<i2")
SILENCE: Final = b"\xff"
"""The code of nothing."""


def expand(ulaw: bytes) -> NDArray[np.int16]:
    """Signed 16-bit samples, -32124 to 32124."""
    samples: NDArray[np.int16] = _LINEAR[np.frombuffer(ulaw, dtype=np.uint8)]
    return samples


def compress(samples: NDArray[np.int16]) -> bytes:
    """The nearest codes."""
    magnitude = np.minimum(np.abs(samples.astype(np.int32)), 32635) + 0x84
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    codes = ~(np.where(samples < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF
    return bytes(codes.astype(np.uint8))
