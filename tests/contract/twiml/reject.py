"""`<Reject>`: the SIP response that the caller gets, and the status of the Call (reference/twiml 3.3)."""

from typing import Final

from tests.contract.twiml.expectation import Ends, Refuses, asks, hears, tone
from tests.contract.twiml.row import Case, Note, Row


def _refused(case: Case, attributes: str, refuses: Refuses, shows: str, notes: tuple[Note, ...] = ()) -> Row:
    return Row(
        verb="Reject",
        attribute="reason",
        case=case,
        shows=shows,
        document=f"<Reject{attributes}/><Play>/tone/440/1</Play>",
        expect=(asks(), refuses),
        notes=notes,
    )


ROWS: Final = (
    _refused(Case.ABSENT, "", Refuses(404, "no-answer"), "404, and what follows is not run"),
    _refused(Case.GIVEN, ' reason="rejected"', Refuses(404, "no-answer"), "rejected is 404"),
    _refused(Case.GIVEN, ' reason="busy"', Refuses(486, "busy"), "busy is 486"),
    _refused(Case.GIVEN, ' reason="BUSY"', Refuses(486, "busy"), "in any case of letters"),
    _refused(
        Case.BAD, ' reason="tired"', Refuses(404, "no-answer"), "another word is rejected", (Note(13810),)
    ),
    Row(
        verb="Reject",
        attribute="reason",
        case=Case.GIVEN,
        shows="once answered it hangs up",
        document='<Play>/tone/440/1</Play><Reject reason="busy"/><Play>/tone/440/1</Play>',
        expect=(asks(), hears(tone(0, 1, 440)), Ends(1)),
    ),
)
