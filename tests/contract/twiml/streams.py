"""The noun `<Stream>` below Connect and Start (reference/twiml 8.1, 9)."""

from typing import Final

from tests.contract.twiml.connecting import (
    AFTER,
    AFTER_ALONE,
    LEFT,
    LONG,
    TALKED,
    row_of,
    server,
    stream_told,
)
from tests.contract.twiml.expectation import ANY, Ends, Expectations, Seconds, asks, tells
from tests.contract.twiml.row import WORKS, Caller, Case, Level, Note, Press, Row, State, Talk, Wait


def _stream(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    expect: Expectations,
    *notes: Note,
    inside: str = "",
    state: State = WORKS,
    caller: Caller = Caller(),  # noqa: B008 - a frozen value
) -> Row:
    """A stream below Connect."""
    document = f"<Connect><Stream {written}>{inside}</Stream></Connect>{AFTER}"
    return row_of("Stream", attribute, case, shows, document, expect, *notes, state=state, caller=caller)


def _fails(code: int) -> Note:
    return Note(code, level=Level.ERROR)


NAMED: Final = 'url="talk" name="mine" statusCallback="news"'
HEARD_BOTH: Final = server(
    "listen", {"tracks": "inbound,outbound", "inbound": Seconds(1), "outbound": Seconds(4)}
)

ROWS: Final = (
    _stream("url", Case.ABSENT, "", "fails", AFTER_ALONE, _fails(31923)),
    _stream("url", Case.GIVEN, 'url="talk?x=1"', "may be relative; its query is dropped", TALKED),
    _stream(
        "url", Case.BAD, 'url="https://agent.test/"', "must be a WebSocket's", AFTER_ALONE, _fails(31922)
    ),
    _stream(
        "url",
        Case.LIMIT,
        'url="ws://127.0.0.1:9/" name="mine" statusCallback="news"',
        "where nobody listens: an error, and the next verb",
        (*AFTER_ALONE, stream_told("stream-error", error=ANY)),
        Note(31902, at=None, level=Level.ERROR),
    ),
    row_of(
        "Stream",
        "name",
        Case.BAD,
        "one that another stream of the call has: the stream fails, and its callback is told",
        f'<Start><Stream url="listen" name="mine"/></Start><Connect><Stream {NAMED}/></Connect>{AFTER}',
        (*AFTER_ALONE, stream_told("stream-error", error="a stream of this call is named mine already")),
        Note(31941, at=None, level=Level.ERROR),
    ),
    _stream(
        "name",
        Case.ABSENT,
        'url="talk" statusCallback="news"',
        "the StreamSid",
        (*TALKED, tells("news", {"StreamName": ANY}, {"StreamName": ANY})),
    ),
    _stream("name", Case.GIVEN, NAMED, "is told", (*TALKED, stream_told("stream-started", "stream-stopped"))),
    _stream("name", Case.LIMIT, f'url="talk" name="{LONG[1:]}"', "256 characters are one", TALKED),
    _stream("name", Case.BAD, f'url="talk" name="{LONG}"', "too long a one is none", TALKED, Note(12200)),
    _stream(
        "track",
        Case.ABSENT,
        'url="listen"',
        "the caller's; keys are told as well",
        (asks(), server("listen", {"tracks": "inbound", "keys": "12"}), Ends(by_caller=True)),
        caller=Caller((Wait(1), Press("12")), stays_s=4),
    ),
    row_of(
        "Stream",
        "track",
        Case.GIVEN,
        "both, below Start",
        '<Start><Stream url="listen" track="both_tracks"/></Start><Play>/tone/620/4</Play>',
        (asks(), Ends(4), HEARD_BOTH),
        caller=Caller((Talk(500, 2),)),
    ),
    _stream(
        "track",
        Case.BAD,
        'url="talk" track="both_tracks"',
        "below Connect another than the caller's fails",
        AFTER_ALONE,
        _fails(31941),
    ),
    _stream("statusCallback", Case.ABSENT, 'url="talk"', "nobody is told", (*TALKED, tells("news"))),
    _stream(
        "statusCallback",
        Case.GIVEN,
        NAMED,
        "start and stop",
        (*TALKED, stream_told("stream-started", "stream-stopped")),
    ),
    _stream(
        "statusCallback",
        Case.BAD,
        'url="talk" statusCallback="http://"',
        "nobody is told",
        TALKED,
        _fails(11100),
    ),
    _stream(
        "statusCallbackMethod",
        Case.ABSENT,
        NAMED,
        "POST",
        (*TALKED, stream_told("stream-started", "stream-stopped")),
    ),
    _stream(
        "statusCallbackMethod",
        Case.GIVEN,
        f'{NAMED} statusCallbackMethod="GET"',
        "GET",
        (*TALKED, stream_told("stream-started", "stream-stopped", method="GET")),
    ),
    _stream(
        "statusCallbackMethod",
        Case.BAD,
        f'{NAMED} statusCallbackMethod="PUT"',
        "POST is used",
        (*TALKED, stream_told("stream-started", "stream-stopped")),
        Note(12200),
    ),
    *(
        _stream(attribute, case, f'url="talk"{written}', "is left", TALKED, state=state)
        for attribute, value in (("connectorName", "a"), ("audioFormat", "linear16"), ("sampleRate", "16000"))
        for case, written, state in (
            (Case.ABSENT, "", WORKS),
            (Case.GIVEN, f' {attribute}="{value}"', LEFT),
        )
    ),
    _stream(
        "content",
        Case.GIVEN,
        'url="talk"',
        "its parameters are told in `start`",
        (*TALKED, server("talk", {"Parameter_a": "1", "Parameter_b": "2"})),
        inside='<Parameter name="a" value="1"/><Parameter name="b" value="2"/>',
    ),
    _stream(
        "content",
        Case.BAD,
        'url="talk"',
        "another element is skipped",
        TALKED,
        Note(12200, at="<Number"),
        inside="<Number/>",
    ),
)
