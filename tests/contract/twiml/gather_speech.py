"""`<Gather>`'s attributes of speech: what a caller says is what the action is told (reference/twiml 4).

The caller speaks in another voice than the node's.
"""

from typing import Final

from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Ends,
    Expectations,
    Parameters,
    Request,
    Tells,
    Words,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import Act, Caller, Case, Level, Note, Press, Row, Speak, Wait, part

SENTENCE: Final = "I would like to talk to a person"
ANOTHER: Final = "I want to change my password"
LONG: Final = "I would like to know when the shop opens tomorrow"
HINTED: Final = "I would like to speak to the billing department please"
"""Without a hint another department is understood."""
SWEARS: Final = "This fucking computer does not work"
MASKED: Final = "This f****** computer does not work"
NEWS: Final = "news"

_HEARD: Final[Parameters] = {
    "SpeechResult": Words(SENTENCE),
    "Confidence": ANY,
    "Digits": ABSENT,
    "CallStatus": "in-progress",
}
_SAYS: Final[tuple[Act, ...]] = (Wait(0.3), Speak(SENTENCE))
_SAYS_MORE: Final = (Wait(0.3), Speak(f"{SENTENCE} and {ANOTHER} and {LONG}"))
"""So long that the recogniser has a moment for what is understood so far, although others speak as well."""


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    does: tuple[Act, ...] = _SAYS,
    inside: str = "",
    lasts_s: float = 9.0,
) -> Row:
    return Row(
        verb="Gather",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f'<Gather action="next" {written}>{inside}</Gather><Play>/tone/440/1</Play>',
        expect=expect,
        caller=Caller(does),
        notes=notes,
        lasts_s=lasts_s,
    )


def _understood() -> Expectations:
    """The action is told the sentence, and nothing is heard."""
    return (asks(Request("next", _HEARD)), hears(), Ends())


def _told(words: str) -> Expectations:
    """The action is told other words."""
    return (asks(Request("next", {**_HEARD, "SpeechResult": Words(words)})), hears(), Ends())


def _twice(pause_s: float) -> tuple[Act, ...]:
    """Two sentences, and a pause between them."""
    return (Wait(0.3), Speak(SENTENCE), Wait(pause_s), Speak(ANOTHER))


_BOTH: Final = 'input="dtmf speech" numDigits="1" speechTimeout="auto"'
_PRESSES: Final[tuple[Act, ...]] = (Press("1"),)
_KEY: Final[Expectations] = (asks(Request("next", {"Digits": "1"})), hears(), Ends())
"""What is noted and not used need not be spoken to: a key ends it."""
_AUTO: Final = 'input="speech" speechTimeout="auto"'

_INPUT: Final = (
    _row("input", Case.GIVEN, _AUTO, "speech is understood", _understood()),
    _row(
        "input",
        Case.GIVEN,
        'input="dtmf speech" speechTimeout="auto"',
        "with both, speech that comes first wins",
        _understood(),
        does=(*_SAYS, Press("#")),
    ),
    _row(
        "input",
        Case.GIVEN,
        'input="speech dtmf" numDigits="2"',
        "with both, keys that come first win",
        (asks(Request("next", {"Digits": "42", "SpeechResult": ABSENT})), hears(), Ends()),
        does=(Press("42"), Speak(SENTENCE)),
    ),
    _row(
        "input",
        Case.GIVEN,
        'input="speech" timeout="3"',
        "with speech alone keys are left alone, and silence falls through",
        (asks(), hears(tone(3, 1, 440)), Ends()),
        does=(Press("1"),),
    ),
)

