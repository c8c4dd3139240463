"""Which certificates peers are shown by `sips`, the operator's or the node's own, and whether they serve."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from offhook.doctor.finding import Finding, fault, fine, warning
from offhook.tls.authority import read_root
from offhook.tls.operator_certificates import Pair, read_pairs

SOON: Final = timedelta(days=15)
SHOWN_NAMES: Final = 4


def examine_certificates(
    certificate: Path | None, key: Path | None, folder: Path, now: datetime
) -> Iterator[Finding]:
    """One finding for each certificate of the operator's, else one for the node's CA.

    folder: where the CA is kept.
    """
    if certificate is None:
        yield _own(folder)
        return
    try:
        pairs = read_pairs(certificate, key or certificate)
    except OSError as error:
        remedy = "name PEM files that this user may read, a certificate and its key"
        yield fault("tls", f"{error.filename}: {error.strerror}", remedy)
        return
    for pair in pairs:
        yield _operators(pair, certificate, now)


def _own(folder: Path) -> Finding:
    try:
        root = read_root(folder)
    except FileNotFoundError:
        return fine("tls", "the node makes a CA of its own when it first starts")
    except OSError as error:
        remedy = "mend it, or remove ca.pem and ca.key: peers must then import the new CA"
        return fault("tls", f"{error.filename}: {error.strerror}", remedy)
    until = root.not_valid_after_utc
    return fine("tls", f"the node's own CA, until {until:%Y-%m-%d}; `offhook tls ca` prints it for peers")


def _operators(pair: Pair, path: Path, now: datetime) -> Finding:
    names = ", ".join(pair.names[:SHOWN_NAMES]) or "nobody"
    said = f"tls_cert {path}: of {names}, until {pair.valid_until:%Y-%m-%d}"
    if pair.valid_until <= now:
        return fault("tls", f"{said}: it has expired", "put a new one there; the node reads it as it runs")
    if not pair.names:
        return fault("tls", said, "peers look for names in subjectAltName: have it issued with them")
    if pair.valid_until <= now + SOON:
        return warning("tls", said, "put a new one there; the node reads it as it runs")
    return fine("tls", said)
