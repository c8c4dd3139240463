"""What a phone is asked to do in a call: values, carried out one after the other by `phone/script.py`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text in the embedded voice."""

    text: str
    """Plain text, at most 4096 characters."""

    def __str__(self) -> str:
        return f'say "{self.text}"'


@dataclass(frozen=True, slots=True)
class Play:
    """Play a file."""

    path: Path
    """WAV, AIFF, AU, MP3 or GSM."""

    def __str__(self) -> str:
        return f"play {self.path}"


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys."""

    digits: str
    """`0-9 * # A-D`; `w` waits 0.5 s, `W` 1 s; at most 64."""

    def __str__(self) -> str:
        return f"press {self.digits}"


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait until a text is heard."""

    text: str
    """As it would be given to Say; at most 4096 characters."""

    def __str__(self) -> str:
        return f'expect "{self.text}"'


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message beside the audio (RFC 3428)."""

    content: str
    """JSON of at most 10,000 characters, sent as it is."""

    def __str__(self) -> str:
        return f"send {self.content}"


Step = Say | Play | Press | Expect | SendMessage
