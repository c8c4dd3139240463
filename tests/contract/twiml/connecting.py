"""What the rows of `<Connect>`, `<Start>`, `<Stop>` and their nouns have in common (reference/twiml 8, 9).

`talk` and `listen` are the servers of `stream_server.py`: the first says a second of 700 Hz and closes, the
second listens to the end.
"""

from typing import Final

from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Ends,
    Expectation,
    Expectations,
    Parameters,
    Request,
    Tells,
    asks,
    hears,
    tells,
    tone,
)
from tests.contract.twiml.row import WORKS, Caller, Case, Note, Row, State, part

BEEP: Final = "<Play>/tone/440/1</Play>"
AFTER: Final = "<Play>/tone/620/1</Play>"
TALKS: Final = '<Stream url="talk"/>'
TALKED: Final[Expectations] = (asks(), hears(tone(0, 2, 700, 620)), Ends(2))
AFTER_ALONE: Final[Expectations] = (asks(), hears(tone(0, 1, 620)), Ends(1))
NEXT: Final = {"next": BEEP}
LONG: Final = "n" * 257
NO_SUCH: Final = (Note(12200),)
LEFT: Final = part("it is read and left: the libraries alone know it")
STREAM_NEWS: Final[Parameters] = {
    "AccountSid": ANY,
    "CallSid": ANY,
    "StreamSid": ANY,
    "StreamName": "mine",
    "Timestamp": ANY,
    "CallStatus": ABSENT,
}


def server(path: str, told: Parameters) -> Expectation:
    """What a stream's server was told in all."""
    return Tells(f"news-{path}", (Request(f"news-{path}", told, "WS"),))


def stream_told(*events: str, error: str | None = ABSENT, method: str = "POST") -> Expectation:
    return tells(
        "news",
        *({**STREAM_NEWS, "StreamEvent": event, "StreamError": error} for event in events),
        method=method,
    )


def row_of(  # noqa: PLR0917 - as a row has them
    verb: str,
    attribute: str,
    case: Case,
    shows: str,
    document: str,
    expect: Expectations,
    *notes: Note,
    state: State = WORKS,
    caller: Caller = Caller(),  # noqa: B008 - a frozen value
) -> Row:
    return Row(
        verb=verb,
        attribute=attribute,
        case=case,
        shows=shows,
        document=document,
        expect=expect,
        then=NEXT,
        notes=notes,
        caller=caller,
        state=state,
    )
