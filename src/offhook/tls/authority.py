"""The node's own certificate authority, and the certificates that it issues (RFC 5280).

    data_dir/tls/ca.pem       its certificate, for whoever is to trust this node: `offhook tls ca`
    data_dir/tls/ca.key       its key, readable by the node's user alone
    data_dir/tls/ecdsa.key    the keys of the certificates, which are made anew at each start
    data_dir/tls/rsa.key

Made at the first start and kept: peers import the CA once. A certificate lives for 90 days and is issued anew
when a third of that is left. P-256 for all but the RSA certificate, which TLS 1.0 and 1.1 need.

Called by `tls/node_tls.py` and `cli/tls.py`.
"""

import ipaddress
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE: Final = timedelta(days=3650)
LEAF_LIFE: Final = timedelta(days=90)
RENEWED_WITH_LEFT: Final = timedelta(days=30)
BACKDATED: Final = timedelta(hours=1)
"""For peers whose clock is behind."""
RSA_BITS: Final = 2048
COMMON_NAME_MAX: Final = 64
"""RFC 5280 appendix A."""
PRIVATE: Final = 0o600

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class AuthorityError(OSError):
    """A file of the CA cannot be used; which one, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Names:
    """Whom a certificate is of."""

    domains: tuple[str, ...]
    """dNSName entries, wildcards included; the first is the common name where it fits."""
    addresses: tuple[str, ...]
    """iPAddress entries, numeric."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA that is open."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    leaf_keys: tuple[Key, ...]
    """ECDSA, then RSA."""

    @classmethod
    def open(cls, folder: Path, now: datetime) -> "Authority":
        """The CA of a folder; made when there is none.

        Raises: OSError, AuthorityError for a file that holds something else.
        """
        folder.mkdir(parents=True, exist_ok=True)
        certificate_path, key_path = folder / "ca.pem", folder / "ca.key"
        if not certificate_path.exists():
            _make_authority(certificate_path, key_path, now)
        key = _read_key(key_path)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuthorityError(
                0, "not a P-256 key; remove ca.pem and ca.key to have a new CA", str(key_path)
            )
        certificate = read_root(folder)
        if certificate.public_key() != key.public_key():
            raise AuthorityError(
                0, "not of the key in ca.key; remove both to have a new CA", str(certificate_path)
            )
        ecdsa = _kept_key(folder / "ecdsa.key", lambda: ec.generate_private_key(ec.SECP256R1()))
        rsa_key = _kept_key(folder / "rsa.key", lambda: rsa.generate_private_key(65537, RSA_BITS))
        return cls(certificate, key, (ecdsa, rsa_key))

    @property
    def root_pem(self) -> str:
        """What peers import."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, names: Names, key: Key, now: datetime) -> bytes:
        """A certificate and its key as one PEM, the way `load_cert_chain` reads it."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(_common_name(names)))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + LEAF_LIFE, self.certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        certificate = builder.sign(self.key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM) + _key_pem(key)


def read_root(folder: Path) -> x509.Certificate:
    """The CA's certificate. Raises: OSError, AuthorityError."""
    path = folder / "ca.pem"
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise AuthorityError(
            0, "not a certificate; remove ca.pem and ca.key to have a new CA", str(path)
        ) from error


def _make_authority(certificate_path: Path, key_path: Path, now: datetime) -> None:
    """Key first: without its certificate it is overwritten at the next start."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"Offhook CA {x509.random_serial_number() & 0xFFFFFFFF:08x}")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    _write_private(key_path, _key_pem(key))
    certificate = builder.sign(key, hashes.SHA256())
    _write_whole(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))


def _kept_key(path: Path, make: Callable[[], Key]) -> Key:
    if path.exists():
        return _read_key(path)
    key = make()
    _write_private(path, _key_pem(key))
    return key


def _read_key(path: Path) -> Key:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AuthorityError(0, "not a private key without a password", str(path)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise AuthorityError(0, "neither an EC nor an RSA key", str(path))
    return key


def _write_private(path: Path, data: bytes) -> None:
    """A file that nobody else may read, from its first moment; whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:  # noqa: PTH123
        file.write(data)
    partial.replace(path)


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _common_name(names: Names) -> str:
    return next((name for name in names.domains if len(name) <= COMMON_NAME_MAX), "Offhook")


def _alternatives(names: Names) -> Iterable[x509.GeneralName]:
    domains = [x509.DNSName(name) for name in names.domains]
    return [*domains, *(x509.IPAddress(ipaddress.ip_address(each)) for each in names.addresses)]


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """RFC 5280 §4.2.1.3; key encipherment is what the suites without forward secrecy need of an RSA key."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
