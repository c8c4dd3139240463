"""Whom we trust when we connect: the system's CAs, and what is given besides.

Called by `node_tls.py` and `phone_tls.py`.
"""

import ssl
from pathlib import Path

from offhook.tls.suites import Versions, client_context


def trusting_context(
    versions: Versions, extra: Path | None, setting: str, own_pem: str = ""
) -> ssl.SSLContext:
    """A client's context that verifies chains.

    extra: a PEM file of CAs, or None. own_pem: a CA besides; "" is none.
    Raises: OSError with `setting` and the file in `filename`.
    """
    context = client_context(versions)
    context.load_default_certs()
    if own_pem:
        context.load_verify_locations(cadata=own_pem)
    if extra is not None:
        try:
            context.load_verify_locations(extra)
        except ssl.SSLError as error:
            raise OSError(0, "no PEM file of certificates", f"{setting} {extra}") from error
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{setting} {extra}") from error
    return context
