"""The contexts of a node's TLS as they are in force now: certificates are renewed and reloaded as it runs.

    no tls_cert: own CA -> certificates for the suffixes, `*.` of them, localhost, the node's addresses
                        -> for a peer that asks by SNI for a name below a suffix, one that names it exactly
    tls_cert:    the operator's, each by the names in it; looked at again when a file has changed

Peers that we call and that ask are shown the same, or `tls_client_cert`. Clients of `sips` are asked for
theirs where there is a `sips_client_ca`.

A wildcard is enough for most peers; RFC 5922 has SIP peers refuse it, hence the exact ones. SNI chooses among
certificates, never the SIP Domain (reference/sip-interface 9). Files are looked at when a connection begins,
once in five seconds at most; a new file that cannot be used is told once and the old certificates stay.

Implements `transport/ports.TlsContexts`. Made by the roof.
"""

import os
import ssl
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import structlog

from offhook.base.clock import Clock
from offhook.tls import suites
from offhook.tls.authority import LEAF_LIFE, RENEWED_WITH_LEFT, Authority, Names
from offhook.tls.operator_certificates import Pair, read_pairs
from offhook.tls.settings import ClientCertificates, Settings
from offhook.tls.suites import Versions
from offhook.tls.trust import ask_clients, trusting_context

log = structlog.get_logger("offhook.tls")

LOOK_EVERY_S: Final = 5.0
"""How long a changed file may go unnoticed."""
LOOPBACK: Final = ("127.0.0.1", "::1")
EXACT_KEPT: Final = 256
"""Names asked for by SNI that have a certificate of their own; the one used longest ago makes room."""
NAME_MAX: Final = 253
NO_TICKETS, ONE_TICKET = 0, 1
"""Of TLS 1.3, after each handshake, for who comes back; OpenSSL would send two. Browsers do come back; a
phone seldom keeps one, and its handshake costs a twelfth less without. TLS 1.2 has its own inside the
handshake."""
CLIENT_SETTINGS: Final = ("tls_client_cert", "tls_client_key")


@dataclass(frozen=True, slots=True)
class _Door:
    """What a listener is about."""

    versions: Versions
    is_sip: bool = True
    """Whether SIP comes in by it: its clients may be asked for certificates, and connect once to stay."""


