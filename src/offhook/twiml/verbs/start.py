"""`<Start>`: begin something that runs on beside the document (reference/twiml 8).

The next verb follows at once. `action` and `method`, which the libraries alone know, are read and left. Where
the page is silent: several nouns are begun in their order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.connect.recording import StartRecording, read_recording
from offhook.twiml.connect.siprec import Siprec, read_siprec
from offhook.twiml.connect.stream import Stream, read_stream
from offhook.twiml.connect.transcription import Transcription, read_transcription
from offhook.twiml.element import Element
from offhook.twiml.problem import Level

INVALID_NESTED: Final = 14300

DECLARED: Final = (Attribute("action", TEXT, ""), Attribute("method", METHOD, "POST"))

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
    log.note_no_text(element)
    nouns: list[StartNoun] = []
    for child in element.elements:
        if (reader := READERS.get(child.name)) is None:
            log.note(INVALID_NESTED, child, f"<{child.name}> is not allowed in <Start>: skipped", Level.ERROR)
        elif (noun := reader(child, log)) is not None:
            nouns.append(noun)
    if not element.elements:
        log.note(INVALID_NESTED, element, "<Start> starts nothing", Level.ERROR)
    return Start(tuple(nouns), line=element.line, column=element.column)
