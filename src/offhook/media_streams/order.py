"""What is wanted of a stream, by a document or by the API (reference/twiml 8.1, rest-api 2.2)."""

from dataclasses import dataclass

from offhook.base.redact import Secret
from offhook.model.recording import RecordingTrack


@dataclass(frozen=True, slots=True)
class StreamCallback:
    """Who is told of a stream's start, stop and failure."""

    url: str
    """Absolute."""
    method: str
    """GET or POST."""


@dataclass(frozen=True, slots=True)
class StreamOrder:
    """Checked already, but for what is known only when it begins."""

    url: str
    """Absolute, of a WebSocket."""
    auth_token: Secret
    """Signs the handshake and the callbacks."""
    name: str | None = None
    """Unique of its call; None is the StreamSid."""
    track: RecordingTrack = RecordingTrack.INBOUND
    callback: StreamCallback | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    """Custom parameters of `start`."""
    is_bidirectional: bool = False
    """Whether the server speaks to the caller: `<Connect>`."""
    fault: tuple[int, str] | None = None
    """Twilio's code and the reason why it fails before it begins, noted already; None: it may begin."""
