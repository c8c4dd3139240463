"""A CA of its own for a test, and contexts of both sides with its certificates."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from offhook.base.clock import SystemClock
from offhook.tls.authority import Authority, Names
from offhook.tls.node_tls import NodeTls
from offhook.tls.settings import Settings

SUFFIX: Final = "sip.test"


@dataclass
class TurnedClock:
    """A clock that moves only when it is told to."""

    at: datetime
    monotonic_s: float = 0.0

    def monotonic(self) -> float:
        return self.monotonic_s

    def utc_now(self) -> datetime:
        return self.at

    def turn(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by
        self.monotonic_s += by.total_seconds()


def node_tls(folder: Path, *, allow_deprecated: bool = False) -> NodeTls:
    """A node's TLS over a CA in this folder, for `sip.test`; it trusts itself."""
    settings = Settings(folder, (SUFFIX,), ("192.0.2.7",), allow_deprecated=allow_deprecated)
    return NodeTls(settings, SystemClock())


def operator_pem(folder: Path, path: Path, *domains: str, key: int = 0) -> None:
    """Write a certificate and its key; key: 0 is ECDSA, 1 RSA."""
    now = datetime.now(UTC)
    authority = Authority.open(folder, now)
    path.write_bytes(authority.issue(Names(domains, ()), authority.leaf_keys[key], now))


def names_shown(server: ssl.SSLContext, client: ssl.SSLContext, asked: str) -> list[str]:
    """The names in the certificate that a client gets who asks for one by SNI."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    served = server.wrap_bio(to_server, to_client, server_side=True)
    asking = client.wrap_bio(to_client, to_server, server_hostname=asked or None)
    waiting = [asking, served]
    while waiting:
        for side in tuple(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    certificate = cast("dict[str, tuple[tuple[str, str], ...]]", asking.getpeercert() or {})
    return [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
