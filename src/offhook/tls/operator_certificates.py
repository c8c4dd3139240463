"""The operator's certificates: which keys and chains two PEM files hold, and whom they name.

A file may hold several certificates, each followed by its chain, and several keys: each key finds its own
certificate. An RSA and an ECDSA certificate for the same names stand side by side. Called by `node_tls.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

KEY_BEGIN = b"-----BEGIN "
KEY_END = b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its chain and its key."""

    pem: bytes
    """All three, as `load_cert_chain` reads them."""
    names: tuple[str, ...]
    """Domains that it names, wildcards included."""
    valid_until: datetime
    """The end of its life."""

    def names_exactly(self, name: str) -> bool:
        """Whether it names a domain without a wildcard."""
        return name in (each.lower() for each in self.names)

    def names_by_wildcard(self, name: str) -> bool:
        """Whether a wildcard of it covers the first label of a domain (RFC 6125 §6.4.3)."""
        return f"*.{name.partition('.')[2]}" in (each.lower() for each in self.names)


def read_pairs(
    certificate: Path, key: Path, settings: tuple[str, str] = ("tls_cert", "tls_key")
) -> tuple[Pair, ...]:
    """The pairs in two PEM files, which may be one.

    settings: that name them.
    Raises: OSError with the setting and the file in `filename`.
    """
    named, key_named = f"{settings[0]} {certificate}", f"{settings[1]} {key}"
    try:
        certificates = x509.load_pem_x509_certificates(_bytes(certificate, named))
    except ValueError as error:
        raise OSError(0, "no PEM file of certificates", named) from error
    keys = [_load_key(block, key_named) for block in _key_blocks(_bytes(key, key_named))]
    if not keys:
        raise OSError(0, "there is no PRIVATE KEY in it", key_named)
    return tuple(_pair(each, certificates, named, key) for each in keys)


def _bytes(path: Path, named: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OSError(error.errno, error.strerror, named) from error


def _key_blocks(pem: bytes) -> list[bytes]:
    """Each private key from its first line to its last."""
    blocks: list[bytes] = []
    lines: list[bytes] = []
    for line in pem.splitlines():
        is_marker = line.startswith(b"-----") and line.strip().endswith(KEY_END)
        if is_marker and line.startswith(KEY_BEGIN):
            lines = [line]
        elif lines:
            lines.append(line)
            if is_marker:
                blocks.append(b"\n".join(lines) + b"\n")
                lines = []
    return blocks


def _load_key(block: bytes, named: str) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(block, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        text = "a private key in it cannot be read; it must be PEM and have no password"
        raise OSError(0, text, named) from error


def _pair(key: PrivateKeyTypes, certificates: list[x509.Certificate], named: str, key_path: Path) -> Pair:
    own = next((each for each in certificates if each.public_key() == key.public_key()), None)
    if own is None:
        raise OSError(0, f"no certificate in it is of the key in {key_path}", named)
    chain = [own, *_chain(own, certificates)]
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)
    pem += key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(pem, _names(own), own.not_valid_after_utc)


def _chain(own: x509.Certificate, certificates: list[x509.Certificate]) -> list[x509.Certificate]:
    """The issuers of a certificate that are in the file, nearest first."""
    chain: list[x509.Certificate] = []
    last = own
    while len(chain) < len(certificates):
        issuer = next(
            (each for each in certificates if each.subject == last.issuer and each is not last), None
        )
        if issuer is None or issuer in chain:
            break
        chain.append(issuer)
        last = issuer
    return chain


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))
