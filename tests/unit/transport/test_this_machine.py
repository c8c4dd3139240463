"""What this machine is to its own phone."""

import errno
import socket

import pytest

from offhook.transport.this_machine import every_address


def test_it_is_reached_over_both_families() -> None:
    assert every_address() == ("0.0.0.0", "::")


def test_without_ipv6_it_is_reached_over_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = socket.socket.bind

    def bind_ipv4(probe: socket.socket, address: tuple[str, int]) -> None:
        if probe.family is socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        bind(probe, address)

    monkeypatch.setattr(socket.socket, "bind", bind_ipv4)
    assert every_address() == ("0.0.0.0",)
