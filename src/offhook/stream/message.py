"""The messages of the Media Streams protocol: ours as text, the server's as values.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages (read 2026-11), reference/twiml 9.
Numbers are strings but for those of `mediaFormat`. What a server sends that is none of the three messages
which it may send is a fault: ignored, counted, told once a stream (31951, of binary frames 31950).
"""

import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.base.frozen import frozen

NAME_MAX: Final = 1_000
"""Characters of a mark's name. Ours."""

BINARY: Final = 31950
INVALID: Final = 31951


class StreamTrack(StrEnum):
    """Whose sound, as `start` and `media` name it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class StreamStart:
    """What `start` tells of a stream."""

    account_sid: str
    call_sid: str
    stream_sid: str
    tracks: tuple[StreamTrack, ...]
    parameters: tuple[tuple[str, str], ...] = ()
    """Custom parameters; of a name that comes twice the last counts."""


CONNECTED: Final = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
"""The first message."""


class Fault(StrEnum):
    """What is wrong with a message of the server's, for the inspector."""

    BINARY = "binary"
    """It is no text."""
    NOT_JSON = "not-json"
    """Or no object."""
    UNKNOWN_EVENT = "unknown-event"
    """`event` is missing, or none of `media`, `mark`, `clear`."""
    WRONG_STREAM = "wrong-stream-sid"
    """`streamSid` is missing or another one."""
    NO_FIELD = "missing-field"
    """`media.payload` or `mark.name` is missing, or null."""
    NOT_TEXT = "not-text"
    """It is there, and no text: a number, for one."""
    NOT_BASE64 = "not-base64"
    """The payload is no base64 text."""


@frozen
class MediaReceived:
    """Play this."""

    payload: bytes
    """G.711 µ-law at 8000 Hz, of any length."""


@frozen
class MarkReceived:
    """Tell when everything before it has been played."""

    name: str


@frozen
class ClearReceived:
    """Play nothing of what waits, and tell every mark."""


@frozen
class FaultReceived:
    """Something that is to be ignored."""

    fault: Fault
    why: str
    """A sentence for the developer of the server."""

    @property
    def code(self) -> int:
        """Twilio's."""
        return BINARY if self.fault is Fault.BINARY else INVALID


Received = MediaReceived | MarkReceived | ClearReceived | FaultReceived


def read_message(text: str, stream_sid: str) -> Received:
    """A text of the server's. Nothing that it may send raises."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return FaultReceived(Fault.NOT_JSON, "a message is no JSON")
    if not isinstance(message, dict):
        return FaultReceived(Fault.NOT_JSON, "a message is no JSON object")
    event = message.get("event")
    if event not in ("media", "mark", "clear"):
        named = f"{event!r:.60}" if isinstance(event, str) else "none"
        return FaultReceived(Fault.UNKNOWN_EVENT, f"a message's event is {named}, not media, mark or clear")
    if message.get("streamSid") != stream_sid:
        return FaultReceived(Fault.WRONG_STREAM, f"the streamSid of a {event} message is not {stream_sid}")
    if event == "clear":
        return ClearReceived()
    body = message.get(event)
    field = "payload" if event == "media" else "name"
    value = body.get(field) if isinstance(body, dict) else None
    if value is None:
        return FaultReceived(Fault.NO_FIELD, f"a {event} message has no {event}.{field}")
    if not isinstance(value, str):
        return FaultReceived(Fault.NOT_TEXT, f"the {event}.{field} of a {event} message is no text")
    if event == "mark":
        return MarkReceived(value[:NAME_MAX])
    return _media(value)


def _media(payload: str) -> MediaReceived | FaultReceived:
    try:
        return MediaReceived(binascii.a2b_base64(payload.encode("ascii"), strict_mode=True))
    except (binascii.Error, UnicodeEncodeError):
        return FaultReceived(Fault.NOT_BASE64, "the payload of a media message is no base64")