class NodeTls:
    """Certificates in force."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Make or read all that is needed.

        Raises: OSError, with the setting or the file in `filename`.
        """
        self._settings = settings
        self._clock = clock
        self.authority = Authority.open(settings.folder, clock.utc_now())
        self._versions = suites.WITH_DEPRECATED if settings.allow_deprecated else suites.MODERN
        self._sips = _Door(self._versions)
        self._looked_at = clock.monotonic()
        self._stamp = _stamp(settings)
        self._pairs = self._operator_pairs()
        self._issued_at = clock.utc_now()
        self._by_door: dict[_Door, ssl.SSLContext] = {}
        self._exact: OrderedDict[tuple[_Door, str], ssl.SSLContext] = OrderedDict()
        self.server()
        self._clients = self._make_clients()

    @property
    def root_pem(self) -> str:
        """The certificate of the node's own CA."""
        return self.authority.root_pem

    def server(self) -> ssl.SSLContext:
        """For a peer that connects to `sips`."""
        return self._server(self._sips)

    def legacy_server(self) -> ssl.SSLContext:
        """For a peer that connects to `sips_legacy`."""
        return self._server(_Door(suites.DEPRECATED_ALONE))

    def https(self) -> ssl.SSLContext:
        """For whoever connects to `https`: old versions and certificates of clients are SIP's alone."""
        return self._server(_Door(suites.MODERN, is_sip=False))

    def client(self, *, is_verified: bool = True) -> ssl.SSLContext:
        """For a peer that we connect to. is_verified: whether its chain must lead to a CA that is trusted."""
        self._look()
        return self._clients[is_verified]

    def _server(self, door: "_Door") -> ssl.SSLContext:
        self._look()
        known = self._by_door.get(door)
        if known is None:
            known = self._make_server(door, self._pairs or self._issued(self._names))
            known.sni_callback = lambda tls, name, _: self._choose(tls, name, door)
            self._by_door[door] = known
        return known

    def _make_server(self, door: "_Door", pairs: tuple[Pair, ...]) -> ssl.SSLContext:
        """Raises: OSError, of `sips_client_ca`."""
        context = suites.server_context(door.versions, self._settings.suites)
        context.num_tickets = NO_TICKETS if door.is_sip else ONE_TICKET
        for pair in pairs:
            _load(context, pair.pem)
        wanted, authorities = self._settings.client_certificates, self._settings.client_ca
        if door.is_sip and authorities is not None and wanted is not ClientCertificates.OFF:
            ask_clients(context, authorities, wanted)
        return context

    def _make_clients(self) -> dict[bool, ssl.SSLContext]:
        """By whether the peer is verified. Raises: OSError, with the setting and the file in `filename`."""
        settings = self._settings
        pairs = self._pairs or self._issued(self._names)
        if settings.own_client_certificate is not None:
            certificate = settings.own_client_certificate
            pairs = read_pairs(certificate, settings.own_client_key or certificate, CLIENT_SETTINGS)
        found = {}
        for is_verified in (True, False):
            context = trusting_context(
                self._versions, settings.extra_ca_file, "extra_ca_file", self.root_pem, settings.suites
            )
            if not is_verified:
                context.verify_mode = ssl.CERT_NONE
            for pair in pairs:
                _load(context, pair.pem)
            found[is_verified] = context
        return found

    # Which certificate

    @cached_property
    def _names(self) -> Names:
        domains = dict.fromkeys(name for suffix in self._settings.domains for name in (suffix, f"*.{suffix}"))
        addresses = dict.fromkeys((*LOOPBACK, *self._settings.addresses))
        return Names((*domains, "localhost"), tuple(addresses))

    def _issued(self, names: Names) -> tuple[Pair, ...]:
        now = self._clock.utc_now()
        return tuple(
            Pair(self.authority.issue(names, key, now), names.domains, now + LEAF_LIFE)
            for key in self.authority.leaf_keys
        )

    def _choose(self, tls: ssl.SSLSocket | ssl.SSLObject, name: str | None, door: "_Door") -> None:
        """A peer asks for a name: where the certificates in force do not name it exactly, others may."""
        wanted = (name or "").lower().rstrip(".")
        if not wanted or len(wanted) > NAME_MAX:
            return
        key = (door, wanted)
        context = self._exact.get(key)
        if context is None:
            pairs = self._fitting(wanted)
            if not pairs:
                return
            try:
                context = self._make_server(door, pairs)
            except OSError as error:
                log.error("tls.certificates_kept", file=error.filename, error=error.strerror)
                return
            if len(self._exact) >= EXACT_KEPT:
                self._exact.popitem(last=False)
            self._exact[key] = context
        self._exact.move_to_end(key)
        tls.context = context

    def _fitting(self, name: str) -> tuple[Pair, ...]:
        """Certificates for a name; none where those that everybody gets are as good."""
        if self._pairs:
            return tuple(pair for pair in self._pairs if pair.names_exactly(name)) or tuple(
                pair for pair in self._pairs if pair.names_by_wildcard(name)
            )
        suffix = next((each for each in self._settings.domains if name.endswith(f".{each}")), None)
        if suffix is None or not _is_host_name(name):
            return ()
        own = self._names
        return self._issued(Names((name, *own.domains), own.addresses))

    # What changes

    def _look(self) -> None:
        """Renew what runs out, reload what has changed."""
        now = self._clock.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        stamp = _stamp(self._settings)
        if stamp != self._stamp:
            self._stamp = stamp
            self._replace("tls.certificates_reloaded")
        elif not self._pairs and self._clock.utc_now() > self._issued_at + LEAF_LIFE - RENEWED_WITH_LEFT:
            self._issued_at = self._clock.utc_now()
            self._replace("tls.certificates_renewed")

    def _replace(self, event: str) -> None:
        """Make all contexts anew; where one of the files cannot be used, all stays as it was."""
        try:
            self._pairs = self._operator_pairs()
            self._make_anew()
        except OSError as error:
            log.error("tls.certificates_kept", file=error.filename, error=error.strerror)
        else:
            log.info(event)

    def _make_anew(self) -> None:
        """Raises: OSError, and all that was in force stays so."""
        before = dict(self._by_door)
        self._by_door.clear()
        try:
            clients = self._make_clients()
            for door in before:
                self._server(door)
        except OSError:
            self._by_door = before
            raise
        self._clients = clients
        self._exact.clear()

    def _operator_pairs(self) -> tuple[Pair, ...]:
        """The operator's; empty where the node's own are used. Raises: OSError."""
        certificate = self._settings.certificate
        if certificate is None:
            return ()
        pairs = read_pairs(certificate, self._settings.key or certificate)
        for pair in pairs:
            _warn_of_end(pair, self._clock.utc_now())
        return pairs


def _warn_of_end(pair: Pair, now: datetime) -> None:
    if pair.valid_until <= now + RENEWED_WITH_LEFT / 2:
        text = "has expired" if pair.valid_until <= now else "expires soon"
        log.warning(
            "tls.certificate_ends", names=list(pair.names), at=pair.valid_until.isoformat(), text=text
        )


def _stamp(settings: Settings) -> tuple[tuple[int, int, int], ...]:
    """What changes when a file is written or put in another's place."""
    stamps = []
    watched = (settings.certificate, settings.key, settings.client_ca)
    for path in (*watched, settings.own_client_certificate, settings.own_client_key):
        if path is not None:
            try:
                found = path.stat()
            except OSError:
                stamps.append((0, 0, 0))  # between two versions: looked at again
            else:
                stamps.append((found.st_mtime_ns, found.st_ino, found.st_size))
    return tuple(stamps)


def _is_host_name(name: str) -> bool:
    return all(
        label and len(label) <= 63 and label.replace("-", "").isalnum() for label in name.split(".")
    ) and (name.isascii())


@contextmanager
def _as_file(pem: bytes) -> Iterator[str]:
    """A file that is in memory alone: `ssl` reads certificates and keys from files only."""
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    with _as_file(pem) as path:
        context.load_cert_chain(path)
