"""Keeps webhooks out of private networks, where the operator says so.

A customer chooses the URL, and a name or a redirect may lead anywhere; so the address is judged at
the last moment, when its socket is opened.
"""

import errno
import socket
from ipaddress import ip_address

from offhook.base.public_address import is_public

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
"""What `getaddrinfo` gives: family, type, protocol, canonical name, socket address."""


class PrivateAddressError(OSError):
    """A name leads to an address that webhooks may not reach."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "private address")


def open_public_socket(address_info: AddressInfo) -> socket.socket:
    """A socket for a connection to this address; aiohttp calls it for each that it tries.

    Raises: PrivateAddressError, OSError.
    """
    family, kind, protocol, _, address = address_info
    if not is_public(str(address[0])):
        raise PrivateAddressError
    return socket.socket(family, kind, protocol)


def is_plainly_private(host: str) -> bool:
    """Whether a host is private on the face of it; what a name leads to is known when it is asked."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return not is_public(host)
