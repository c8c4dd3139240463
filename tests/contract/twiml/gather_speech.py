"""`<Gather>`'s attributes of speech: checked, and keys are gathered whatever they say (reference/twiml 4)."""

from typing import Final

from tests.contract.twiml.expectation import Ends, Request, asks
from tests.contract.twiml.row import Caller, Case, Level, Note, Press, Row, part

_STATE: Final = part("speech is not recognised")
_NOT_HEARD: Final = Note(13340, level=Level.ERROR)


def _row(attribute: str, case: Case, value: str | None, shows: str, *notes: Note, more: str = "") -> Row:
    written = "" if value is None else f' {attribute}="{value}"'
    return Row(
        verb="Gather",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f'<Gather action="next" numDigits="1"{more}{written}/>',
        expect=(asks(Request("next", {"Digits": "1"})), Ends()),
        caller=Caller((Press("1"),)),
        notes=notes,
        state=_STATE,
    )


def _checked(attribute: str, good: str, limit: tuple[str, str], bad: str, code: int) -> tuple[Row, ...]:
    """limit: a value, and what it shows."""
    return (
        _row(attribute, Case.ABSENT, None, "keys are gathered"),
        _row(attribute, Case.GIVEN, good, "is accepted, and keys are gathered"),
        _row(attribute, Case.LIMIT, limit[0], limit[1]),
        _row(attribute, Case.BAD, bad, "is noted, and keys are gathered", Note(code)),
    )


ROWS: Final = (
    _row("input", Case.GIVEN, "speech", "speech is noted, and keys are gathered", _NOT_HEARD),
    _row("input", Case.GIVEN, "speech dtmf", "so it is with both", _NOT_HEARD),
    *_checked("speechTimeout", "3", ("auto", "auto is accepted"), "0", 13327),
    _row(
        "speechTimeout",
        Case.BAD,
        "auto",
        "auto beside a speechModel is noted",
        Note(13335),
        more=' speechModel="phone_call"',
    ),
    *_checked("maxSpeechTime", "20", ("1", "one second is the shortest"), "-1", 13328),
    *_checked(
        "hints",
        "sales, support",
        (",".join(["word"] * 499 + ["w" * 100]), "500 hints, of 100 characters"),
        "w" * 101,
        13330,
    ),
    *_checked("language", "de-DE", ("de", "without a country"), "german!", 13331),
    *_checked("profanityFilter", "false", ("FALSE", "in any case of letters"), "no", 13333),
    *_checked("speechModel", "phone_call", ("deepgram_nova-3", "a model of a provider"), "best", 13334),
    *_checked("enhanced", "true", ("TRUE", "in any case of letters"), "very", 12200),
    *_checked("bargeIn", "false", ("FALSE", "in any case of letters"), "perhaps", 13332),
    *_checked("debug", "true", ("TRUE", "in any case of letters"), "much", 12200),
    *_checked("partialResultCallbackMethod", "GET", ("get", "in any case of letters"), "PUT", 13329),
    _row("partialResultCallback", Case.ABSENT, None, "nobody is told"),
    _row("partialResultCallback", Case.GIVEN, "news", "is accepted, and not asked"),
    _row(
        "partialResultCallback",
        Case.BAD,
        "ftp://files.test/",
        "is noted",
        Note(11100, level=Level.ERROR),
    ),
)
