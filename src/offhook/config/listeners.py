"""Whether two listeners of a node would be on one port of one address. Called by `settings.py`."""

import ipaddress
from collections.abc import Mapping, Sequence

from offhook.config.values import Address


def one_address_twice(listeners: Mapping[str, Sequence[Address]]) -> str | None:
    """What is wrong, for the operator; None where nothing is. listeners: by setting; each has TCP."""
    addresses = [(key, each) for key, of_key in listeners.items() for each in of_key]
    for at, (key, address) in enumerate(addresses):
        for other, taken in addresses[:at]:
            if other != key and _is_one(address, taken):
                free = f"OFFHOOK_{key.upper()}={_shown((address[0], (address[1] + 10) % 65_536))}"
                text = f"{_shown(address)} is where {other} listens, {_shown(taken)}"
                return f"{key}: {text}. Choose another port: {free} (0 takes a free one)"
    return None


def _is_one(address: Address, other: Address) -> bool:
    """Whether both could not be listened on: all addresses of a kind take the port of each."""
    one, two = ipaddress.ip_address(address[0]), ipaddress.ip_address(other[0])
    is_shared = one == two or (one.version == two.version and (one.is_unspecified or two.is_unspecified))
    return is_shared and address[1] == other[1] != 0


def _shown(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
