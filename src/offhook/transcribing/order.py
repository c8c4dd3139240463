"""What is wanted of a real-time transcription: by the document or by the API (reference/twiml 8.4)."""

from dataclasses import dataclass

from offhook.base.redact import Secret
from offhook.model.recording import RecordingTrack


@dataclass(frozen=True, slots=True)
class TranscriptionOrder:
    """Whose words, and who is told of them."""

    auth_token: Secret
    """Signs the callbacks."""
    name: str | None = None
    """Unique of its call; None is the Sid."""
    track: RecordingTrack = RecordingTrack.BOTH
    labels: tuple[str, str] = ("", "")
    """Of the inbound track, and of the outbound one; "" is none."""
    callback_url: str | None = None
    """Absolute; None is nobody."""
    callback_method: str = "POST"
    language: str = "en-US"
    engine: str = "google"
    """As asked for; what is said is recognised by the node's recogniser, whatever it says."""
    model: str = "telephony"
    hints: tuple[str, ...] = ()
    profanity_filter: bool = True
    partial_results: bool = False
    punctuation: bool = True
    """Whether marks are left in the text."""
    provider_data: bool = False
    """Whether it is told when the words were said."""
    fault: tuple[int, str] | None = None
    """Why it fails as soon as it begins; None where nothing is wrong."""
