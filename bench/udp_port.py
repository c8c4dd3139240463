"""UDP ports for programs that cannot choose one themselves."""

import socket


def free_udp_port() -> int:
    """An even UDP port of loopback that nobody has at the moment, the one above it included."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            if port % 2 or port + 1 > 65535:
                continue
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                try:
                    other.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
                return port
