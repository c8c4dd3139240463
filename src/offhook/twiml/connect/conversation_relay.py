"""`<ConversationRelay>`: a conversation by text with an application (reference/twiml 10.1).

What a caller says goes to a WebSocket as words, and words that come from there are spoken. A bad value is
noted as 64101, Twilio's code for it, and its default is used; a URL that cannot be one is 64102, and the
session fails with it when it is to begin. Names of providers and of their models are read, and what is here
takes their place. Attributes that the helper libraries alone know are read and left.
Source: https://www.twilio.com/docs/voice/twiml/connect/conversationrelay (read 2026-11).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    LANGUAGE,
    TEXT,
    Attribute,
    AttributeValues,
    Kind,
    ProblemLog,
    one_of,
    read_attributes,
    text_up_to,
    words_of,
)
from offhook.twiml.connect.stream_url import stream_url_fault
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, add_parameter
from offhook.twiml.problem import SCHEMA_WARNING, Level

BAD_VALUE: Final = 64101
CANNOT_CONNECT: Final = 64102
MULTI: Final = "multi"
"""Any language, by whichever is spoken."""
MAX_GREETING: Final = 4_096
MAX_VOICE: Final = 128
MAX_HINTS: Final = 500
MAX_HINT: Final = 100
MAX_LANGUAGES: Final = 50
"""Of one noun. Ours."""
SPEECH_TIMEOUT_MS: Final = (600, 5_000)

_INTERRUPTIONS: Final = ("none", "dtmf", "speech", "any")


def _read_interruption(text: str) -> str | None:
    word = {"true": "any", "false": "none"}.get(text.lower(), text.lower())
    return word if word in _INTERRUPTIONS else None


def _read_language(text: str) -> str | None:
    return MULTI if text.lower() == MULTI else LANGUAGE.read(text)


def _read_hints(text: str) -> tuple[str, ...] | None:
    hints = tuple(hint.strip() for hint in text.split(",") if hint.strip())
    return hints if len(hints) <= MAX_HINTS and all(len(hint) <= MAX_HINT for hint in hints) else None


def _read_speech_timeout(text: str) -> int | None:
    """Milliseconds; 0 is auto."""
    if text.lower() == "auto":
        return 0
    low, high = SPEECH_TIMEOUT_MS
    return int(text) if text.isascii() and text.isdigit() and low <= int(text[:6]) <= high else None


def _relay(name: str, kind: Kind[Any], default: Any) -> Attribute[Any]:
    return Attribute(name, kind, default, BAD_VALUE, Level.ERROR)


_INTERRUPTION: Final = Kind("none, dtmf, speech or any", _read_interruption)
_LANGUAGE: Final = Kind("a language such as en-US, or multi", _read_language)
_HINTS: Final = Kind(f"at most {MAX_HINTS} hints of {MAX_HINT} characters", _read_hints)
_EVENTS: Final = words_of(("debugging", "speaker-events", "tokens-played"))

URL: Final = Attribute("url", TEXT, "")
WELCOME_GREETING: Final = _relay("welcomeGreeting", text_up_to(MAX_GREETING), "")
WELCOME_INTERRUPTIBLE: Final = _relay("welcomeGreetingInterruptible", _INTERRUPTION, "any")
LANGUAGE_OF_BOTH: Final = _relay("language", _LANGUAGE, "en-US")
TTS_LANGUAGE: Final = _relay("ttsLanguage", _LANGUAGE, "")
TRANSCRIPTION_LANGUAGE: Final = _relay("transcriptionLanguage", _LANGUAGE, "")
TTS_PROVIDER: Final = _relay("ttsProvider", one_of(("ElevenLabs", "Google", "Amazon")), "ElevenLabs")
VOICE: Final = _relay("voice", text_up_to(MAX_VOICE), "")
TRANSCRIPTION_PROVIDER: Final = _relay("transcriptionProvider", one_of(("Deepgram", "Google")), "Deepgram")
SPEECH_MODEL: Final = _relay("speechModel", text_up_to(MAX_VOICE), "")
INTERRUPTIBLE: Final = _relay("interruptible", _INTERRUPTION, "any")
SENSITIVITY: Final = _relay("interruptSensitivity", one_of(("low", "medium", "high")), "high")
DTMF_DETECTION: Final = _relay("dtmfDetection", BOOLEAN, default=False)
REPORTED: Final = _relay("reportInputDuringAgentSpeech", _INTERRUPTION, "none")
PREEMPTIBLE: Final = _relay("preemptible", BOOLEAN, default=False)
HINTS: Final = _relay("hints", _HINTS, ())
DEBUG: Final = _relay("debug", _EVENTS, frozenset())
EVENTS: Final = _relay("events", _EVENTS, frozenset())
PARTIAL_PROMPTS: Final = _relay("partialPrompts", BOOLEAN, default=False)
IGNORE_BACKCHANNEL: Final = _relay("ignoreBackchannel", BOOLEAN, default=False)
PROFANITY_FILTER: Final = _relay("profanityFilter", BOOLEAN, default=False)
SPEECH_TIMEOUT: Final = _relay("speechTimeout", Kind("600 to 5000 ms, or auto", _read_speech_timeout), 0)

ACTED_ON: Final[tuple[Attribute[Any], ...]] = (
    *(URL, WELCOME_GREETING, WELCOME_INTERRUPTIBLE, LANGUAGE_OF_BOTH, TTS_LANGUAGE, TRANSCRIPTION_LANGUAGE),
    *(TTS_PROVIDER, VOICE, TRANSCRIPTION_PROVIDER, SPEECH_MODEL, INTERRUPTIBLE, SENSITIVITY),
    *(DTMF_DETECTION, REPORTED, PREEMPTIBLE, HINTS, DEBUG, EVENTS, PARTIAL_PROMPTS, IGNORE_BACKCHANNEL),
    *(PROFANITY_FILTER, SPEECH_TIMEOUT),
)
LEFT: Final[tuple[Attribute[Any], ...]] = (
    _relay("deepgramSmartFormat", BOOLEAN, default=True),
    _relay("backgroundNoiseReduction", BOOLEAN, default=False),
    _relay("elevenlabsTextNormalization", one_of(("on", "auto", "off")), "off"),
    *(
        Attribute(name, TEXT, "")
        for name in (
            "applicationReconnect",
            "asrSmartFormat",
            "conversationConfiguration",
            "conversationId",
            "customerName",
            "eagerEotThreshold",
            "echoPromptFiltering",
            "eotThreshold",
            "eotTimeoutMs",
            "includeInPrompt",
            "intelligenceService",
            "partialPromptOnHangup",
            "ttsTextNormalization",
            "turnDetection",
        )
    ),
)
"""Checked where Twilio says what they may be, and left: they are its services' own."""

