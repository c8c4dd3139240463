"""`<Start>` and `<Stop>`: what runs beside the document, and its end (reference/twiml 8)."""

from typing import Final

from tests.contract.twiml.connecting import AFTER, AFTER_ALONE, LEFT, row_of, server
from tests.contract.twiml.expectation import Ends, Expectations, Seconds, asks, hears, tone
from tests.contract.twiml.row import WORKS, Caller, Case, Level, Note, Row, State, Talk

LISTENED: Final = server("listen", {"tracks": "inbound", "stopped": "yes"})
STARTED: Final[Expectations] = (asks(), hears(tone(0, 1, 620)), Ends(1), LISTENED)


def _start(attribute: str, case: Case, written: str, shows: str, *notes: Note, state: State = WORKS) -> Row:
    document = f'<Start {written}><Stream url="listen"/></Start>{AFTER}'
    return row_of("Start", attribute, case, shows, document, STARTED, *notes, state=state)


STOPS: Final = (
    '<Start><Stream url="listen" name="mine" track="outbound_track"/></Start><Play>/tone/440/2</Play>'
    '<Stop{}><Stream name="mine"/></Stop><Play>/tone/620/2</Play>'
)
STOPPED: Final[Expectations] = (
    asks(),
    hears(tone(0, 4, 440, 620)),
    Ends(4),
    server("listen", {"tracks": "outbound", "stopped": "yes", "outbound": Seconds(1)}),
)


def _stop(attribute: str, case: Case, written: str, shows: str, *notes: Note, state: State = WORKS) -> Row:
    expect = (asks(), Ends(4), STOPPED[3])
    return row_of("Stop", attribute, case, shows, STOPS.format(written), expect, *notes, state=state)


ROWS: Final = (
    row_of(
        "Start",
        "content",
        Case.GIVEN,
        "the server hears the caller while the document goes on",
        '<Start><Stream url="listen"/></Start><Play>/tone/620/4</Play>',
        (
            asks(),
            hears(tone(0, 4, 620)),
            Ends(4),
            server("listen", {"tracks": "inbound", "inbound": Seconds(1), "outbound": "0"}),
        ),
        caller=Caller((Talk(500, 2),)),
    ),
    row_of(
        "Start",
        "content",
        Case.ABSENT,
        "one that starts nothing goes on",
        f"<Start/>{AFTER}",
        AFTER_ALONE,
        Note(14300, level=Level.ERROR),
    ),
    row_of(
        "Start",
        "content",
        Case.BAD,
        "what is no noun of it is skipped",
        f"<Start><Number>1</Number></Start>{AFTER}",
        AFTER_ALONE,
        Note(14300, at="<Number", level=Level.ERROR),
    ),
    _start("action", Case.ABSENT, "", "nothing is asked"),
    _start("action", Case.GIVEN, 'action="next"', "nothing is asked", state=LEFT),
    _start("method", Case.ABSENT, "", "nothing is asked"),
    _start("method", Case.GIVEN, 'method="GET"', "nothing is asked", state=LEFT),
    _start("method", Case.BAD, 'method="PUT"', "is noted", Note(12200), state=LEFT),
    _stop("content", Case.GIVEN, "", "the stream of that name ends, and the call goes on"),
    row_of(
        "Stop",
        "content",
        Case.ABSENT,
        "one that stops nothing goes on",
        f"<Stop/>{AFTER}",
        AFTER_ALONE,
        Note(14300, level=Level.ERROR),
    ),
    row_of(
        "Stop",
        "content",
        Case.BAD,
        "a noun without a name is skipped",
        f"<Stop><Stream/></Stop>{AFTER}",
        AFTER_ALONE,
        Note(14300, at="<Stream", level=Level.ERROR),
    ),
    row_of(
        "Stop",
        "content",
        Case.LIMIT,
        "a name that nothing has ends nothing",
        f'<Stop><Stream name="nobody"/></Stop>{AFTER}',
        AFTER_ALONE,
    ),
    _stop("action", Case.ABSENT, "", "nothing is asked"),
    _stop("action", Case.GIVEN, ' action="next"', "nothing is asked", state=LEFT),
    _stop("method", Case.ABSENT, "", "nothing is asked"),
    _stop("method", Case.GIVEN, ' method="GET"', "nothing is asked", state=LEFT),
    _stop("method", Case.BAD, ' method="PUT"', "is noted", Note(12200), state=LEFT),
)