_TIMES: Final = (
    _row(
        "speechTimeout",
        Case.ABSENT,
        'input="speech" timeout="3"',
        "three seconds of silence, as of the timeout",
        _told(f"{SENTENCE} {ANOTHER}"),
        does=_twice(1.5),
        lasts_s=12.0,
    ),
    _row(
        "speechTimeout",
        Case.GIVEN,
        'input="speech" speechTimeout="1"',
        "one second of silence ends it",
        _understood(),
        does=_twice(2.5),
    ),
    _row(
        "speechTimeout",
        Case.LIMIT,
        _AUTO,
        "auto ends at the first pause",
        _understood(),
        does=_twice(2.5),
    ),
    _row(
        "speechTimeout",
        Case.BAD,
        'input="speech" timeout="2" speechTimeout="0"',
        "zero is refused, the timeout instead",
        _understood(),
        Note(13327),
    ),
    _row(
        "speechTimeout",
        Case.BAD,
        f'{_AUTO} timeout="2" speechModel="phone_call"',
        "auto beside a speechModel is noted, the timeout instead",
        _understood(),
        Note(13335),
    ),
    _row(
        "maxSpeechTime",
        Case.ABSENT,
        'input="speech" timeout="2"',
        "no speech of this length is cut off",
        _understood(),
    ),
    _row(
        "maxSpeechTime",
        Case.GIVEN,
        'input="speech" maxSpeechTime="2"',
        "after two seconds what was said so far counts",
        _told("I would like ..."),
        does=(Wait(0.3), Speak(LONG)),
    ),
    _row(
        "maxSpeechTime",
        Case.LIMIT,
        'input="speech" timeout="2" maxSpeechTime="61"',
        "a minute is the longest",
        _understood(),
    ),
    _row(
        "maxSpeechTime",
        Case.BAD,
        'input="dtmf speech" numDigits="1" timeout="2" maxSpeechTime="-1"',
        "a negative one is refused, a minute instead",
        _KEY,
        Note(13328),
        does=_PRESSES,
    ),
    _row(
        "bargeIn",
        Case.ABSENT,
        _AUTO,
        "speech silences the prompt",
        (asks(Request("next", _HEARD)), Ends()),
        inside="<Play>/tone/620/30</Play>",
    ),
    _row(
        "bargeIn",
        Case.GIVEN,
        f'{_AUTO} bargeIn="false"',
        "the prompt is heard to its end, and only then the caller",
        (asks(Request("next", _HEARD)), hears(tone(0, 3, 620)), Ends()),
        inside="<Play>/tone/620/3</Play>",
        does=(Wait(0.3), Speak("No"), Wait(4), Speak(SENTENCE)),
        lasts_s=14.0,
    ),
    _row(
        "bargeIn",
        Case.LIMIT,
        f'{_AUTO} bargeIn="TRUE"',
        "in any case of letters",
        (asks(Request("next", _HEARD)), Ends()),
        inside="<Play>/tone/620/30</Play>",
    ),
    _row(
        "bargeIn",
        Case.BAD,
        f'{_AUTO} bargeIn="perhaps"',
        "is refused, true instead",
        (asks(Request("next", _HEARD)), Ends()),
        Note(13332),
        inside="<Play>/tone/620/30</Play>",
    ),
)

_WORDS: Final = (
    _row("hints", Case.ABSENT, _AUTO, "none are needed", _understood()),
    _row(
        "hints",
        Case.GIVEN,
        f'{_AUTO} hints="billing department, sales"',
        "words that are likely are understood",
        _told(HINTED),
        does=(Wait(0.3), Speak(HINTED)),
    ),
    _row(
        "hints",
        Case.LIMIT,
        f'{_AUTO} hints="{",".join(["word"] * 499 + ["w" * 100])}"',
        "500 hints, of 100 characters",
        (asks(Request("next", {"SpeechResult": ANY})), hears(), Ends()),
    ),
    _row(
        "hints",
        Case.BAD,
        f'{_BOTH} hints="{"w" * 101}"',
        "are refused, none instead",
        _KEY,
        Note(13330),
        does=_PRESSES,
    ),
    _row("language", Case.ABSENT, _AUTO, "en-US", _understood()),
    _row("language", Case.GIVEN, f'{_AUTO} language="en-GB"', "English of another country", _understood()),
    _row(
        "language",
        Case.LIMIT,
        f'{_AUTO} language="de"',
        "one that the embedded recogniser does not know is noted, and English is heard",
        _understood(),
        Note(13331, at=None, says="de is heard as en-US"),
    ),
    _row(
        "language",
        Case.BAD,
        f'{_BOTH} language="german!"',
        "is refused, en-US instead",
        _KEY,
        Note(13331),
        does=_PRESSES,
    ),
    _row(
        "profanityFilter",
        Case.ABSENT,
        _AUTO,
        "swear words are masked",
        _told(MASKED),
        does=(Wait(0.3), Speak(SWEARS)),
    ),
    _row(
        "profanityFilter",
        Case.GIVEN,
        f'{_AUTO} profanityFilter="false"',
        "they are told as they are",
        _told(SWEARS),
        does=(Wait(0.3), Speak(SWEARS)),
    ),
    _row(
        "profanityFilter",
        Case.LIMIT,
        f'{_AUTO} profanityFilter="FALSE"',
        "in any case of letters",
        _told(SWEARS),
        does=(Wait(0.3), Speak(SWEARS)),
    ),
    _row(
        "profanityFilter",
        Case.BAD,
        f'{_AUTO} profanityFilter="no"',
        "is refused, and they are masked",
        _told(MASKED),
        Note(13333),
        does=(Wait(0.3), Speak(SWEARS)),
    ),
)

