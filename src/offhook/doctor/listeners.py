"""May the node listen where it is told to? Each address is bound for a moment, as the node would.

A node that runs already holds its own addresses: `/readyz` tells which, so that it can be examined while
it works.
"""

import errno
import socket
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from offhook.config.values import Address
from offhook.doctor.finding import Finding, fault, fine

KINDS: Final = {"UDP": socket.SOCK_DGRAM, "TCP": socket.SOCK_STREAM}


def examine_listeners(
    subject: str, addresses: Sequence[Address], transports: Sequence[str], held: Collection[str]
) -> Iterator[Finding]:
    """One finding for each address.

    subject: the setting that names them, `sip`, `sips`, `sips_legacy`, `http` or `https`.
    transports: `UDP`, `TCP` or both.
    held: addresses, as `HOST:PORT`, on which a node of this machine listens.
    """
    for host, port in addresses:
        where = f"{host}:{port}"
        said = f"{where} ({' and '.join(transports)})"
        if where in held:
            yield fine(subject, f"{said}: the node listens there")
            continue
        refusals = [(name, error) for name in transports if (error := _refusal(host, port, KINDS[name]))]
        if not refusals:
            yield fine(subject, f"{said} is free" if port else f"{said}: the system chooses a free port")
            continue
        name, error = refusals[0]
        yield fault(subject, f"{where} ({name}): {_reason(error)}", _remedy(subject, host, port, error))


def _refusal(host: str, port: int, kind: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As asyncio and uvicorn do: connections that linger from the last node are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            return error
    return None


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "in use by another program"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address"
    return error.strerror or str(error)


def _remedy(subject: str, host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"stop that program (`ss -lpn 'sport = :{port}'` names it), or choose another port: "
            f"OFFHOOK_{subject.upper()}={host}:{port + 10}"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"set {subject} to one of this machine's addresses, or to 0.0.0.0:{port} for all of them"
    if error.errno == errno.EACCES:
        return f"ports below 1024 are the superuser's: choose another, OFFHOOK_{subject.upper()}={host}:5060"
    return f"set {subject} to an address that can be bound"
