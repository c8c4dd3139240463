"""Ports for programs that cannot take port 0 and say what it became.

They lie below the ports that the system gives out by itself, and each process of a parallel run has a
stretch of its own: whoever asks later, system or neighbour, is not given the same one before it is bound.
"""

import itertools
import os
import socket
from collections.abc import Iterator
from typing import Final

FIRST: Final = 20_000
STRETCH: Final = 1_500
STRETCHES: Final = 8
"""They end at 32,000; Linux gives out 32,768 and more (/proc/sys/net/ipv4/ip_local_port_range)."""
STEP: Final = 2
"""The port behind is left free too: baresip puts TLS there."""


def _stretch() -> Iterator[int]:
    """The ports of this process, round and round, from a place that differs from run to run."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % STRETCHES
    ports = range(FIRST + process * STRETCH, FIRST + (process + 1) * STRETCH, STEP)
    start = os.getpid() % len(ports)
    return itertools.cycle([*ports[start:], *ports[:start]])


_ports: Final = _stretch()


def free_port() -> int:
    """A port on loopback, and the one behind it, that nobody has: over UDP and over TCP.

    Raises: OSError when none is left.
    """
    for port in itertools.islice(_ports, STRETCH // STEP):
        if all(_is_free(port + behind, kind) for behind in range(STEP) for kind in _KINDS):
            return port
    raise OSError(f"no free port among the {STRETCH} from {FIRST}")


_KINDS: Final = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