_PARTIAL: Final[Parameters] = {
    "UnstableSpeechResult": Words("I ..."),
    "StableSpeechResult": ANY,
    "Stability": ANY,
    "SequenceNumber": "0",
    "CallStatus": "in-progress",
}


def _first_partial(method: str) -> Expectations:
    return (*_told("I would like to talk ..."), Tells(NEWS, (Request(NEWS, _PARTIAL, method),), further=True))


_PARTIALS: Final = (
    _row("partialResultCallback", Case.ABSENT, _AUTO, "nobody is told", (*_understood(), Tells(NEWS, ()))),
    _row(
        "partialResultCallback",
        Case.GIVEN,
        f'{_AUTO} partialResultCallback="{NEWS}"',
        "is told what is understood so far",
        _first_partial("POST"),
        does=_SAYS_MORE,
        lasts_s=14.0,
    ),
    _row(
        "partialResultCallback",
        Case.BAD,
        f'{_BOTH} partialResultCallback="ftp://files.test/"',
        "is noted",
        _KEY,
        Note(11100, level=Level.ERROR),
        does=_PRESSES,
    ),
    _row(
        "partialResultCallbackMethod",
        Case.ABSENT,
        f'{_AUTO} partialResultCallback="{NEWS}" timeout="4"',
        "POST",
        _first_partial("POST"),
        does=_SAYS_MORE,
        lasts_s=14.0,
    ),
    _row(
        "partialResultCallbackMethod",
        Case.GIVEN,
        f'{_AUTO} partialResultCallback="{NEWS}" partialResultCallbackMethod="GET"',
        "GET",
        _first_partial("GET"),
        does=_SAYS_MORE,
        lasts_s=14.0,
    ),
    _row(
        "partialResultCallbackMethod",
        Case.LIMIT,
        f'{_AUTO} partialResultCallback="{NEWS}" partialResultCallbackMethod="get"',
        "in any case of letters",
        _first_partial("GET"),
        does=_SAYS_MORE,
        lasts_s=14.0,
    ),
    _row(
        "partialResultCallbackMethod",
        Case.BAD,
        f'{_AUTO} partialResultCallback="{NEWS}" partialResultCallbackMethod="PUT"',
        "is refused, POST instead",
        _first_partial("POST"),
        Note(13329),
        does=_SAYS_MORE,
        lasts_s=14.0,
    ),
)


def _checked(attribute: str, good: str, limit: tuple[str, str], bad: str, code: int) -> tuple[Row, ...]:
    """An attribute that asks for what no recogniser here can do otherwise: keys show that it is checked."""
    state = part("checked; the recogniser of the node is the same")

    def row(case: Case, value: str | None, shows: str, *notes: Note) -> Row:
        written = "" if value is None else f' {attribute}="{value}"'
        return Row(
            verb="Gather",
            attribute=attribute,
            case=case,
            shows=shows,
            document=f'<Gather action="next" numDigits="1"{written}/>',
            expect=(asks(Request("next", {"Digits": "1"})), Ends()),
            caller=Caller((Press("1"),)),
            notes=notes,
            state=state,
        )

    return (
        row(Case.ABSENT, None, "the default"),
        row(Case.GIVEN, good, "is accepted"),
        row(Case.LIMIT, limit[0], limit[1]),
        row(Case.BAD, bad, "is noted", Note(code)),
    )


_MODELS: Final = (
    *_checked("speechModel", "phone_call", ("deepgram_nova-3", "a model of a provider"), "best", 13334),
    *_checked("enhanced", "true", ("TRUE", "in any case of letters"), "very", 12200),
    *_checked("debug", "true", ("TRUE", "in any case of letters"), "much", 12200),
)

ROWS: Final = (*_INPUT, *_TIMES, *_WORDS, *_PARTIALS, *_MODELS)
