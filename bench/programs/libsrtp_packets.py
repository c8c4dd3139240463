"""libsrtp (pylibsrtp's build of it, with OpenSSL) protects and unprotects packets of 20 ms G.711.

usage: python -m bench.programs.libsrtp_packets PACKETS SESSIONS
Prints nanoseconds of CPU for a packet protected and for one unprotected. What a call from Python costs is
measured beside it, with a packet of one byte that libsrtp refuses at once, and taken off.
"""

import struct
import sys
import time
from typing import Any, Final

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

PACKET_BYTES: Final = 172
ROOM_BYTES: Final = PACKET_BYTES + 148
BATCH: Final = 1024
BAD_PARAMETER: Final = 2
"""libsrtp's `srtp_err_status_bad_param`."""
KEY: Final = bytes([7]) * 30


def main() -> None:
    """Measure and print."""
    packets, sessions = int(sys.argv[1]), int(sys.argv[2])
    out = [_session(Policy.SSRC_ANY_OUTBOUND) for _ in range(sessions)]
    into = [_session(Policy.SSRC_ANY_INBOUND) for _ in range(sessions)]
    batches = -(-packets // BATCH)
    buffers = [ffi.new("char[]", ROOM_BYTES) for _ in range(BATCH)]
    lengths = [ffi.new("int *") for _ in range(BATCH)]
    protecting = unprotecting = calling = 0
    for first in range(0, batches * BATCH, BATCH):
        for at, (buffer, length) in enumerate(zip(buffers, lengths, strict=True)):
            header = struct.pack("!BBHII", 0x80, 0, (first + at) // sessions % 65_536, 0, 7)
            ffi.buffer(buffer)[0:PACKET_BYTES] = header + bytes(PACKET_BYTES - len(header))
            length[0] = PACKET_BYTES
        senders = [out[(first + at) % sessions]._srtp[0] for at in range(BATCH)]
        receivers = [into[(first + at) % sessions]._srtp[0] for at in range(BATCH)]
        protecting += _timed(lib.srtp_protect, senders, buffers, lengths)
        unprotecting += _timed(lib.srtp_unprotect, receivers, buffers, lengths)
        for length in lengths:
            length[0] = 1  # no packet: refused at once
        calling += _timed(lib.srtp_unprotect, receivers, buffers, lengths, BAD_PARAMETER)
    count = batches * BATCH
    print(f"{(protecting - calling) / count:.1f} {(unprotecting - calling) / count:.1f}")


def _session(ssrc_type: int) -> Session:
    profile = Policy.SRTP_PROFILE_AES128_CM_SHA1_80
    return Session(policy=Policy(key=KEY, ssrc_type=ssrc_type, srtp_profile=profile))


def _timed(
    function: Any, sessions: list[Any], buffers: list[Any], lengths: list[Any], expected: int = 0
) -> int:
    """Nanoseconds of CPU for a batch. Raises: SystemExit when libsrtp says something else than `expected`."""
    start = time.thread_time_ns()
    said = [function(*each) for each in zip(sessions, buffers, lengths, strict=True)]
    taken = time.thread_time_ns() - start
    if set(said) != {expected}:
        raise SystemExit(f"libsrtp said {set(said)}, not {expected}")
    return taken


if __name__ == "__main__":
    main()
