"""What this machine is to its own node: the addresses it calls from, and the sockets it lets us have."""

import ipaddress
import resource

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


def raise_file_limit() -> None:
    """Two sockets per leg: take what the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
