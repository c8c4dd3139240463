"""Which versions and cipher suites are spoken, as contexts (reference/sip-interface 9, 9.1).

TLS 1.2 and 1.3; 1.0 and 1.1 where it is allowed, for which OpenSSL must be brought to security level 0. Up to
1.2 the fourteen suites below, in this order, or those of the operator (`tls_ciphers`); the server's order
wins. Those of 1.3 are OpenSSL's. Renegotiation and compression are refused.
"""

import ssl
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

SUITES: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "AES128-GCM-SHA256",
    "AES128-SHA256",
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA256",
    "AES256-SHA",
)
"""The names of OpenSSL. 1.0 and 1.1 can speak AES128-SHA and AES256-SHA alone, with an RSA certificate."""

MODERN: Final = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
WITH_DEPRECATED: Final = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3)
DEPRECATED_ALONE: Final = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)

Versions = tuple[ssl.TLSVersion, ssl.TLSVersion]
"""The lowest and the highest."""


def is_suite(name: str) -> bool:
    """Whether OpenSSL has a suite of this name up to TLS 1.2, one that encrypts and authenticates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.set_ciphers(name)
    except (ssl.SSLError, ValueError):
        return False
    found = [each for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    return [each["name"] for each in found] == [name] and _is_sound(found[0])


def _is_sound(suite: Mapping[str, Any]) -> bool:
    """Whether OpenSSL's first security level would take it; and it says who is at the other end."""
    return suite["strength_bits"] >= 112 and suite["auth"] not in ("auth-null", "auth-psk")


def server_context(versions: Versions, suites: Sequence[str] = SUITES) -> ssl.SSLContext:
    """A server's context, without certificates yet; nobody is asked for one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _restrict(context, versions, suites)
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    return context


def client_context(versions: Versions, suites: Sequence[str] = SUITES) -> ssl.SSLContext:
    """A client's context that trusts nobody yet; whom a certificate names is the caller's to check."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    _restrict(context, versions, suites)
    return context


def _restrict(context: ssl.SSLContext, versions: Versions, suites: Sequence[str]) -> None:
    lowest, highest = versions
    is_deprecated = lowest < ssl.TLSVersion.TLSv1_2
    with warnings.catch_warnings():
        # Python warns of the old versions; the operator has asked for them.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = lowest
        context.maximum_version = highest
    context.set_ciphers(":".join(suites) + (":@SECLEVEL=0" if is_deprecated else ""))
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
