"""Ports for programs that cannot take port 0 and say what it became."""

import socket


def free_port(kind: socket.SocketKind) -> int:
    """A port on loopback that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_tcp_port() -> int:
    """One of TCP."""
    return free_port(socket.SOCK_STREAM)


def free_udp_port() -> int:
    """One of UDP."""
    return free_port(socket.SOCK_DGRAM)
