"""An engine of one's wishes, spoken to like the real one: what it does with a text is the text.

Run as a child by the tests of `speech/hibari.py`, which is where its faults come from. An argument
says how it starts: `well`, `silent` (never ready), `garbled` (no frame) or `ended` (at once).
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from offhook.speech.frame import LENGTH, RATE, ReplyKind, pack_reply, read_length, read_request
from offhook.speech.ports import Utterance


def reply(kind: ReplyKind, payload: bytes) -> None:
    """Write one frame."""
    sys.stdout.buffer.write(pack_reply(kind, payload))
    sys.stdout.buffer.flush()


def act(utterance: Utterance, served: int) -> None:
    """Do what the text says."""
    match utterance.text:
        case "crash":
            os._exit(1)
        case "hang":
            signal.pause()
        case "babble":
            sys.stdout.buffer.write(b"warning: something\n")
            sys.stdout.buffer.flush()
        case "refuse":
            reply(ReplyKind.REFUSED, b"because")
        case "environment":
            reply(ReplyKind.AUDIO, "\n".join(sorted(os.environ)).encode())
        case "descriptors":
            open_files = [fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
            reply(ReplyKind.AUDIO, " ".join(map(str, open_files)).encode())
        case "served":
            reply(ReplyKind.AUDIO, f"{os.getpid()} {served}".encode())
        case "manner":
            reply(ReplyKind.AUDIO, repr(utterance).encode())
        case text:
            reply(ReplyKind.AUDIO, text.encode())


def main(start: str) -> None:
    """Speak until stdin closes."""
    if start == "silent":
        signal.pause()
    if start == "garbled":
        sys.stdout.write("x" * 100)
    if start == "well":
        reply(ReplyKind.READY, RATE.pack(8_000))
        for served in count():
            header = sys.stdin.buffer.read(LENGTH.size)
            if len(header) < LENGTH.size:
                return
            act(read_request(sys.stdin.buffer.read(read_length(header))), served)


if __name__ == "__main__":
    main(sys.argv[1])
