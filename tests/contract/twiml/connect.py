"""`<Connect>`: who talks to the caller, and what follows (reference/twiml 8)."""

from typing import Final

from tests.contract.twiml.connecting import AFTER, AFTER_ALONE, TALKED, TALKS, row_of
from tests.contract.twiml.expectation import Ends, Expectations, Request, asks, hears, tone
from tests.contract.twiml.row import Case, Level, Note, Row


def _connect(attribute: str, case: Case, written: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    return row_of(
        "Connect", attribute, case, shows, f"<Connect {written}>{TALKS}</Connect>{AFTER}", expect, *notes
    )


GOES_ON: Final[Expectations] = (
    asks(Request("next", method="POST")),
    hears(tone(0, 2, 700, 440)),
    Ends(2),
)
GOES_ON_BY_GET: Final[Expectations] = (asks(Request("next", method="GET")), *GOES_ON[1:])

ROWS: Final = (
    row_of(
        "Connect",
        "content",
        Case.GIVEN,
        "the server talks, and the next verb follows when it closes",
        f"<Connect>{TALKS}</Connect>{AFTER}",
        TALKED,
    ),
    row_of(
        "Connect",
        "content",
        Case.ABSENT,
        "one that connects to nothing goes on",
        f"<Connect/>{AFTER}",
        AFTER_ALONE,
        Note(14300, level=Level.ERROR),
    ),
    row_of(
        "Connect",
        "content",
        Case.BAD,
        "what is no noun of it is skipped",
        f"<Connect><Number>1</Number></Connect>{AFTER}",
        AFTER_ALONE,
        Note(14300, at="<Number", level=Level.ERROR),
    ),
    row_of(
        "Connect",
        "content",
        Case.LIMIT,
        "of two nouns the first is taken",
        f'<Connect>{TALKS}<Stream url="listen"/></Connect>{AFTER}',
        TALKED,
        Note(12200, at='<Stream url="listen"'),
    ),
    _connect("action", Case.ABSENT, "", "the next verb follows", TALKED),
    _connect("action", Case.GIVEN, 'action="next"', "is asked when it is over", GOES_ON),
    _connect("method", Case.ABSENT, 'action="next"', "POST", GOES_ON),
    _connect("method", Case.GIVEN, 'action="next" method="GET"', "GET", GOES_ON_BY_GET),
    _connect("method", Case.BAD, 'action="next" method="PUT"', "POST is used", GOES_ON, Note(12200)),
)
