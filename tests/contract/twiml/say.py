"""`<Say>`: what is spoken, how often, and which texts are not (reference/twiml 3.1). SSML is in `ssml.py`."""

from typing import Final

from tests.contract.twiml.expectation import (
    Ends,
    Expectations,
    HearsSaid,
    HearsSpeech,
    asks,
    hears,
    tone,
)
from tests.contract.twiml.row import Caller, Case, Note, Row

TEXT: Final = "The parcel has arrived."
ONCE: Final[Expectations] = (asks(), HearsSaid(TEXT), Ends())
AFTER: Final = "<Play>/tone/440/1</Play>"


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *notes: Note,
    expect: Expectations = ONCE,
) -> Row:
    return Row(
        verb="Say",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Say{written}>{TEXT}</Say>",
        expect=expect,
        notes=notes,
    )


def _by(voice: str, language: str = "en-US") -> Expectations:
    return (asks(), HearsSaid(TEXT, voice=voice, language=language), Ends())


def _twice() -> Expectations:
    return (asks(), HearsSaid(TEXT, times=2), Ends())


def _until_hang_up(attribute: str, case: Case, written: str, shows: str) -> Row:
    return Row(
        verb="Say",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Say {written}>{TEXT}</Say><Redirect>next</Redirect>",
        expect=(asks(), HearsSpeech(at_least_s=4), Ends(8, by_caller=True)),
        caller=Caller(stays_s=8.2),
        lasts_s=8,
    )


def _in_gather(attribute: str, written: str, code: int) -> Row:
    return Row(
        verb="Say",
        attribute=attribute,
        case=Case.BAD,
        shows="inside Gather it has a code of its own",
        document=f'<Gather action="next" timeout="1"><Say {written}>{TEXT}</Say></Gather>',
        expect=(asks(), HearsSaid(TEXT), Ends()),
        notes=(Note(code),),
    )


def _text(
    case: Case, text: str, shows: str, *notes: Note, expect: Expectations, stays_s: float = 50.0
) -> Row:
    return Row(
        verb="Say",
        attribute="content",
        case=case,
        shows=shows,
        document=f"<Say>{text}</Say>{AFTER}",
        expect=expect,
        caller=Caller(stays_s=stays_s),
        notes=notes,
    )


_SKIPPED: Final[Expectations] = (asks(), hears(tone(0, 1, 440)), Ends(1))

ROWS: Final = (
    _row("voice", Case.ABSENT, "", "the voice of the node"),
    _row("voice", Case.GIVEN, ' voice="woman"', "a woman's voice"),
    _row("voice", Case.GIVEN, ' voice="man"', "a man's voice", expect=_by("man")),
    _row("voice", Case.GIVEN, ' voice="Polly.Joanna-Neural"', "a woman of Polly's"),
    _row("voice", Case.GIVEN, ' voice="Polly.Matthew"', "a man of Polly's", expect=_by("man")),
    _row("voice", Case.GIVEN, ' voice="Google.en-US-Standard-B"', "a man of Google's", expect=_by("man")),
    _row("voice", Case.GIVEN, ' voice="Polly.Hans"', "speaks its language", expect=_by("man", "de-DE")),
    _row("voice", Case.LIMIT, ' voice="ALICE"', "in any case of letters"),
    _row("voice", Case.BAD, ' voice="robot"', "an unknown name is spoken all the same", Note(13511)),
    _row(
        "voice",
        Case.BAD,
        ' voice="Polly.Nobody"',
        "so is an unknown one of Polly's",
        Note(13511, at=None, says="no voice Polly.Nobody"),
    ),
    _row(
        "voice",
        Case.BAD,
        ' voice="Polly.Amy" language="de-DE"',
        "the language wins where they do not fit",
        Note(13511, at=None, says="does not speak de-DE"),
        expect=_by("woman", "de-DE"),
    ),
    _in_gather("voice", 'voice="robot"', 13321),
    _row("language", Case.ABSENT, "", "American English"),
    _row("language", Case.GIVEN, ' language="en-GB"', "another English is spoken as that"),
    _row("language", Case.GIVEN, ' language="fr-FR"', "a voice of that language", expect=_by("", "fr-FR")),
    _row("language", Case.LIMIT, ' language="cmn-Hans-CN"', "three parts", expect=_by("", "cmn-Hans-CN")),
    _row("language", Case.BAD, ' language="german!"', "is spoken all the same", Note(13511)),
    _row(
        "language",
        Case.BAD,
        ' language="zz-ZZ"',
        "one that nothing speaks is read as English",
        Note(13511, at=None, says="nothing here speaks zz-ZZ"),
    ),
    _row("loop", Case.ABSENT, "", "once"),
    _row("loop", Case.GIVEN, ' loop="2"', "twice", expect=_twice()),
    _until_hang_up("loop", Case.LIMIT, 'loop="0"', "zero is until hang-up"),
    _until_hang_up("loop", Case.LIMIT, 'loop="100000"', "many are taken for a thousand, without a word"),
    _row("loop", Case.BAD, ' loop="-1"', "is refused, once instead", Note(13510)),
    _row("loop", Case.BAD, ' loop="twice"', "a word is refused, once instead", Note(13510)),
    _in_gather("loop", 'loop="many"', 13322),
    _text(
        Case.GIVEN,
        "\n  The parcel\n  has arrived.\n",
        "blanks and line ends are one space",
        expect=(asks(), HearsSpeech(at_least_s=1.5), Ends()),
    ),
    _text(Case.ABSENT, "", "an empty one is skipped", Note(13520), expect=_SKIPPED),
    _text(Case.ABSENT, "  \n ", "so are blanks alone", Note(13520), expect=_SKIPPED),
    _text(Case.BAD, "...!?", "marks alone are no text", Note(13520), expect=_SKIPPED),
    _text(
        Case.LIMIT,
        (f"{TEXT} " * 200)[:4095] + ".",
        "4,096 characters are spoken",
        expect=(asks(), HearsSpeech(at_least_s=3), Ends(by_caller=True)),
        stays_s=12.0,
    ),
    _text(Case.BAD, "a" * 4097, "4,097 characters are skipped", Note(13521, says="4097"), expect=_SKIPPED),
    _text(
        Case.BAD,
        f"{TEXT}<Pause/>",
        "another element inside is skipped",
        Note(12200, at="<Pause"),
        expect=(asks(), HearsSpeech(at_least_s=1.5), Ends()),
    ),
)
