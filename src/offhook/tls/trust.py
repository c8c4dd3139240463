"""Whom we trust: whom we call by the system's CAs and what is given besides, who calls by the operator's.

Called by `node_tls.py` and `phone_tls.py`.
"""

import ssl
from collections.abc import Sequence
from pathlib import Path

from offhook.tls.settings import ClientCertificates
from offhook.tls.suites import SUITES, Versions, client_context


def trusting_context(
    versions: Versions,
    extra: Path | None,
    setting: str,
    own_pem: str = "",
    suites: Sequence[str] = SUITES,
) -> ssl.SSLContext:
    """A client's context that verifies chains.

    extra: a PEM file of CAs, or None. own_pem: a CA besides; "" is none.
    Raises: OSError with `setting` and the file in `filename`.
    """
    context = client_context(versions, suites)
    context.load_default_certs()
    if own_pem:
        context.load_verify_locations(cadata=own_pem)
    if extra is not None:
        load_authorities(context, extra, setting)
    return context


def ask_clients(context: ssl.SSLContext, authorities: Path, wanted: ClientCertificates) -> None:
    """Have a server's context ask clients for a certificate of these CAs, PEM.

    One that is shown is verified whether it had to be or not. Raises: OSError, of `sips_client_ca`.
    """
    load_authorities(context, authorities, "sips_client_ca")
    is_required = wanted is ClientCertificates.REQUIRED
    context.verify_mode = ssl.CERT_REQUIRED if is_required else ssl.CERT_OPTIONAL


def load_authorities(context: ssl.SSLContext, path: Path, setting: str) -> None:
    """Trust the CAs of a PEM file. Raises: OSError with `setting` and the file in `filename`."""
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise OSError(0, "no PEM file of certificates", f"{setting} {path}") from error
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{setting} {path}") from error
