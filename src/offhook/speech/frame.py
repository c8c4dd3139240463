"""Frames between this process and the engine's: what is written to its stdin and read from its stdout.

    request   length u32 big-endian | rate f64 | gain_db f64 | pitch f64 | marks u8 | text in UTF-8
    reply     length u32 big-endian | kind u8 | READY: rate u32 · AUDIO: samples · REFUSED: reason in UTF-8

The bits of `marks` are those of `Marks`. The language of an utterance is not told: there is one.

The engine says READY once, when its models are loaded; then it answers each request with one frame,
in order. Samples are signed 16-bit little-endian mono at the rate of READY.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from math import isnan
from typing import Final

from offhook.speech.ports import MAX_PITCH, MAX_RATE, MIN_PITCH, MIN_RATE, Gender, Utterance

LENGTH: Final = struct.Struct(">I")
RATE: Final = struct.Struct(">I")
MANNER: Final = struct.Struct(">dddB")

MAX_TEXT: Final = 4_096
"""Characters of one request, as in `<Say>`."""
MAX_AUDIO_S: Final = 600
"""Longest audio of one request; a text of 4,096 characters is spoken in about five minutes."""
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
"""Longest frame that is read: twice the longest audio at 24 kHz. More means that the stream is garbage."""


class Marks(IntFlag):
    """What is on or off about a request."""

    TRIMS_START = 1
    TRIMS_END = 2
    MAN = 4
    WOMAN = 8


class ReplyKind(IntEnum):
    """What a reply is."""

    READY = 0
    AUDIO = 1
    REFUSED = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of the engine."""

    kind: ReplyKind
    payload: bytes


class FrameError(Exception):
    """What came is no frame of ours: the other side is broken or something else writes to the pipe."""


def pack_request(utterance: Utterance) -> bytes:
    """A request. Lone surrogates, which no XML document can hold, become question marks."""
    marks = Marks.TRIMS_START * utterance.trims_start | Marks.TRIMS_END * utterance.trims_end
    marks |= Marks.MAN * (utterance.voice == Gender.MAN) | Marks.WOMAN * (utterance.voice == Gender.WOMAN)
    manner = MANNER.pack(utterance.rate, utterance.gain_db, utterance.pitch, marks)
    payload = manner + utterance.text.encode("utf-8", "replace")
    return LENGTH.pack(len(payload)) + payload


def read_request(body: bytes) -> Utterance:
    """A request without its length. Raises: FrameError."""
    if len(body) < MANNER.size:
        raise FrameError(f"a request of {len(body)} bytes")
    rate, gain_db, pitch, marks = MANNER.unpack(body[: MANNER.size])
    if not (MIN_RATE <= rate <= MAX_RATE and MIN_PITCH <= pitch <= MAX_PITCH) or isnan(gain_db):
        raise FrameError(f"a request at rate {rate}, pitch {pitch} and {gain_db} dB")
    return Utterance(
        body[MANNER.size :].decode("utf-8", "replace"),
        voice=Gender.MAN if marks & Marks.MAN else Gender.WOMAN if marks & Marks.WOMAN else "",
        rate=rate,
        gain_db=gain_db,
        trims_start=bool(marks & Marks.TRIMS_START),
        trims_end=bool(marks & Marks.TRIMS_END),
        pitch=pitch,
    )


def pack_reply(kind: ReplyKind, payload: bytes) -> bytes:
    """A reply."""
    return LENGTH.pack(1 + len(payload)) + bytes((kind,)) + payload


def read_length(header: bytes) -> int:
    """How many bytes follow the four of the header. Raises: FrameError above the limit."""
    (length,) = LENGTH.unpack(header)
    if length > MAX_FRAME_BYTES:
        raise FrameError(f"a frame of {length} bytes")
    return int(length)


def read_reply(body: bytes) -> Reply:
    """A reply without its length. Raises: FrameError."""
    if not body or body[0] not in tuple(ReplyKind):
        raise FrameError("a reply of an unknown kind")
    return Reply(ReplyKind(body[0]), body[1:])


def read_rate(payload: bytes) -> int:
    """The rate in a READY reply, in Hz. Raises: FrameError outside 8,000 to 48,000."""
    if len(payload) != RATE.size:
        raise FrameError("a READY reply without a rate")
    (rate_hz,) = RATE.unpack(payload)
    if not 8_000 <= rate_hz <= 48_000:
        raise FrameError(f"a rate of {rate_hz} Hz")
    return int(rate_hz)
