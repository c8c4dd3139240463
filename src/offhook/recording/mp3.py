"""Recordings as MP3, by LAME through lameenc: the extra `offhook[mp3]`.

lameenc is LGPL and has no wheel for every platform, so that a node runs without it. Called by `rest/`.
Source: reference/rest-api 2.6 for the bit rate.
"""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Final

KBIT_PER_CHANNEL: Final = 32
QUALITY: Final = 7
"""Of 2 (best) to 7 (fastest): at 8 kHz the difference cannot be heard."""


def is_available() -> bool:
    """Whether the encoder is installed."""
    return find_spec("lameenc") is not None


def mp3(pieces: Iterable[bytes], rate_hz: int, channels: int) -> Iterator[bytes]:
    """16-bit PCM as MP3, piece by piece; the interpreter is free while LAME works.

    Raises: ImportError when the encoder is not installed.
    """
    import lameenc  # noqa: PLC0415 - an optional package, looked for where it is used

    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(rate_hz)
    encoder.set_channels(channels)
    encoder.set_bit_rate(KBIT_PER_CHANNEL * channels)
    encoder.set_quality(QUALITY)
    is_begun = False
    for piece in pieces:
        is_begun = True
        yield bytes(encoder.encode(piece))
    if is_begun:
        yield bytes(encoder.flush())
