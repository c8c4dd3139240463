"""Whether a caller's number is vouched for: the Identity header of an INVITE, judged (STIR/SHAKEN).

    no Identity ------------------------> No-TN-Validation
    no PASSporT ------------------------> refused with 438, 32020
    signature, certificate, numbers, age -> TN-Validation-Passed-A, -B or -C; else -Failed-A …, 32021

Asked by the switchboard for calls that come in, where the operator names the CAs that are trusted
(`stir_ca_file`); without them nothing is judged and nothing is said. Source: RFC 8224 §6.2, RFC 8225, RFC
8588; values of StirVerstat: reference/twiml 1.4. Left out: `div`, `rcd`, and the suffix `-Diverted`.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from offhook.base.clock import Clock
from offhook.routing.stir_certificates import CertificateError, StirCertificates
from offhook.routing.subscriber import subscriber
from offhook.sip.error import SipError
from offhook.sip.headers.identity import Identities
from offhook.sip.headers.passport import Passport, digits, is_shaken
from offhook.sip.message import Request

IDENTITY: Final = "Identity"
NOT_VALIDATED: Final = "No-TN-Validation"
INVALID: Final = 32020
FAILED: Final = 32021
FRESH_S: Final = 60
"""RFC 8224 §6.2.2 leaves it to us; SHAKEN takes a minute."""
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of a caller's number."""

    verstat: str
    """StirVerstat."""
    failure: str = ""
    """Why it failed, for the debugger log; empty where it did not."""


class BrokenIdentityError(Exception):
    """An Identity header that is no PASSporT: the call is refused. status: of SIP."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Stir:
    """Judges the callers of a node."""

    def __init__(self, certificates: StirCertificates, clock: Clock) -> None:
        self._certificates = certificates
        self._clock = clock

    async def judge(self, request: Request) -> Judged:
        """The caller of an INVITE. Raises: BrokenIdentityError."""
        values = [value for value in request.headers.get_all(IDENTITY) if is_shaken(value)]
        if not values:
            return Judged(NOT_VALIDATED)
        try:
            passport = Passport.parse(values[0])
        except SipError as error:
            raise BrokenIdentityError(error.status or 400, error.message) from error
        try:
            await self._check(passport, request)
        except CertificateError as error:
            return Judged(f"TN-Validation-Failed-{passport.attest}", str(error))
        return Judged(f"TN-Validation-Passed-{passport.attest}")

    async def _check(self, passport: Passport, request: Request) -> None:
        """Raises: CertificateError for whatever does not hold."""
        age_s = self._clock.utc_now().timestamp() - passport.iat
        if abs(age_s) > FRESH_S:
            raise CertificateError(f"its PASSporT is {age_s:.0f} s old")
        if passport.orig not in _callers(request):
            raise CertificateError("its PASSporT is of another caller")
        if digits(subscriber(request.to)) not in passport.dest:
            raise CertificateError("its PASSporT is for another number")
        key = await self._certificates.key(passport.x5u)
        signature = passport.signature
        if len(signature) != SIGNATURE_BYTES:
            raise CertificateError("its signature is not of ES256")
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        try:
            key.verify(encode_dss_signature(r, s), passport.signed, ECDSA(SHA256()))
        except InvalidSignature as error:
            raise CertificateError("its signature is not of its certificate") from error


def _callers(request: Request) -> set[str]:
    """The numbers that the INVITE says it is from: P-Asserted-Identity, where there is one, and From."""
    found = {digits(subscriber(request.from_))}
    try:
        asserted = Identities.parse(*request.headers.get_all("P-Asserted-Identity"))
    except SipError:
        return found
    found.update(digits(subscriber(each)) for each in (asserted.sip, asserted.tel) if each is not None)
    return found
