"""What this machine is to its own node: the addresses it calls from, and the sockets it lets us have."""

import ipaddress
import resource
import socket

import structlog

from offhook.transport.advertised import DOCUMENTATION_ADDRESS, kernel_address_towards

log = structlog.get_logger("offhook.transport")


def networks_of_this_machine() -> tuple[ipaddress.IPv4Network, ...]:
    """The addresses from which a program on this machine calls; loopback is the first."""
    networks = [ipaddress.IPv4Network("127.0.0.0/8")]
    try:
        networks.append(ipaddress.IPv4Network(kernel_address_towards(DOCUMENTATION_ADDRESS)))
    except OSError:
        log.info(
            "node.no_route", text="only loopback calls reach the demo: this machine has no other address"
        )
    return tuple(networks)


def every_address() -> tuple[str, ...]:
    """What to listen on to be reached at every address of this machine: a host for each of its families."""
    families = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - a phone is called where it is
    return tuple(host for family, host in families.items() if _can_bind(family, host))


def _can_bind(family: socket.AddressFamily, host: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError:
        return False  # the kernel was built, or told, to do without
    return True


def raise_file_limit() -> None:
    """Two sockets per leg: take what the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
