"""What an MP3 says of itself, frame by frame (ISO 11172-3, and MPEG 2.5 for 8 kHz)."""

from typing import Final

_RATES_HZ: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KBITS: Final = {3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)}
_KBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def mp3_frames(data: bytes) -> list[tuple[int, int, int]]:
    """Rate in Hz, channels and kbit/s of each frame; AssertionError where something else stands."""
    frames = []
    at = 0
    while at < len(data):
        first, second, third, fourth = data[at : at + 4]
        version = second >> 3 & 3
        assert first == 0xFF
        assert second >> 5 == 7
        assert second >> 1 & 3 == 1  # Layer III
        kbits = _KBITS.get(version, _KBITS_2)[third >> 4]
        rate_hz = _RATES_HZ[version][third >> 2 & 3]
        frames.append((rate_hz, 1 if fourth >> 6 == 3 else 2, kbits))
        at += (144 if version == 3 else 72) * kbits * 1000 // rate_hz + (third >> 1 & 1)
    assert at == len(data)
    return frames
