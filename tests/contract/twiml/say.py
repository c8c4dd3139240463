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
from tests.contract.twiml.row import WORKS, Caller, Case, Note, Row, State, part

TEXT: Final = "The parcel has arrived."
ONE_VOICE: Final = part("one English voice speaks every name and language")
ONCE: Final[Expectations] = (asks(), HearsSaid(TEXT), Ends())
AFTER: Final = "<Play>/tone/440/1</Play>"


def _row(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *notes: Note,
    expect: Expectations = ONCE,
    state: State = WORKS,
) -> Row:
    return Row(
        verb="Say",
        attribute=attribute,
        case=case,
        shows=shows,
        document=f"<Say{written}>{TEXT}</Say>",
        expect=expect,
        notes=notes,
        state=state,
    )


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
        state=ONE_VOICE if attribute == "voice" else WORKS,
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
    _row("voice", Case.ABSENT, "", "the voice of the node", state=ONE_VOICE),
    _row("voice", Case.GIVEN, ' voice="woman"', "a basic voice", state=ONE_VOICE),
    _row("voice", Case.GIVEN, ' voice="Polly.Joanna-Neural"', "a voice of Polly's", state=ONE_VOICE),
    _row("voice", Case.LIMIT, ' voice="ALICE"', "in any case of letters", state=ONE_VOICE),
    _row(
        "voice",
        Case.BAD,
        ' voice="robot"',
        "an unknown name is spoken all the same",
        Note(13511),
        state=ONE_VOICE,
    ),
    _in_gather("voice", 'voice="robot"', 13321),
    _row("language", Case.ABSENT, "", "the voice of the node", state=ONE_VOICE),
    _row("language", Case.GIVEN, ' language="en-GB"', "is spoken by the one voice", state=ONE_VOICE),
    _row("language", Case.LIMIT, ' language="cmn-Hans-CN"', "three parts", state=ONE_VOICE),
    _row("language", Case.BAD, ' language="german!"', "is spoken all the same", Note(13511), state=ONE_VOICE),
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
