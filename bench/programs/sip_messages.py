"""Parses and prints the ten messages of data/sip_messages, ours or barely.

usage: python -m bench.programs.sip_messages ours|bare
Prints JSON: µs of CPU for one message, parsed and printed; and the same when the headers that every message
is matched by are read as well (the bare side has nothing more to read).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from offhook.sip.parser import parse_message
from offhook.sip.settings import Limits

MESSAGES: Final = tuple(
    path.read_bytes()
    for path in sorted((Path(__file__).resolve().parents[1] / "data" / "sip_messages").glob("*.sip"))
)
ROUNDS: Final = 1500
LIMITS: Final = Limits()
Handle = Callable[[bytes], bytes]


def ours(data: bytes) -> bytes:
    """Our parser, our printer."""
    return parse_message(data, LIMITS).to_bytes()


def ours_read(data: bytes) -> bytes:
    """The same, and what a transaction and a dialog are found by."""
    message = parse_message(data, LIMITS)
    _ = (message.via, message.cseq, message.call_id, message.from_.tag, message.to.tag)
    return message.to_bytes()


def bare(data: bytes) -> bytes:
    """One split and one dict, and put together again."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name in headers:
            headers[name].append(value.strip())
        else:
            headers[name] = [value.strip()]
    printed = [b"%b: %b" % (name, value) for name, values in headers.items() for value in values]
    return b"\r\n".join([first, *printed, b"", body])


def cpu_us(handle: Handle) -> float:
    """CPU for one message."""
    for data in MESSAGES * 50:
        handle(data)
    start_s = time.process_time()
    for _ in range(ROUNDS):
        for data in MESSAGES:
            handle(data)
    return (time.process_time() - start_s) / ROUNDS / len(MESSAGES) * 1e6


def main() -> None:
    """Measure one side."""
    handles: dict[str, tuple[Handle, Handle]] = {"ours": (ours, ours_read), "bare": (bare, bare)}
    print(json.dumps([cpu_us(handle) for handle in handles[sys.argv[1]]]))


if __name__ == "__main__":
    main()
