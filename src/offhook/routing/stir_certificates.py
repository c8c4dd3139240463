"""The certificates that PASSporTs are signed with: fetched, kept a while, held against the operator's CAs.

    x5u -> kept? -> fetch (bounded, guarded) -> chain up to a CA of `stir_ca_file` -> public key

Whoever calls chooses the URL: it must be https, each is asked once at a time, a failure is kept as well, and
only so many are fetched together. Called by `stir.py`. Source: RFC 8226 §3, RFC 5280 §6 (dates, issuers,
basic constraints). Left out: revocation, for which SHAKEN has lists of its own; the scope of TNAuthList.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from offhook.base.clock import Clock
from offhook.webhook.ports import PublicFiles, WebhookError

TN_AUTH_LIST: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")
"""RFC 8226 §9: the extension that says whose numbers it may sign."""
CERTIFICATES_MAX: Final = 1000
"""URLs whose answer is kept."""
FETCHES_MAX: Final = 16
"""URLs that are asked at one time."""
KEPT_S: Final = 3600.0
FAILURE_KEPT_S: Final = 60.0
CHAIN_MAX: Final = 5


class CertificateError(Exception):
    """There is no key that can be trusted: why, in a sentence."""


@dataclass(frozen=True, slots=True)
class _Kept:
    until_s: float
    chain: tuple[x509.Certificate, ...]
    failure: str
    """Empty where there is a chain."""


class StirCertificates:
    """What was fetched, by URL."""

    def __init__(self, anchors: Sequence[x509.Certificate], files: PublicFiles, clock: Clock) -> None:
        self._anchors = anchors
        self._files = files
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._fetching: dict[str, asyncio.Task[_Kept]] = {}

    async def key(self, x5u: str) -> EllipticCurvePublicKey:
        """The key of the certificate at a URL, once its chain is good now. Raises: CertificateError."""
        kept = await self._certificates(x5u)
        if kept.failure:
            raise CertificateError(kept.failure)
        self._check_chain(kept.chain)
        key = kept.chain[0].public_key()
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise CertificateError("its key is not of the curve P-256")
        return key

    async def _certificates(self, x5u: str) -> _Kept:
        kept = self._kept.get(x5u)
        if kept is not None and kept.until_s > self._clock.monotonic():
            return kept
        fetching = self._fetching.get(x5u)
        if fetching is None:
            if len(self._fetching) >= FETCHES_MAX:
                raise CertificateError(f"{FETCHES_MAX} certificates are being fetched already")
            fetching = self._fetching[x5u] = asyncio.create_task(self._fetch(x5u))
            fetching.add_done_callback(lambda _: self._fetching.pop(x5u, None))
        return await asyncio.shield(fetching)  # a caller that gives up leaves it to the others

    async def _fetch(self, x5u: str) -> _Kept:
        chain: tuple[x509.Certificate, ...] = ()
        failure = ""
        try:
            if not x5u.lower().startswith("https://"):
                raise CertificateError(f"{x5u} is no https URL")
            chain = tuple(x509.load_pem_x509_certificates(await self._files.fetch_public(x5u)))
        except CertificateError as error:
            failure = str(error)
        except WebhookError as error:
            failure = f"{x5u} was not fetched: {error.message} ({error.code})"
        except ValueError:
            failure = f"there is no certificate at {x5u}"
        if len(chain) > CHAIN_MAX:
            failure = f"there are more than {CHAIN_MAX} certificates at {x5u}"
        kept = _Kept(self._clock.monotonic() + (FAILURE_KEPT_S if failure else KEPT_S), chain, failure)
        if len(self._kept) >= CERTIFICATES_MAX:
            self._kept.pop(next(iter(self._kept)))
        self._kept[x5u] = kept
        return kept

    def _check_chain(self, chain: Sequence[x509.Certificate]) -> None:
        """Raises: CertificateError."""
        now, leaf = self._clock.utc_now(), chain[0]
        if not any(extension.oid == TN_AUTH_LIST for extension in _extensions(leaf)):
            raise CertificateError("its certificate is for no telephone numbers (no TNAuthList)")
        current, others = leaf, list(chain[1:])
        for _ in range(CHAIN_MAX):
            _check_dates(current, now)
            anchor = next((each for each in self._anchors if _is_issued_by(current, each)), None)
            if anchor is not None:
                _check_dates(anchor, now)
                return
            issuer = next((each for each in others if _is_ca(each) and _is_issued_by(current, each)), None)
            if issuer is None:
                break
            others.remove(issuer)
            current = issuer
        raise CertificateError("its certificate leads to no CA of stir_ca_file")


def read_anchors(path: Path) -> tuple[x509.Certificate, ...]:
    """The CAs of a PEM file. Raises: OSError; ValueError where there is none in it."""
    return tuple(x509.load_pem_x509_certificates(path.read_bytes()))


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise CertificateError("a certificate of its chain is not valid now")


def _extensions(certificate: x509.Certificate) -> Sequence[x509.Extension[x509.ExtensionType]]:
    try:
        return list(certificate.extensions)
    except ValueError as error:
        raise CertificateError("its certificate cannot be read") from error


def _is_ca(certificate: x509.Certificate) -> bool:
    return any(
        isinstance(extension.value, x509.BasicConstraints) and extension.value.ca
        for extension in _extensions(certificate)
    )


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
