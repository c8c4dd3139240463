"""What of a call ran out, where the node ended it by itself."""

from enum import Enum, auto


class Exhausted(Enum):
    """Noted for the call as 32015 and 32014; what runs on it may have a code of its own."""

    TIME = auto()
    """It lasted as long as it may."""
    MEDIA = auto()
    """No RTP came for the media timeout."""
