"""`<Leave>`, and who waits in a queue (reference/twiml 3.3, 7)."""

from typing import Final

from tests.contract.twiml.expectation import Ends, asks, hears, tone
from tests.contract.twiml.row import Case, Note, Row

BEEP: Final = "<Play>/tone/440/1</Play>"
AFTER: Final = '<Pause length="1"/><Play>/tone/620/1</Play>'

_LEAVE: Final = (
    Row(
        verb="Leave",
        attribute="content",
        case=Case.ABSENT,
        shows="outside of a queue there is nothing to leave: it is noted, and the next verb runs",
        document=f"{BEEP}<Leave/>{AFTER}",
        expect=(asks(), hears(tone(0, 1, 440), tone(2, 1, 620)), Ends(3)),
        notes=(Note(12200, at=None, says="no queue"),),
    ),
    Row(
        verb="Leave",
        attribute="content",
        case=Case.BAD,
        shows="what is inside is skipped",
        document=f"<Leave>{BEEP}</Leave>{BEEP}",
        expect=(asks(), hears(tone(0, 1, 440)), Ends(1)),
        notes=(Note(12200, at=BEEP), Note(12200, at=None, says="no queue")),
    ),
)

ROWS: Final = (*_LEAVE,)
