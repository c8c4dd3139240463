"""Hears RTP and counts it: where the callers of a row have their audio sent.

usage: python -m bench.programs.rtp_sink
Prints its UDP port. For each line on standard input it prints how many packets came so far.
"""

import socket
import sys
import threading
from typing import Final

RECEIVE_BYTES: Final = 4 << 20
PACKET_MAX: Final = 2_048


class Sink:
    """A socket and the packets that came to it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard = 0

    def hear(self) -> None:
        """Count for as long as the process lives."""
        packet = bytearray(PACKET_MAX)
        while True:
            self._socket.recv_into(packet)
            self.heard += 1


def main() -> None:
    """Listen, and answer."""
    sink = Sink()
    threading.Thread(target=sink.hear, daemon=True).start()
    print(sink.port, flush=True)
    for _ in sys.stdin:
        print(sink.heard, flush=True)


if __name__ == "__main__":
    main()
