"""`<Recording>` below Start: record the call beside the document (reference/twiml 8.3).

`recordingConfigurationId`, which the page names without a word, is read and left.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import TEXT, Attribute, ProblemLog, one_of, read_attributes
from offhook.twiml.connect.nouns import NAME
from offhook.twiml.element import Element
from offhook.twiml.recording_callback import DECLARED as RECORDING_CALLBACK
from offhook.twiml.recording_callback import RecordingCallback, recording_callback

TRIM: Final = Attribute("trim", one_of(("trim-silence", "do-not-trim")), "trim-silence")
TRACK: Final = Attribute("track", one_of(("inbound", "outbound", "both")), "both")
CHANNELS: Final = Attribute("channels", one_of(("mono", "dual")), "dual")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    NAME,
    *RECORDING_CALLBACK,
    TRIM,
    TRACK,
    CHANNELS,
    Attribute("recordingConfigurationId", TEXT, ""),
)


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the call from now on."""

    name: str | None = None
    """At most 256 characters, unique of its call; None: its Sid alone stops it."""
    track: str = "both"
    """`inbound` (the caller), `outbound` (what the caller hears) or `both`."""
    channels: str = "dual"
    """`mono` or `dual`; a single track makes one channel."""
    trim: bool = True
    """Whether silence at its beginning and end is cut off."""
    callback: RecordingCallback | None = None
    """Who hears what became of it."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_recording(element: Element, log: ProblemLog) -> StartRecording:
    """Called by Start."""
    log.note_no_content(element)
    values = read_attributes(element, DECLARED, log)
    return StartRecording(
        name=values[NAME] or None,
        track=values[TRACK],
        channels=values[CHANNELS],
        trim=values[TRIM] == "trim-silence",
        callback=recording_callback(element, values),
        line=element.line,
        column=element.column,
    )
