"""From what went wrong with a request to Twilio's error code, by type, never by text.

Source: reference/twiml 16, https://www.twilio.com/docs/api/errors (read 2026-11).
"""

from typing import Final

import aiohttp

from offhook.webhook.guard import PrivateAddressError
from offhook.webhook.overrides import RetryOn

# OpenSSL's verification results (openssl/x509_vfy.h).
CERTIFICATE_NOT_YET_VALID: Final = 9
CERTIFICATE_EXPIRED: Final = 10
NO_PATH: Final = frozenset({2, 18, 19, 20, 21, 24, 26, 27})
"""Issuer unknown, self-signed, or not trusted as an authority."""
NAME_MISMATCH: Final = frozenset({62, 64})
"""Host name, IP address."""


class FetchError(Exception):
    """One try that failed.

    code: Twilio's error code.
    retry_on: the policy under which another try may help; None when none does.
    status: HTTP status when there was an answer.
    """

    def __init__(
        self, code: int, message: str, *, retry_on: RetryOn | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_on = retry_on
        self.status = status


def classify(error: aiohttp.ClientError) -> FetchError:
    """The failure behind an exception of aiohttp."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connecting(error)
    match error:
        case aiohttp.ConnectionTimeoutError():
            return FetchError(11201, "no connection in time", retry_on=RetryOn.CONNECT)
        case aiohttp.SocketTimeoutError():
            return FetchError(11200, "no answer in time", retry_on=RetryOn.READ)
        case aiohttp.ClientConnectionError():
            return FetchError(11205, "the connection broke before an answer came", retry_on=RetryOn.READ)
        case aiohttp.ClientPayloadError():
            return FetchError(11206, "the answer broke off or was garbled")
        case aiohttp.ClientResponseError():
            return FetchError(11206, "the answer is no HTTP")
        case aiohttp.InvalidURL():
            return FetchError(11100, "the URL cannot be asked")
        case _:
            return FetchError(11200, f"the request failed ({type(error).__name__})")


def _connecting(error: aiohttp.ClientConnectorError) -> FetchError:
    where = f"{error.host}:{error.port}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return FetchError(*_certificate(error, where), retry_on=RetryOn.CONNECT)
    if isinstance(error.os_error, PrivateAddressError):
        return FetchError(11100, f"{where} is a private address, which allow_private_webhooks forbids")
    match error:
        case aiohttp.ClientConnectorDNSError():
            return FetchError(11210, f"the host name of {where} is unknown", retry_on=RetryOn.CONNECT)
        case aiohttp.ClientSSLError():
            return FetchError(11220, f"TLS failed with {where}", retry_on=RetryOn.CONNECT)
    match error.os_error:
        case ConnectionRefusedError():
            return FetchError(11202, f"nothing listens on {where}", retry_on=RetryOn.CONNECT)
        case TimeoutError():
            return FetchError(11201, f"no connection to {where} in time", retry_on=RetryOn.CONNECT)
        case _:
            return FetchError(11205, f"no connection to {where}", retry_on=RetryOn.CONNECT)


def _certificate(error: aiohttp.ClientConnectorCertificateError, where: str) -> tuple[int, str]:
    result = getattr(error.certificate_error, "verify_code", None)
    if result in (CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID):
        return 11236, f"the certificate of {where} has expired or is not valid yet"
    if result in NAME_MISMATCH:
        return 11235, f"the certificate of {where} is for another name"
    if result in NO_PATH:
        return 11237, f"the certificate of {where} leads to no trusted authority"
    return 11220, f"the certificate of {where} was not accepted"
