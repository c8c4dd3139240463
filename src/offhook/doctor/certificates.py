"""Which certificates peers are shown, and by which CAs theirs are checked; and whether all of them serve."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from offhook.doctor.finding import Finding, Verdict, fault, fine, warning
from offhook.tls.authority import read_root
from offhook.tls.node_tls import CLIENT_SETTINGS
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


def examine_client_certificates(
    certificate: Path | None, key: Path | None, authorities: Path | None, now: datetime
) -> Iterator[Finding]:
    """One finding for each certificate that we show as a client, one for each CA of those who connect to us.

    None is a setting that is not given: nothing is found of it.
    """
    if certificate is not None:
        try:
            pairs = read_pairs(certificate, key or certificate, CLIENT_SETTINGS)
        except OSError as error:
            remedy = "name PEM files that this user may read, a certificate and its key"
            yield fault("tls", f"{error.filename}: {error.strerror}", remedy)
        else:
            for pair in pairs:
                yield _lasting("tls_client_cert", certificate, ", ".join(pair.names), pair.valid_until, now)
    if authorities is not None:
        try:
            roots = x509.load_pem_x509_certificates(authorities.read_bytes())
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or "no PEM file of certificates"
            yield fault("tls", f"sips_client_ca {authorities}: {what}", "name the PEM file of these CAs")
            return
        for root in roots:
            name = root.subject.rfc4514_string()
            yield _lasting("sips_client_ca", authorities, name, root.not_valid_after_utc, now)


def _lasting(setting: str, path: Path, names: str, until: datetime, now: datetime) -> Finding:
    said = f"{setting} {path}: of {names or 'nobody'}, until {until:%Y-%m-%d}"
    if until <= now:
        return fault("tls", f"{said}: it has expired", "put a new one there; the node reads it as it runs")
    if until <= now + SOON:
        return warning("tls", said, "put a new one there; the node reads it as it runs")
    return fine("tls", said)


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
    found = _lasting("tls_cert", path, ", ".join(pair.names[:SHOWN_NAMES]), pair.valid_until, now)
    if pair.names or found.verdict is Verdict.FAULT:
        return found
    return fault("tls", found.what, "peers look for names in subjectAltName: have it issued with them")
