"""From a SIP URI to the address its request is sent to (RFC 3263, over UDP and address records for now).

`localhost` and every `*.localhost` are the loopback address before anyone is asked (RFC 6761 §6.3);
then come the hosts file and DNS, as the system's resolver has them.

Called by `transport/driver.py`. SRV, NAPTR and failover are not here yet: the first address is taken.
"""

import asyncio
import ipaddress
import socket

from offhook.sip.flow import Address
from offhook.sip.uri import SipUri
from offhook.transport.ports import NoRouteError

DEFAULT_PORT = 5060


async def resolve(uri: SipUri) -> Address:
    """The address of a URI's host, numeric.

    Raises: NoRouteError for a transport other than UDP or a name without an address.
    """
    transport = (uri.parameter("transport") or "udp").lower()
    if uri.scheme != "sip" or transport != "udp":
        wanted = "tls" if uri.scheme == "sips" else transport
        raise NoRouteError(f"{uri}: transport {wanted} is not available, only udp is")
    host = (uri.parameter("maddr") or uri.host).strip("[]")
    port = uri.port or DEFAULT_PORT
    if is_localhost(host):
        return Address("127.0.0.1", port)
    try:
        return Address(str(ipaddress.ip_address(host)), port)
    except ValueError:
        pass  # a name
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise NoRouteError(f"{host} has no address: {error}") from error
    return Address(str(found[0][4][0]), port)


def is_localhost(name: str) -> bool:
    """Whether a host name means this machine by definition."""
    lowered = name.lower().rstrip(".")
    return lowered == "localhost" or lowered.endswith(".localhost")
