"""What a phone hears, read while the call goes on: a recording's file, which grows until the call ends.

The media core writes 200 ms at a time and tells nobody: who waits for more looks again. Made by
`phone/script.py` and the command line; read by `--expect` and `--listen`.
"""

from pathlib import Path
from typing import Final

RATE_HZ: Final = 8000
"""Of every recording of the media core: 16 bits, mono."""
LOOK_AGAIN_S: Final = 0.2
"""As often as the file can have grown."""
_HEADER_BYTES: Final = 44
_SAMPLE_BYTES: Final = 2


class Hearing:
    """The growing file. Positions are samples from its beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """Of the WAV file."""

    @property
    def position(self) -> int:
        """How many samples there are by now."""
        return max(0, self.path.stat().st_size - _HEADER_BYTES) // _SAMPLE_BYTES

    def read(self, start: int) -> bytes:
        """Every whole sample from `start` on. Raises: OSError."""
        with self.path.open("rb") as file:
            file.seek(_HEADER_BYTES + start * _SAMPLE_BYTES)
            data = file.read()
        return data[: len(data) // _SAMPLE_BYTES * _SAMPLE_BYTES]
