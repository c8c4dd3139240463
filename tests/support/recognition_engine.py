"""A recogniser of one's wishes, spoken to like the real one: what it hears is what the first hint says.

Run as a child by the tests of `speech/recognition/whisper.py`. An argument says how it starts: `well`,
`silent` (never ready), `garbled` (no frame), `ended` (at once) or `hasty` (words before it is ready).
"""

import os
import signal
import sys
import time
from itertools import count
from pathlib import Path

from offhook.speech.recognition.frame import (
    LENGTH,
    Piece,
    Ready,
    Words,
    pack_reply,
    read_length,
    read_request,
)


def reply(answer: Words | Ready) -> None:
    """Write one frame."""
    sys.stdout.buffer.write(pack_reply(answer))
    sys.stdout.buffer.flush()


def act(piece: Piece, served: int) -> None:
    """Do what the first hint says."""
    match piece.hints[0] if piece.hints else "":
        case "crash":
            os._exit(1)
        case "hang":
            signal.pause()
        case "babble":
            sys.stdout.buffer.write(b"warning: something\n")
            sys.stdout.buffer.flush()
        case once if once.startswith("crash once "):
            marker = Path(once.removeprefix("crash once "))
            if not marker.exists():
                marker.touch()
                os._exit(1)
            reply(Words("here again", 0.5))
        case "slow":
            time.sleep(0.3)
            reply(Words("slow", 0.5))
        case "served":
            reply(Words(f"{os.getpid()} {served}", 0.5))
        case _:
            reply(Words(f"{piece.language} {len(piece.ulaw)} bytes", 0.75))


def main(start: str) -> None:
    """Listen until stdin closes."""
    if start == "silent":
        signal.pause()
    if start == "garbled":
        sys.stdout.write("x" * 100)
    if start == "hasty":
        reply(Words("", 0.0))
    if start in ("well", "hasty"):
        reply(Ready(is_multilingual=False))
        for served in count():
            header = sys.stdin.buffer.read(LENGTH.size)
            if len(header) < LENGTH.size:
                return
            act(read_request(sys.stdin.buffer.read(read_length(header))), served)


if __name__ == "__main__":
    main(sys.argv[1])
