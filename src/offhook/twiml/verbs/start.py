"""`<Start>`: begin something that runs on beside the document (reference/twiml 8).

The next verb follows at once. Where the page is silent: several nouns are begun in their order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.connect.nouns import LEFT, nouns_in
from offhook.twiml.connect.recording import StartRecording, read_recording
from offhook.twiml.connect.siprec import Siprec, read_siprec
from offhook.twiml.connect.stream import Stream, read_stream
from offhook.twiml.connect.transcription import Transcription, read_transcription
from offhook.twiml.element import Element

DECLARED: Final = LEFT

StartNoun = Siprec | Stream | StartRecording | Transcription

READERS: Final = MappingProxyType[str, Callable[[Element, ProblemLog], StartNoun | None]](
    {
        "Recording": read_recording,
        "Siprec": read_siprec,
        "Stream": read_stream,
        "Transcription": read_transcription,
    }
)
"""Each noun's reader; None where it is dropped, which the reader has noted."""


@dataclass(frozen=True, slots=True)
class Start:
    """Begin what its nouns say."""

    nouns: tuple[StartNoun, ...]
    """In document order; empty when there is none that can be run, which was noted."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_start(element: Element, log: ProblemLog) -> Start:
    """Called by the parser."""
    read_attributes(element, DECLARED, log)
    inside = nouns_in(element, READERS, "starts nothing", log)
    nouns = tuple(noun for child in inside if (noun := READERS[child.name](child, log)) is not None)
    return Start(nouns, line=element.line, column=element.column)
