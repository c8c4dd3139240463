"""What the certificates need to know."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from offhook.tls.suites import SUITES

FOLDER: Final = "tls"
"""Where a node keeps its CA and keys, in `data_dir`."""


class ClientCertificates(StrEnum):
    """Whether who connects to `sips` is asked for a certificate."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where certificates are kept, whom they name, whom we trust."""

    folder: Path
    """Of the node's CA and of the keys of its certificates; made when it is not there."""
    domains: tuple[str, ...]
    """Suffixes of the SIP Domains; each is named itself and with `*.` before it."""
    addresses: tuple[str, ...] = ()
    """Numeric addresses of the node, which are named besides the loopback ones."""
    certificate: Path | None = None
    """The operator's certificates, PEM, with their chains; None is the node's own."""
    key: Path | None = None
    """Their private keys, PEM; None where they are in the file of the certificates."""
    extra_ca_file: Path | None = None
    """CAs that peers are trusted by, besides the system's and the node's own."""
    allow_deprecated: bool = False
    """Whether TLS 1.0 and 1.1 are spoken everywhere."""
    suites: tuple[str, ...] = SUITES
    """Of TLS up to 1.2, the preferred one first."""
    client_ca: Path | None = None
    """CAs whose certificates show who a client of `sips` is, PEM; None asks nobody."""
    client_certificates: ClientCertificates = ClientCertificates.OFF
    """Whether clients of `sips` must have one; of use with `client_ca`."""
    own_client_certificate: Path | None = None
    """What is shown to a peer that asks when we connect, PEM; None is what `sips` shows."""
    own_client_key: Path | None = None
    """Its key, PEM; None where it is in the same file."""
