"""What an operator may set of the media core."""

from dataclasses import dataclass
from enum import StrEnum


class InbandDigits(StrEnum):
    """Where the tones of keys are heard as keys."""

    AUTO = "auto"
    """Where no telephone-event was negotiated (reference/sip-interface 12)."""
    ALWAYS = "always"
    """There, and where one was negotiated and none has come yet."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """Built by the roof from `media_ports` and `media_workers`; checked when the engine starts."""

    ports_low: int = 10_000
    """Lowest UDP port for RTP, 1 to 65535; an odd one is left out."""
    ports_high: int = 20_000
    """Highest UDP port, of the last pair's RTCP. Both zero: any free pairs, for tests."""
    workers: int = 1
    """Threads that carry ports, at least 1; a port lives on one."""
    media_timeout_s: float = 60.0
    """Silence of the peer after which MediaTimedOut is told, at least 0.001 (reference/sip-interface 11)."""
    inband_digits: InbandDigits = InbandDigits.AUTO
    """Of every port."""
