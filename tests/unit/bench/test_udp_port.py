"""Ports for programs that cannot choose."""

import socket

from bench.udp_port import free_udp_port


def test_the_port_is_even_and_free_with_the_one_above_it() -> None:
    port = free_udp_port()
    assert port % 2 == 0
    for number in (port, port + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind(("127.0.0.1", number))
