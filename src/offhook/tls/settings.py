"""What the certificates need to know."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = "tls"
"""Where a node keeps its CA and keys, in `data_dir`."""


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