CODE: Final[Attribute[str]] = Attribute("code", _LANGUAGE, "", BAD_VALUE, Level.ERROR)
OF_LANGUAGE: Final[tuple[Attribute[Any], ...]] = (
    *(CODE, TTS_PROVIDER, VOICE, TRANSCRIPTION_PROVIDER, SPEECH_MODEL, HINTS),
)


@dataclass(frozen=True, slots=True)
class RelayLanguage:
    """How one language is spoken and understood."""

    code: str
    """BCP 47 tag as written, or `multi`."""
    tts_provider: str = "ElevenLabs"
    voice: str = ""
    """As the provider names it; empty is the node's own."""
    speech_model: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationRelay:
    """Talk with an application by text. The words of Twilio's attributes, defaults included."""

    url: str
    """As written; `stream_url_fault` says whether it can be one."""
    welcome_greeting: str = ""
    welcome_interruptible: str = "any"
    """`none`, `dtmf`, `speech` or `any`, as below."""
    tts_language: str = "en-US"
    transcription_language: str = "en-US"
    tts_provider: str = "ElevenLabs"
    voice: str = ""
    """As the provider names it; empty is the node's own."""
    speech_model: str = ""
    interruptible: str = "any"
    sensitivity: str = "high"
    """`low`, `medium` or `high`."""
    dtmf_detection: bool = False
    reported: str = "none"
    preemptible: bool = False
    hints: tuple[str, ...] = ()
    events: frozenset[str] = frozenset()
    """`debugging`, `speaker-events`, `tokens-played`."""
    partial_prompts: bool = False
    ignore_backchannel: bool = False
    profanity_filter: bool = False
    speech_timeout_ms: int = 0
    """600 to 5,000; 0 is the recogniser's choice."""
    languages: tuple[RelayLanguage, ...] = ()
    parameters: Parameters = ()
    """Custom parameters, in order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)

    def spoken(self, language: str) -> RelayLanguage:
        """How a language is spoken and understood: as its own child says, else as the noun does."""
        for each in self.languages:
            if each.code.lower() == language.lower():
                return each
        return RelayLanguage(language, self.tts_provider, self.voice, self.speech_model, self.hints)


def read_conversation_relay(element: Element, log: ProblemLog) -> ConversationRelay:
    """Called by Connect."""
    values = read_attributes(element, (*ACTED_ON, *LEFT), log)
    fault = stream_url_fault(values[URL])
    if fault is not None:
        log.note(CANNOT_CONNECT, element, f"<{element.name} url> {fault[1]}: the session fails", Level.ERROR)
    languages, parameters = _read_children(element, log)
    both = values[LANGUAGE_OF_BOTH]
    return ConversationRelay(
        url=values[URL],
        welcome_greeting=values[WELCOME_GREETING],
        welcome_interruptible=values[WELCOME_INTERRUPTIBLE],
        tts_language=values[TTS_LANGUAGE] or both,
        transcription_language=values[TRANSCRIPTION_LANGUAGE] or both,
        tts_provider=values[TTS_PROVIDER],
        voice=values[VOICE],
        speech_model=values[SPEECH_MODEL],
        interruptible=values[INTERRUPTIBLE],
        sensitivity=values[SENSITIVITY],
        dtmf_detection=values[DTMF_DETECTION],
        reported=values[REPORTED],
        preemptible=values[PREEMPTIBLE],
        hints=values[HINTS],
        events=values[EVENTS] | values[DEBUG],
        partial_prompts=values[PARTIAL_PROMPTS],
        ignore_backchannel=values[IGNORE_BACKCHANNEL],
        profanity_filter=values[PROFANITY_FILTER],
        speech_timeout_ms=values[SPEECH_TIMEOUT],
        languages=languages,
        parameters=parameters,
        line=element.line,
        column=element.column,
    )


def _read_children(element: Element, log: ProblemLog) -> tuple[tuple[RelayLanguage, ...], Parameters]:
    log.note_no_text(element)
    languages: list[RelayLanguage] = []
    parameters: list[tuple[str, str]] = []
    for child in element.elements:
        match child.name:
            case "Parameter":
                add_parameter(child, parameters, log)
            case "Language":
                _add_language(child, languages, log)
            case _:
                message = f"<{child.name}> is not allowed in <{element.name}>: skipped"
                log.note(SCHEMA_WARNING, child, message)
    return tuple(languages), tuple(parameters)


def _add_language(element: Element, languages: list[RelayLanguage], log: ProblemLog) -> None:
    log.note_no_content(element)
    values: AttributeValues = read_attributes(element, OF_LANGUAGE, log)
    if not values[CODE]:
        log.note(BAD_VALUE, element, "<Language> has no code: skipped")
    elif len(languages) == MAX_LANGUAGES:
        log.note(BAD_VALUE, element, f"more than {MAX_LANGUAGES} languages: skipped")
    else:
        language = RelayLanguage(
            values[CODE], values[TTS_PROVIDER], values[VOICE], values[SPEECH_MODEL], values[HINTS]
        )
        languages.append(language)
