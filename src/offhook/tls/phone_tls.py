"""The TLS of a phone on the command line: it connects, and nobody connects to it.

Implements `transport/ports.TlsContexts`. Made by `cli/telephone/options.py`.
"""

import ssl
from pathlib import Path

from offhook.base.errors import UsageError
from offhook.tls.suites import MODERN
from offhook.tls.trust import trusting_context


class PhoneTls:
    """Trust in the system's CAs and those of a file; no certificate of its own."""

    def __init__(self, ca_file: Path | None) -> None:
        """Read the file. Raises: OSError."""
        self._client = trusting_context(MODERN, ca_file, "--ca")

    def client(self, *, is_verified: bool = True) -> ssl.SSLContext:
        """For whom the phone calls; a phone has no peers that it does not verify. Raises: UsageError."""
        if not is_verified:
            raise UsageError("a phone verifies whom it calls")
        return self._client

    def server(self) -> ssl.SSLContext:
        """Not there. Raises: UsageError."""
        raise UsageError("a phone does not listen for TLS")

    def legacy_server(self) -> ssl.SSLContext:
        """Not there. Raises: UsageError."""
        raise UsageError("a phone does not listen for TLS")
