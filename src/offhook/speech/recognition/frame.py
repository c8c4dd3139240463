"""Frames between this process and the recogniser's: what is written to its stdin and read from its stdout.

    request   length u32 big-endian | length of the options u16 | options in JSON | mu-law, 8000 Hz
    reply     length u32 big-endian | JSON

The engine says READY once, when its model is loaded; then it answers each request with one frame, in order.
"""

import json
import struct
from dataclasses import dataclass
from typing import Final

LENGTH: Final = struct.Struct(">I")
OPTIONS: Final = struct.Struct(">H")
MAX_FRAME_BYTES: Final = 1 << 20
"""Longest frame that is read: two minutes of speech. More means that the stream is garbage."""
MAX_OPTIONS_BYTES: Final = 60_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech to be recognised as one."""

    ulaw: bytes
    """G.711 mu-law at 8000 Hz."""
    language: str = "en-US"
    """BCP 47 tag."""
    hints: tuple[str, ...] = ()
    """Words that are likely."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was said in a piece."""

    text: str
    """Empty when there were no words in it."""
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine can be asked."""

    is_multilingual: bool
    """Whether it knows other languages than English."""


class RecognitionFrameError(Exception):
    """What came is no frame of ours: the other side is broken or something else writes to the pipe."""


def pack_request(piece: Piece) -> bytes:
    """A request. Hints that do not fit into 60,000 bytes are left out."""
    hints, left = [], MAX_OPTIONS_BYTES
    for hint in piece.hints:
        left -= 12 * len(hint) + 4  # as it may be escaped
        if left < 0:
            break
        hints.append(hint)
    options = json.dumps({"language": piece.language[:64], "hints": hints}).encode()
    payload = OPTIONS.pack(len(options)) + options + piece.ulaw
    return LENGTH.pack(len(payload)) + payload


def read_request(body: bytes) -> Piece:
    """A request without its length. Raises: RecognitionFrameError."""
    try:
        (length,) = OPTIONS.unpack_from(body)
        options = json.loads(body[OPTIONS.size : OPTIONS.size + length])
        hints = tuple(map(str, options["hints"]))
        return Piece(body[OPTIONS.size + length :], str(options["language"]), hints)
    except (struct.error, ValueError, LookupError, TypeError) as error:
        raise RecognitionFrameError(f"a request that is none: {error}") from error


def pack_reply(reply: Words | Ready) -> bytes:
    """A reply."""
    if isinstance(reply, Ready):
        payload = json.dumps({"multilingual": reply.is_multilingual}).encode()
    else:
        payload = json.dumps({"text": reply.text, "confidence": reply.confidence}).encode()
    return LENGTH.pack(len(payload)) + payload


def read_reply(body: bytes) -> Words | Ready:
    """A reply without its length. Raises: RecognitionFrameError."""
    try:
        reply = json.loads(body)
        if "multilingual" in reply:
            return Ready(bool(reply["multilingual"]))
        confidence = float(reply["confidence"])
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"a confidence of {confidence}")
        return Words(str(reply["text"]), confidence)
    except (ValueError, LookupError, TypeError) as error:
        raise RecognitionFrameError(f"a reply that is none: {error}") from error


def read_length(header: bytes) -> int:
    """How many bytes follow the four of the header. Raises: RecognitionFrameError above the limit."""
    (length,) = LENGTH.unpack(header)
    if length > MAX_FRAME_BYTES:
        raise RecognitionFrameError(f"a frame of {length} bytes")
    return int(length)
