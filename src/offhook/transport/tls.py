"""TLS over the byte stream of one connection, without I/O: `ssl.SSLObject` between two memory buffers.

    channel.handle_data(data) -> plain text
    channel.send(plain text)
    channel.poll_transmit()   -> what goes to the peer, after each of both

asyncio's own TLS holds a buffer of 256 KiB for each connection; this holds what OpenSSL needs. The handshake
may take 64 KiB of the peer's bytes, and `connection.py` bounds its time. Renegotiation is refused by the
contexts of `tls/`.

Called by `transport/connection.py`. Sources: RFC 5246, RFC 8446; RFC 3261 §26.3.
"""

import ssl
from collections.abc import Mapping
from enum import Enum
from typing import Final

HANDSHAKE_MAX_BYTES: Final = 64 * 1024
"""Of a peer that is not done yet; a chain of certificates is a few KiB, OpenSSL takes 100 KiB of it."""
READ_BYTES: Final = 16 * 1024
"""What a record may hold (RFC 8446 §5.1)."""
HANDSHAKE_RECORD: Final = 0x16
RECORDS: Final = (0x15, HANDSHAKE_RECORD)
"""What a peer may begin with: an alert, a handshake."""
NAMING_CAS: Final = "to a node by extra_ca_file, to `offhook call` by --ca"
NAMING_CLIENT_CAS: Final = "by sips_client_ca"
EXCERPT_BYTES: Final = 24

_TOO_OLD: Final = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "VERSION_TOO_LOW",
        "WRONG_VERSION_NUMBER",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "WRONG_SSL_VERSION",
    }
)
_REASONS: Final[Mapping[str, str]] = {
    "NO_SHARED_CIPHER": "it offers no cipher suite that this node takes",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the peer takes none of our cipher suites, or misses our certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "the peer does not trust the CA of our certificate: give it the PEM of "
    "`offhook tls ca`, or set tls_cert and tls_key",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the peer refuses our certificate: it does not name what the peer called, "
    "or its CA is not trusted there",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the peer refuses our certificate: it does not name what the peer "
    "called, or its CA is not trusted there",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the peer says that our certificate has expired",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it shows no certificate, which sips_client_cert=required wants",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the peer wants a certificate of us: tls_client_cert",
    "NO_RENEGOTIATION": "it asked for a renegotiation, which is not allowed",
}


class TlsFault(Enum):
    """What kind of failure it was, as the error codes have it."""

    TOO_OLD = "the versions of TLS have nothing in common"
    CERTIFICATE = "the peer's certificate cannot be trusted, or is not the wanted one's"
    OTHER = "anything else"


class TlsError(Exception):
    """The connection cannot go on: why, in a sentence. An alert may wait in `poll_transmit`."""

    def __init__(self, message: str, fault: TlsFault = TlsFault.OTHER) -> None:
        super().__init__(message)
        self.fault = fault


class TlsChannel:
    """Both directions of one TLS connection.

    context: of a server or a client, as `server_side` says.
    server_name: sent as SNI by a client; "" sends none.
    """

    __slots__ = (
        "_has_begun",
        "_incoming",
        "_is_server",
        "_object",
        "_outgoing",
        "_taken_bytes",
        "is_established",
        "is_over",
    )

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, server_name: str = "") -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name or None
        )
        self._is_server = server_side
        self._has_begun = False
        self._taken_bytes = 0
        self.is_established = False
        """Whether the handshake is done, so that `send` may be used."""
        self.is_over = False
        """Whether the peer has said goodbye: nothing follows, and it may wait for ours (RFC 5246 §7.2.1)."""

    @property
    def context(self) -> ssl.SSLContext:
        """The rules and certificates that it began with."""
        return self._object.context

    @property
    def certificate(self) -> Mapping[str, object]:
        """The peer's certificate as `ssl` tells it; empty where it showed none that was verified."""
        return self._object.getpeercert() or {}

    def begin(self) -> None:
        """A client's first flight. Raises: TlsError."""
        self._shake_hands()

    def handle_data(self, data: bytes) -> bytes:
        """Take what was read; gives the plain text in it. Raises: TlsError."""
        if not self.is_established:
            self._check_beginning(data)
        self._incoming.write(data)
        if not self.is_established:
            self._shake_hands()
            self._check_progress(data)
        return self._read() if self.is_established else b""

    def send(self, data: bytes) -> None:
        """Encrypt; only once it is established. Raises: TlsError."""
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            raise self._explained(error) from error

    def close(self) -> None:
        """Say goodbye (close_notify); the peer's is not waited for."""
        if self.is_established:
            try:
                self._object.unwrap()
            except ssl.SSLError:
                return  # its goodbye is not there yet; ours waits to be sent

    def poll_transmit(self) -> bytes:
        """What goes to the peer; empty for nothing."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def _explained(self, error: ssl.SSLError) -> TlsError:
        return _explanation(error, self._object.context, is_server=self._is_server)

    def _check_beginning(self, data: bytes) -> None:
        if not self._has_begun and data and data[0] not in RECORDS:
            raise TlsError(_told_in_plain(data, is_server=self._is_server))
        self._has_begun = self._has_begun or bool(data)

    def _check_progress(self, data: bytes) -> None:
        """Where the handshake is done by now, what came with its end is text already, and is not counted."""
        self._taken_bytes += len(data)
        if not self.is_established and self._taken_bytes > HANDSHAKE_MAX_BYTES:
            raise TlsError(f"the handshake is not over after {HANDSHAKE_MAX_BYTES} bytes")

    def _shake_hands(self) -> None:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise self._explained(error) from error
        self.is_established = True

    def _read(self) -> bytes:
        parts: list[bytes] = []
        try:
            while part := self._object.read(READ_BYTES):
                parts.append(part)
            self.is_over = True
        except ssl.SSLWantReadError:
            pass  # all that came is read
        except ssl.SSLZeroReturnError:
            self.is_over = True
        except ssl.SSLError as error:
            raise self._explained(error) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _explanation(error: ssl.SSLError, context: ssl.SSLContext, *, is_server: bool) -> TlsError:
    """What OpenSSL found, in words that say what to change."""
    reason = error.reason or str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        named = NAMING_CLIENT_CAS if is_server else NAMING_CAS
        return TlsError(
            f"its certificate is not trusted, {error.verify_message}: its CA can be named, {named}",
            TlsFault.CERTIFICATE,
        )
    if reason in _TOO_OLD:
        versions = f"{context.minimum_version.name} to {context.maximum_version.name}"
        return TlsError(f"the peer speaks none of the versions allowed here, {versions}", TlsFault.TOO_OLD)
    return TlsError(_REASONS.get(reason, reason.replace("_", " ").lower()))


def _told_in_plain(data: bytes, *, is_server: bool) -> str:
    """What somebody sent who does not speak TLS at all."""
    line = data.partition(b"\r\n")[0]
    if line.endswith(b"SIP/2.0") or line.startswith(b"SIP/2.0"):
        what = "SIP in plain text"
    elif b" HTTP/1." in line or line.startswith(b"HTTP/1."):
        what = "HTTP in plain text"
    elif not data.strip(b"\r\n"):
        what = "a keepalive in plain text"
    else:
        what = f"no TLS but {data[:EXCERPT_BYTES]!r}"
    advice = (
        "this port takes TLS only, plain SIP has its own" if is_server else "the peer's port takes no TLS"
    )
    return f"{what} came: {advice}"
