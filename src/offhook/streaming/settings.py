"""Settings of the WebSocket client. Built by the roof from the node's settings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offhook.base.redact import Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """Where sockets may go, and how they prove whose they are."""

    sign: Callable[[Secret, str], str]
    """`X-Twilio-Signature` of a URL."""
    open_socket: Callable[[Any], Any] | None
    """Opens the sockets of connections, and refuses those to private addresses; None lets all be reached, and
    `ws` beside `wss`."""
    extra_ca_file: Path | None = None
    """PEM file of certificate authorities trusted besides the system's."""
    open_timeout_s: float = 10.0
    """For DNS, TCP, TLS and the handshake together."""
    close_timeout_s: float = 1.0
    """For the server's answer to our close."""
    message_bytes_max: int = 8 * 1024 * 1024
    """Of one message: ten minutes of audio in base64."""
