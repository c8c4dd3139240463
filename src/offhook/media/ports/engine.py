"""The media core of a process: it opens ports and rooms, and loads what they play.

Implemented by `media/native.py` over `offhook._media`.
"""

from collections.abc import Callable
from typing import Protocol

from offhook.media.ports import Clip, MediaPort
from offhook.media.ports.event import MediaEvent
from offhook.media.ports.room import Room


class MediaEngine(Protocol):
    """The media core of a process: workers, sockets, port numbers."""

    def open_port(self, receiver: Callable[[MediaEvent], None]) -> MediaPort:
        """Bind the next free pair of the port range on all addresses.

        receiver: called on the event loop with each event of this port, in order, and after
        `close` until the last of them (RecordingEnded, PlaybackEnded) is told.

        Raises: NoFreePortError when every pair is in use.
        """
        ...

    @property
    def is_full(self) -> bool:
        """Whether no pair is free: each has a port, or within a second one was wanted and none was free."""
        ...

    def open_room(self) -> Room:
        """An empty room. The ports of all its members are carried by one media thread from then on."""
        ...

    def load_clip(self, samples: bytes, rate_hz: int) -> Clip:
        """Take signed 16-bit little-endian mono samples, convert them to 8000 Hz.

        rate_hz: 8000 to 192000. Raises: ValueError outside that or for an odd number of bytes.
        """
        ...

    def decode_clip(self, file: bytes, content_type: str = "") -> Clip:
        """Decode a file of WAV, AIFF, AU, MP3 or GSM to 8000 Hz, its channels averaged.

        What it is, its bytes say. content_type: the MIME type that came with it; raw µ-law, which has
        no header, is believed by it alone. A file that is cut off gives what it holds. Takes up to some
        seconds: call it from a thread, which it lets others run beside.
        Raises: AudioFileError for anything else, above 40 MiB, or above 40 minutes.
        """
        ...

    def ringback(self, country: str) -> Clip:
        """One period of the ringback tone of a country (ITU-T E.180), to be played in a loop.

        country: a value of Twilio's `<Dial ringTone>`: `us`, `uk`, `de`, `us-old` … Made anew at each call.
        Raises: ValueError for a name that Twilio does not list.
        """
        ...

    def beep(self) -> Clip:
        """The beep before a recording: half a second of 1000 Hz."""
        ...

    def hold_music(self) -> Clip:
        """One round of the music of those who wait: 16 s of soft bells, to be looped."""
        ...

    def close(self) -> None:
        """Close every port and stop the threads; events still queued are delivered first."""
        ...


class AudioFileError(ValueError):
    """A file cannot be played; its text says, for the account, what the file is or what is wrong with it."""


class NoFreePortError(Exception):
    """Every pair of `media_ports` is in use."""
