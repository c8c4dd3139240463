"""`<Play>`: how long a file is heard, which keys are, and what ends the document (reference/twiml 3.2)."""

from typing import Final

from offhook.verbs.runner import ERROR_SENTENCE
from tests.contract.twiml.expectation import Ends, Expectations, HearsKeys, HearsSaid, asks, hears, tone
from tests.contract.twiml.row import Caller, Case, Level, Note, Row

FILE: Final = "/tone/620/1"
AFTER: Final = "<Play>/tone/440/1</Play>"


def _row(
    attribute: str,
    case: Case,
    play: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    stays_s: float = 50.0,
) -> Row:
    return Row(
        verb="Play",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"{play}{AFTER}",
        expect=(asks(), *expect),
        caller=Caller(stays_s=stays_s),
        notes=notes,
    )


def _heard(seconds: float) -> Expectations:
    """The file for so long, at once followed by the other."""
    return (hears(tone(0, seconds + 1, 620, 440)), Ends(seconds + 1))


_KEYS_IGNORED: Final[Expectations] = (HearsKeys(""), hears(tone(0, 1, 440)), Ends(1))
_FATAL: Final[Expectations] = (HearsSaid(ERROR_SENTENCE), Ends())

_BAD_LOOP: Final = Note(13410)
_BAD_KEYS: Final = Note(13430)

ROWS: Final = (
    _row("loop", Case.ABSENT, f"<Play>{FILE}</Play>", "once", _heard(1)),
    _row("loop", Case.GIVEN, f'<Play loop="2">{FILE}</Play>', "twice, without a gap", _heard(2)),
    _row(
        "loop",
        Case.LIMIT,
        f'<Play loop="0">{FILE}</Play>',
        "zero is until hang-up",
        (hears(tone(0, 4, 620)), Ends(by_caller=True)),
        stays_s=4.3,
    ),
    _row(
        "loop",
        Case.LIMIT,
        f'<Play loop="5000">{FILE}</Play>',
        "many are taken for a thousand, without a word",
        (hears(tone(0, 4, 620)), Ends(by_caller=True)),
        stays_s=4.3,
    ),
    _row("loop", Case.BAD, f'<Play loop="-1">{FILE}</Play>', "is refused: once", _heard(1), Note(13410)),
    _row("loop", Case.BAD, f'<Play loop="1.5">{FILE}</Play>', "a half is refused", _heard(1), _BAD_LOOP),
    _row(
        "loop",
        Case.GIVEN,
        '<Play digits="12" loop="2"/>',
        "keys as well",
        (HearsKeys("1212"), hears(tone(0.8, 1, 440)), Ends(1.8)),
    ),
    _row(
        "digits",
        Case.ABSENT,
        "<Play/>",
        "with no file either, it fails when it is reached",
        _FATAL,
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
    _row(
        "digits",
        Case.GIVEN,
        '<Play digits="1w2WW3"/>',
        "w waits half a second, W a whole one",
        (HearsKeys("123", last_at_s=2.9), hears(tone(3.1, 1, 440)), Ends(4.1)),
    ),
    _row(
        "digits",
        Case.LIMIT,
        '<Play digits="0123456789ABCD*#"/>',
        "every key there is",
        (HearsKeys("0123456789ABCD*#"), hears(tone(3.2, 1, 440)), Ends(4.2)),
    ),
    _row(
        "digits",
        Case.LIMIT,
        f'<Play digits="7">{FILE}</Play>',
        "of a file and keys the keys are sent",
        (HearsKeys("7"), hears(tone(0.2, 1, 440)), Ends(1.2)),
        Note(12200),
    ),
    _row("digits", Case.BAD, '<Play digits="12x"/>', "is skipped", _KEYS_IGNORED, _BAD_KEYS),
    _row(
        "digits", Case.BAD, f'<Play digits="1-2">{FILE}</Play>', "the file is played", _heard(1), Note(13430)
    ),
    Row(
        verb="Play",
        attribute="digits",
        case=Case.BAD,
        shows="inside Gather they are ignored",
        document=f'<Gather action="next" timeout="1"><Play digits="1">{FILE}</Play></Gather>',
        expect=(asks(), HearsKeys(""), hears(tone(0, 1, 620)), Ends(2)),
        notes=(Note(12200),),
    ),
    _row(
        "content",
        Case.BAD,
        "<Play>/text</Play>",
        "what is no audio ends the document",
        _FATAL,
        Note(13420, at=None, level=Level.ERROR),
    ),
    _row(
        "content",
        Case.BAD,
        "<Play>/nowhere</Play>",
        "what is not there ends the document",
        _FATAL,
        Note(11200, at=None, level=Level.ERROR),
    ),
    _row(
        "content",
        Case.BAD,
        "<Play>ftp://files.test/a.wav</Play>",
        "what is no web address ends the document when it is reached",
        _FATAL,
        Note(11100, level=Level.ERROR),
        Note(11100, at=None, level=Level.ERROR),
    ),
    _row("content", Case.GIVEN, f"<Play>\n  {FILE}\n</Play>", "blanks around it do not count", _heard(1)),
    Row(
        verb="Play",
        attribute="content",
        case=Case.BAD,
        shows="what is no audio has a code of its own inside Gather",
        document='<Gather action="next"><Play>/text</Play></Gather>',
        expect=(asks(), *_FATAL),
        notes=(Note(13325, at=None, level=Level.ERROR),),
    ),
)
