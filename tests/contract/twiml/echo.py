"""`<Echo>` (reference/twiml 3.3)."""

from typing import Final

from tests.contract.twiml.expectation import Ends, asks, hears, tone
from tests.contract.twiml.row import Caller, Case, Note, Row, Talk

BEEP: Final = "<Play>/tone/440/1</Play>"


ROWS: Final = (
    Row(
        verb="Echo",
        attribute="content",
        case=Case.ABSENT,
        shows="the caller hears itself until it hangs up",
        document=f"<Echo/>{BEEP}",
        caller=Caller((Talk(900, 2),), stays_s=4),
        expect=(asks(), hears(tone(0.1, 2, 900)), Ends(by_caller=True)),
    ),
    Row(
        verb="Echo",
        attribute="content",
        case=Case.BAD,
        shows="what is inside is skipped",
        document=f"<Echo>{BEEP}</Echo>",
        caller=Caller((Talk(900, 2),), stays_s=4),
        expect=(asks(), hears(tone(0.1, 2, 900)), Ends(by_caller=True)),
        notes=(Note(12200, at=BEEP),),
    ),
)
