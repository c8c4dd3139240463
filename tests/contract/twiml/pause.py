"""`<Pause>`: seconds between two tones, and the ringing before the first (reference/twiml 3.3)."""

from typing import Final

from tests.contract.twiml.expectation import AnswersAfter, Ends, asks, hears, tone
from tests.contract.twiml.row import Case, Note, Row

BEEP: Final = "<Play>/tone/440/1</Play>"


def _between_two_tones(
    case: Case, attributes: str, seconds: float, shows: str, notes: tuple[Note, ...] = ()
) -> Row:
    return Row(
        verb="Pause",
        attribute="length",
        case=case,
        shows=shows,
        document=f"{BEEP}<Pause{attributes}/>{BEEP}",
        expect=(asks(), hears(tone(0, 1, 440), tone(1 + seconds, 1, 440)), Ends(2 + seconds)),
        notes=notes,
    )


ROWS: Final = (
    _between_two_tones(Case.ABSENT, "", 1, "one second of silence"),
    _between_two_tones(Case.GIVEN, ' length="3"', 3, "that many seconds of silence"),
    _between_two_tones(Case.LIMIT, ' length="1"', 1, "one second of silence is the shortest"),
    _between_two_tones(Case.BAD, ' length="0"', 1, "zero is refused, one second instead", (Note(13910),)),
    _between_two_tones(Case.BAD, ' length="2.5"', 1, "half seconds are refused", (Note(13910),)),
    Row(
        verb="Pause",
        attribute="length",
        case=Case.GIVEN,
        shows="as the first verb it rings that long before the answer",
        document='<Pause length="3"/><Play>/tone/440/1</Play>',
        expect=(asks(), AnswersAfter(3), hears(tone(0, 1, 440)), Ends(1)),
    ),
)
