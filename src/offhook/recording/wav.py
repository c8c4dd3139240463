"""WAV files of recordings: 16-bit PCM, mono or with a call in each of two channels.

Read leniently at one place: a file that a crash cut off tells less than it holds, or nothing, in its header;
`mend` makes the header true. Called by `rest/` and `left_open.py`.
Source: RIFF as in RFC 2361 and Microsoft's "Multimedia Programming Interface", 1991.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

SAMPLE_BYTES: Final = 2
HEADER_BYTES: Final = 44
OUR_RATE_HZ: Final = 8000
"""Of every recording that the media core makes."""
PCM: Final = 1
CHUNK_BYTES: Final = 32 * 1024
"""How much is read at once: two seconds of one channel."""
CHUNKS_MAX: Final = 32
"""Chunks of RIFF before the audio; ours have one."""
_LOUDEST: Final = 32767


class WavError(ValueError):
    """The file is not a WAV file that a recording can be."""


@dataclass(frozen=True, slots=True)
class WavAudio:
    """Where the audio is in a file, and of what kind."""

    rate_hz: int
    channels: int
    """1 or 2."""
    start: int
    """Offset of the first sample."""
    data_bytes: int
    """Whole frames, a sample of each channel."""


def read_wav(file: BinaryIO) -> WavAudio:
    """What kind of audio a file holds. Moves the position. Raises: WavError, OSError."""
    whole = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise WavError("it is not RIFF WAVE")
    kind: tuple[int, int] | None = None
    for _ in range(CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8:
            break
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            if kind is None:
                break
            rate_hz, channels = kind
            there = whole - file.tell()
            told = size if 0 < size <= there else there
            frame_bytes = channels * SAMPLE_BYTES
            return WavAudio(rate_hz, channels, file.tell(), told - told % frame_bytes)
        if name == b"fmt ":
            kind = _kind(file.read(16))
            size -= 16
        file.seek(size + size % 2, 1)
    raise WavError("it has no audio")


def _kind(chunk: bytes) -> tuple[int, int]:
    if len(chunk) < 16:
        raise WavError("its format is cut off")
    tag, channels, rate_hz, _, _, bits = struct.unpack("<HHIIHH", chunk)
    if tag != PCM or bits != 8 * SAMPLE_BYTES or channels not in (1, 2) or not 8000 <= rate_hz <= 48_000:
        raise WavError("it is not 16-bit PCM of one or two channels")
    return rate_hz, channels


def wav_header(rate_hz: int, channels: int, data_bytes: int) -> bytes:
    """The 44 bytes before so many bytes of audio, at most 4 GiB."""
    frame_bytes = channels * SAMPLE_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        min(data_bytes + 36, 0xFFFFFFFF),
        b"WAVE",
        b"fmt ",
        16,
        PCM,
        channels,
        rate_hz,
        rate_hz * frame_bytes,
        frame_bytes,
        8 * SAMPLE_BYTES,
        b"data",
        min(data_bytes, 0xFFFFFFFF),
    )


def mend(file: BinaryIO, channels: int) -> float:
    """Make the lengths in the header of one of our files those of the file; how many seconds it holds.

    The media core rewrites the header once in a second of audio, the first time after the first second: of a
    file that a crash cut the header tells up to a second too little, or is a hole of zeros. What is no whole
    sample of each channel at the end is cut off. channels: of the recording.
    Raises: WavError when it is no file of ours, OSError.
    """
    there = file.seek(0, 2)
    file.seek(0)
    head = file.read(HEADER_BYTES)
    if any(head):
        audio = read_wav(file)
        if (audio.rate_hz, audio.channels, audio.start) != (OUR_RATE_HZ, channels, HEADER_BYTES):
            raise WavError("it is not as the media core writes it")
    frame_bytes = channels * SAMPLE_BYTES
    frames = max(0, there - HEADER_BYTES) // frame_bytes
    whole = wav_header(OUR_RATE_HZ, channels, frames * frame_bytes)
    if head != whole or there != HEADER_BYTES + frames * frame_bytes:
        file.truncate(HEADER_BYTES + frames * frame_bytes)
        file.seek(0)
        file.write(whole)
        file.flush()
    return frames / OUR_RATE_HZ


def pieces(file: BinaryIO, audio: WavAudio, *, is_mixed: bool) -> Iterator[bytes]:
    """The audio, piece by piece. is_mixed: both channels in one."""
    file.seek(audio.start)
    left = audio.data_bytes
    while left > 0:
        piece = file.read(min(left, CHUNK_BYTES))
        if not piece:
            raise WavError("it became shorter while it was read")
        left -= len(piece)
        yield mixed(piece) if is_mixed else piece


def mixed(stereo: bytes) -> bytes:
    """Two channels added, as loud as a sample can be at most: who talks alone stays as loud as he was."""
    samples = array("h", stereo)
    return array(
        "h",
        [
            -_LOUDEST - 1 if both < -_LOUDEST - 1 else min(both, _LOUDEST)
            for both in map(int.__add__, samples[0::2], samples[1::2])
        ],
    ).tobytes()
