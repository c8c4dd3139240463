"""Our side of one Media Stream: the messages that we send, with their numbers, in their order.

`sequenceNumber` counts every message after `connected`, from 1; `chunk` every media message, from 1
(reference/twiml 9.1). A text is made when it is sent, not before, so that the numbers are those of the wire.
"""

import binascii
import json
from collections.abc import Mapping
from typing import Final

from offhook.stream.message import StreamStart, StreamTrack

MEDIA_FORMAT: Final = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
DTMF_TRACK: Final = "inbound_track"


class MediaStream:
    """Makes the texts of one stream."""

    def __init__(self, start: StreamStart) -> None:
        self._start = start
        self._sequence_number = 0
        self._chunk = 0
        self._stream_sid = start.stream_sid

    def start(self) -> str:
        """The second message, once."""
        start = self._start
        about = {
            "accountSid": start.account_sid,
            "streamSid": start.stream_sid,
            "callSid": start.call_sid,
            "tracks": [str(track) for track in start.tracks],
            "mediaFormat": MEDIA_FORMAT,
            "customParameters": dict(start.parameters),
        }
        return self._message("start", about)

    def media(self, track: StreamTrack, timestamp_ms: int, payload: bytes) -> str:
        """A frame. timestamp_ms: from the beginning of the stream. payload: µ-law."""
        self._sequence_number += 1
        self._chunk += 1
        # Fifty times a second and track: nothing in it needs to be escaped.
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence_number}","media":{{"track":"{track.value}",'
            f'"chunk":"{self._chunk}","timestamp":"{timestamp_ms}",'
            f'"payload":"{binascii.b2a_base64(payload, newline=False).decode()}"}},'
            f'"streamSid":"{self._stream_sid}"}}'
        )

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key: one of `0-9 * # A-D`."""
        return self._message("dtmf", {"track": DTMF_TRACK, "digit": digit})

    def mark(self, name: str) -> str:
        """Everything before a mark of the server's has been played, or dropped."""
        return self._message("mark", {"name": name})

    def stop(self) -> str:
        """The last message."""
        return self._message("stop", {"accountSid": self._start.account_sid, "callSid": self._start.call_sid})

    def _message(self, event: str, body: Mapping[str, object]) -> str:
        self._sequence_number += 1
        message = {
            "event": event,
            "sequenceNumber": str(self._sequence_number),
            event: body,
            "streamSid": self._stream_sid,
        }
        return json.dumps(message, separators=(",", ":"))
