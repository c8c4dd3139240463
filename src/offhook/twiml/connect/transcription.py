"""`<Transcription>` below Start: what is said, told as text while it is said (reference/twiml 8.4).

Source: https://www.twilio.com/docs/voice/twiml/transcription. What the node's recogniser has no choice in
(`transcriptionEngine`, `speechModel`) is told as it was asked for. `intelligenceService` and what belongs to
conversations, which are services of Twilio's, are read and left; so are `Config` and `Parameter` inside.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    LANGUAGE,
    METHOD,
    TEXT,
    Attribute,
    ProblemLog,
    one_of,
    read_attributes,
    text_up_to,
)
from offhook.twiml.connect.nouns import MAX_NAME, NAME, StatusCallback, Track, status_callback
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.url import news_url

MAX_HINTS: Final = 500
INVALID: Final = 32650
ENGINES: Final = ("google", "deepgram")
INSIDE: Final = frozenset({"Config", "Parameter"})

CALLBACK: Final = news_url("statusCallbackUrl")
CALLBACK_METHOD: Final = Attribute("statusCallbackMethod", METHOD, "POST")
LANGUAGE_CODE: Final = Attribute("languageCode", LANGUAGE, "en-US")
TRACK: Final = Attribute("track", one_of(Track), Track.BOTH.value)
INBOUND_LABEL: Final = Attribute("inboundTrackLabel", text_up_to(MAX_NAME), "")
OUTBOUND_LABEL: Final = Attribute("outboundTrackLabel", text_up_to(MAX_NAME), "")
ENGINE: Final = Attribute("transcriptionEngine", TEXT, "google")
MODEL: Final = Attribute("speechModel", text_up_to(64), "telephony")
PROFANITY_FILTER: Final = Attribute("profanityFilter", BOOLEAN, default=True)
PARTIAL_RESULTS: Final = Attribute("partialResults", BOOLEAN, default=False)
PUNCTUATION: Final = Attribute("enableAutomaticPunctuation", BOOLEAN, default=True)
PROVIDER_DATA: Final = Attribute("enableProviderData", BOOLEAN, default=False)
HINTS: Final = Attribute("hints", TEXT, "")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    NAME,
    CALLBACK,
    CALLBACK_METHOD,
    LANGUAGE_CODE,
    TRACK,
    INBOUND_LABEL,
    OUTBOUND_LABEL,
    ENGINE,
    MODEL,
    PROFANITY_FILTER,
    PARTIAL_RESULTS,
    PUNCTUATION,
    PROVIDER_DATA,
    HINTS,
    Attribute("intelligenceService", TEXT, ""),
    Attribute("conversationConfiguration", TEXT, ""),
    Attribute("conversationId", TEXT, ""),
)


@dataclass(frozen=True, slots=True)
class Transcription:
    """Tell what is said from now on."""

    name: str | None = None
    """At most 256 characters, unique of its call; None is the Sid."""
    track: Track = Track.BOTH
    labels: tuple[str, str] = ("", "")
    """Of the inbound track, and of the outbound one; "" is none."""
    callback: StatusCallback | None = None
    language: str = "en-US"
    engine: str = "google"
    """As written; one that Twilio does not know fails (32650)."""
    model: str = "telephony"
    hints: tuple[str, ...] = ()
    profanity_filter: bool = True
    partial_results: bool = False
    punctuation: bool = True
    provider_data: bool = False
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_transcription(element: Element, log: ProblemLog) -> Transcription:
    """Called by Start."""
    log.note_no_text(element)
    for child in element.elements:
        if child.name not in INSIDE:
            text = f"<{child.name}> is not allowed in <{element.name}>: skipped"
            log.note(SCHEMA_WARNING, child, text)
    values = read_attributes(element, DECLARED, log)
    hints = tuple(hint.strip() for hint in values[HINTS].split(",") if hint.strip())
    return Transcription(
        name=values[NAME] or None,
        track=Track(values[TRACK]),
        labels=(values[INBOUND_LABEL], values[OUTBOUND_LABEL]),
        callback=status_callback(values, CALLBACK, CALLBACK_METHOD),
        language=values[LANGUAGE_CODE],
        engine=values[ENGINE],
        model=values[MODEL],
        hints=hints[:MAX_HINTS],
        profanity_filter=values[PROFANITY_FILTER],
        partial_results=values[PARTIAL_RESULTS],
        punctuation=values[PUNCTUATION],
        provider_data=values[PROVIDER_DATA],
        line=element.line,
        column=element.column,
    )
