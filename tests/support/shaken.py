"""A carrier's signer for SHAKEN: a CA, a certificate for numbers, Identity headers signed with it."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from offhook.routing.stir_certificates import TN_AUTH_LIST

BORN = datetime(2026, 1, 1, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    """Of P-256, as ES256 wants it."""
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    name: str,
    key: Key,
    issuer: "tuple[x509.Certificate, Key] | None" = None,
    *,
    is_ca: bool = False,
    is_for_numbers: bool = False,
    days: int = 3650,
) -> x509.Certificate:
    """A certificate, signed by its issuer or by itself, valid from BORN for so many days."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BORN)
        .not_valid_after(BORN + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if is_for_numbers:
        # TNAuthList of one service provider code, 1234 (RFC 8226 §9).
        spc = x509.UnrecognizedExtension(TN_AUTH_LIST, bytes.fromhex("3008a006160431323334"))
        builder = builder.add_extension(spc, critical=False)
    return builder.sign(key if issuer is None else issuer[1], SHA256())


@dataclass
class Carrier:
    """A service provider with its CA."""

    ca_key: Key = field(default_factory=new_key)
    key: Key = field(default_factory=new_key)
    x5u: str = "https://cert.carrier.example/shaken.pem"

    def __post_init__(self) -> None:
        self.ca = certificate("STI CA", self.ca_key, is_ca=True)
        self.leaf = certificate("SHAKEN 1234", self.key, (self.ca, self.ca_key), is_for_numbers=True)

    @property
    def pem(self) -> bytes:
        """What is at its x5u."""
        return self.leaf.public_bytes(Encoding.PEM)

    def identity(
        self,
        orig: str,
        dest: str,
        at: datetime,
        *,
        attest: str = "A",
        header: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
    ) -> str:
        """A value of Identity; `header` and `payload` change what is signed."""
        head = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": self.x5u, **(header or {})}
        body = {
            "attest": attest,
            "dest": {"tn": [dest]},
            "iat": int(at.timestamp()),
            "orig": {"tn": orig},
            "origid": "123e4567-e89b-12d3-a456-426655440000",
            **(payload or {}),
        }
        signed = f"{_base64url(_json(head))}.{_base64url(_json(body))}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f'{signed}.{_base64url(signature)};info=<{head["x5u"]}>;alg=ES256;ppt="shaken"'


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
