"""`<Connect>`, `<Start>`, `<Stop>` and the noun `<Stream>` (reference/twiml 8, 8.1, 9).

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
    Seconds,
    Tells,
    asks,
    hears,
    records,
    tells,
    tone,
)
from tests.contract.twiml.row import WORKS, Caller, Case, Level, Note, Press, Row, State, Talk, Wait, part

BEEP: Final = "<Play>/tone/440/1</Play>"
AFTER: Final = "<Play>/tone/620/1</Play>"
TALKS: Final = '<Stream url="talk"/>'
TALKED: Final[Expectations] = (asks(), hears(tone(0, 2, 700, 620)), Ends(2))
AFTER_ALONE: Final[Expectations] = (asks(), hears(tone(0, 1, 620)), Ends(1))
NEXT: Final = {"next": BEEP}
LEFT: Final = part("it is read and left: the libraries alone know it")
STREAM_NEWS: Final[Parameters] = {
    "AccountSid": ANY,
    "CallSid": ANY,
    "StreamSid": ANY,
    "StreamName": "mine",
    "Timestamp": ANY,
    "CallStatus": ABSENT,
}


def _server(path: str, told: Parameters) -> Expectation:
    """What a stream's server was told in all."""
    return Tells(f"news-{path}", (Request(f"news-{path}", told, "WS"),))


def _told(*events: str, error: str | None = ABSENT, method: str = "POST") -> Expectation:
    return tells(
        "news",
        *({**STREAM_NEWS, "StreamEvent": event, "StreamError": error} for event in events),
        method=method,
    )


def _row(  # noqa: PLR0917 - as a row has them
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


def _connect(attribute: str, case: Case, written: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    return _row(
        "Connect", attribute, case, shows, f"<Connect {written}>{TALKS}</Connect>{AFTER}", expect, *notes
    )


GOES_ON: Final[Expectations] = (
    asks(Request("next", method="POST")),
    hears(tone(0, 2, 700, 440)),
    Ends(2),
)
GOES_ON_BY_GET: Final[Expectations] = (asks(Request("next", method="GET")), *GOES_ON[1:])

_CONNECT: Final = (
    _row(
        "Connect",
        "content",
        Case.GIVEN,
        "the server talks, and the next verb follows when it closes",
        f"<Connect>{TALKS}</Connect>{AFTER}",
        TALKED,
    ),
    _row(
        "Connect",
        "content",
        Case.ABSENT,
        "one that connects to nothing goes on",
        f"<Connect/>{AFTER}",
        AFTER_ALONE,
        Note(14300, level=Level.ERROR),
    ),
    _row(
        "Connect",
        "content",
        Case.BAD,
        "what is no noun of it is skipped",
        f"<Connect><Number>1</Number></Connect>{AFTER}",
        AFTER_ALONE,
        Note(14300, at="<Number", level=Level.ERROR),
    ),
    _row(
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

LISTENED: Final = _server("listen", {"tracks": "inbound", "stopped": "yes"})
STARTED: Final[Expectations] = (asks(), hears(tone(0, 1, 620)), Ends(1), LISTENED)


def _start(attribute: str, case: Case, written: str, shows: str, *notes: Note, state: State = WORKS) -> Row:
    document = f'<Start {written}><Stream url="listen"/></Start>{AFTER}'
    return _row("Start", attribute, case, shows, document, STARTED, *notes, state=state)


STOPS: Final = (
    '<Start><Stream url="listen" name="mine" track="outbound_track"/></Start><Play>/tone/440/2</Play>'
    '<Stop{}><Stream name="mine"/></Stop><Play>/tone/620/2</Play>'
)
STOPPED: Final[Expectations] = (
    asks(),
    hears(tone(0, 4, 440, 620)),
    Ends(4),
    _server("listen", {"tracks": "outbound", "stopped": "yes", "outbound": Seconds(1)}),
)


def _stop(attribute: str, case: Case, written: str, shows: str, *notes: Note, state: State = WORKS) -> Row:
    expect = (asks(), Ends(4), STOPPED[3])
    return _row("Stop", attribute, case, shows, STOPS.format(written), expect, *notes, state=state)


_START_STOP: Final = (
    _row(
        "Start",
        "content",
        Case.GIVEN,
        "the server hears the caller while the document goes on",
        '<Start><Stream url="listen"/></Start><Play>/tone/620/4</Play>',
        (
            asks(),
            hears(tone(0, 4, 620)),
            Ends(4),
            _server("listen", {"tracks": "inbound", "inbound": Seconds(1), "outbound": "0"}),
        ),
        caller=Caller((Talk(500, 2),)),
    ),
    _row(
        "Start",
        "content",
        Case.ABSENT,
        "one that starts nothing goes on",
        f"<Start/>{AFTER}",
        AFTER_ALONE,
        Note(14300, level=Level.ERROR),
    ),
    _row(
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
    _row(
        "Stop",
        "content",
        Case.ABSENT,
        "one that stops nothing goes on",
        f"<Stop/>{AFTER}",
        AFTER_ALONE,
        Note(14300, level=Level.ERROR),
    ),
    _row(
        "Stop",
        "content",
        Case.BAD,
        "a noun without a name is skipped",
        f"<Stop><Stream/></Stop>{AFTER}",
        AFTER_ALONE,
        Note(14300, at="<Stream", level=Level.ERROR),
    ),
    _row(
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
    return _row("Stream", attribute, case, shows, document, expect, *notes, state=state, caller=caller)


def _fails(code: int) -> Note:
    return Note(code, level=Level.ERROR)


LONG: Final = "n" * 257
NO_SUCH: Final = (Note(12200),)
NAMED: Final = 'url="talk" name="mine" statusCallback="news"'
HEARD_BOTH: Final = _server(
    "listen", {"tracks": "inbound,outbound", "inbound": Seconds(1), "outbound": Seconds(4)}
)

_STREAM: Final = (
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
        (*AFTER_ALONE, _told("stream-error", error=ANY)),
        Note(31902, at=None, level=Level.ERROR),
    ),
    _stream(
        "name",
        Case.ABSENT,
        'url="talk" statusCallback="news"',
        "the StreamSid",
        (*TALKED, tells("news", {"StreamName": ANY}, {"StreamName": ANY})),
    ),
    _stream("name", Case.GIVEN, NAMED, "is told", (*TALKED, _told("stream-started", "stream-stopped"))),
    _stream("name", Case.LIMIT, f'url="talk" name="{LONG[1:]}"', "256 characters are one", TALKED),
    _stream("name", Case.BAD, f'url="talk" name="{LONG}"', "too long a one is none", TALKED, Note(12200)),
    _stream(
        "track",
        Case.ABSENT,
        'url="listen"',
        "the caller's; keys are told as well",
        (asks(), _server("listen", {"tracks": "inbound", "keys": "12"}), Ends(by_caller=True)),
        caller=Caller((Wait(1), Press("12")), stays_s=4),
    ),
    _row(
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
        (*TALKED, _told("stream-started", "stream-stopped")),
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
        (*TALKED, _told("stream-started", "stream-stopped")),
    ),
    _stream(
        "statusCallbackMethod",
        Case.GIVEN,
        f'{NAMED} statusCallbackMethod="GET"',
        "GET",
        (*TALKED, _told("stream-started", "stream-stopped", method="GET")),
    ),
    _stream(
        "statusCallbackMethod",
        Case.BAD,
        f'{NAMED} statusCallbackMethod="PUT"',
        "POST is used",
        (*TALKED, _told("stream-started", "stream-stopped")),
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
        (*TALKED, _server("talk", {"Parameter_a": "1", "Parameter_b": "2"})),
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

RECORDED: Final[Parameters] = {
    "RecordingStatus": "completed",
    "RecordingSource": "StartCallRecordingTwiML",
    "RecordingChannels": "2",
    "RecordingTrack": "both",
    "RecordingDuration": Seconds(1),
}
UNDER_WAY: Final[Parameters] = {"RecordingStatus": "in-progress"}
SPEAKS: Final = Caller((Talk(500, 1),))
NEWS: Final = 'recordingStatusCallback="news"'
HEARD: Final = tone(0, 1, 500)
PLAYED: Final = tone(0, 2, 620)


def _recording(
    attribute: str,
    case: Case,
    written: str,
    shows: str,
    *expect: Expectation,
    notes: tuple[Note, ...] = (),
    state: State = WORKS,
) -> Row:
    """The caller talks for a second, and hears a tone for two."""
    document = f'<Start><Recording {written}/></Start><Play>/tone/620/2</Play><Pause length="1"/>'
    return _row(
        "Recording", attribute, case, shows, document, (asks(), *expect), *notes, state=state, caller=SPEAKS
    )


BOTH_SIDES: Final = records((HEARD,), (PLAYED,))
ONE_SIDE: Final = records((HEARD,))
TOLD_OF: Final = tells("news", RECORDED)

_RECORDING: Final = (
    _recording("name", Case.ABSENT, "", "it has its Sid alone", BOTH_SIDES),
    _row(
        "Recording",
        "name",
        Case.GIVEN,
        "Stop ends it",
        '<Start><Recording name="mine"/></Start><Play>/tone/620/2</Play><Stop><Recording name="mine"/></Stop>'
        "<Play>/tone/440/2</Play>",
        (asks(), records((HEARD,), (PLAYED,))),
        caller=SPEAKS,
    ),
    _recording("name", Case.LIMIT, f'name="{LONG[1:]}"', "256 characters are one", BOTH_SIDES),
    _recording("name", Case.BAD, f'name="{LONG}"', "too long a one is none", BOTH_SIDES, notes=NO_SUCH),
    _recording("track", Case.ABSENT, "", "both", BOTH_SIDES),
    _recording("track", Case.GIVEN, 'track="inbound"', "the caller, on one channel", ONE_SIDE),
    _recording("track", Case.BAD, 'track="inside"', "both", BOTH_SIDES, notes=NO_SUCH),
    _recording("channels", Case.ABSENT, "", "two", BOTH_SIDES),
    _recording("channels", Case.GIVEN, 'channels="mono" track="inbound"', "one", ONE_SIDE),
    _recording("channels", Case.BAD, 'channels="5.1"', "two", BOTH_SIDES, notes=NO_SUCH),
    _recording(
        "trim",
        Case.ABSENT,
        "",
        "what is silent at its end is cut off",
        records((HEARD,), (PLAYED,), lasts_s=2),
    ),
    _recording(
        "trim", Case.GIVEN, 'trim="do-not-trim"', "it is whole", records((HEARD,), (PLAYED,), lasts_s=3)
    ),
    _recording("trim", Case.BAD, 'trim="a-bit"', "it is cut off", BOTH_SIDES, notes=NO_SUCH),
    _recording("recordingStatusCallback", Case.ABSENT, "", "nobody is told", BOTH_SIDES, tells("news")),
    _recording("recordingStatusCallback", Case.GIVEN, NEWS, "is told when it is complete", TOLD_OF),
    _recording(
        "recordingStatusCallback",
        Case.BAD,
        'recordingStatusCallback="ftp://files.test/"',
        "nobody is told, the recording is made",
        BOTH_SIDES,
        notes=(Note(13256),),
    ),
    _recording("recordingStatusCallbackMethod", Case.ABSENT, NEWS, "POST", TOLD_OF),
    _recording(
        "recordingStatusCallbackMethod",
        Case.GIVEN,
        f'{NEWS} recordingStatusCallbackMethod="GET"',
        "GET",
        tells("news", RECORDED, method="GET"),
    ),
    _recording(
        "recordingStatusCallbackMethod",
        Case.BAD,
        f'{NEWS} recordingStatusCallbackMethod="PUT"',
        "POST is used",
        TOLD_OF,
        notes=NO_SUCH,
    ),
    _recording("recordingStatusCallbackEvent", Case.ABSENT, NEWS, "completed alone", TOLD_OF),
    _recording(
        "recordingStatusCallbackEvent",
        Case.GIVEN,
        f'{NEWS} recordingStatusCallbackEvent="in-progress completed"',
        "both, in order",
        tells("news", UNDER_WAY, RECORDED),
    ),
    _recording(
        "recordingStatusCallbackEvent",
        Case.BAD,
        f'{NEWS} recordingStatusCallbackEvent="begun"',
        "nobody is told, the recording is made",
        BOTH_SIDES,
        tells("news"),
        notes=(Note(13621, level=Level.ERROR),),
    ),
    _recording("recordingConfigurationId", Case.ABSENT, "", "it is recorded", BOTH_SIDES),
    _recording(
        "recordingConfigurationId",
        Case.GIVEN,
        'recordingConfigurationId="a"',
        "is left",
        BOTH_SIDES,
        state=LEFT,
    ),
)

NO_SERVER: Final = part("there is no recording server in these rows: `tests/peers/test_siprec.py` has one")
LOST: Final[Parameters] = {"SiprecEvent": "siprec-error", "SiprecErrorCode": "12400", "SiprecSid": ANY}
UNREACHED: Final = Note(12400, at=None, level=Level.ERROR, says="127.0.0.1:9")

FAR: Final = (UNREACHED,)
NO_CONNECTOR: Final = (Note(14300, level=Level.ERROR),)


def _siprec(
    attribute: str, case: Case, written: str, shows: str, *expect: Expectation, notes: tuple[Note, ...] = ()
) -> Row:
    document = f'<Start><Siprec {written}/></Start>{AFTER}<Pause length="1"/>'
    return _row(
        "Siprec",
        attribute,
        case,
        shows,
        document,
        (asks(), hears(tone(0, 1, 620)), *expect),
        *notes,
        state=NO_SERVER,
    )


MAIN: Final = 'connectorName="main" statusCallback="news"'

_SIPREC: Final = (
    _siprec(
        "connectorName",
        Case.ABSENT,
        "",
        "is noted, the call goes on",
        notes=NO_CONNECTOR,
    ),
    _siprec("connectorName", Case.GIVEN, MAIN, "its server is called", tells("news", LOST), notes=FAR),
    _siprec(
        "connectorName",
        Case.BAD,
        'connectorName="nobody"',
        "is noted, the call goes on",
        notes=(Note(14300, at=None, level=Level.ERROR, says="nobody"),),
    ),
    _siprec("name", Case.ABSENT, MAIN, "the SiprecSid", tells("news", LOST), notes=FAR),
    _siprec(
        "name",
        Case.GIVEN,
        f'{MAIN} name="mine"',
        "is told",
        tells("news", {**LOST, "SiprecName": "mine"}),
        notes=FAR,
    ),
    _siprec(
        "name",
        Case.BAD,
        f'{MAIN} name="{LONG}"',
        "too long a one is none",
        tells("news", LOST),
        notes=(*NO_SUCH, UNREACHED),
    ),
    _siprec(
        "name",
        Case.LIMIT,
        f'{MAIN} name="{LONG[1:]}"',
        "256 characters are one",
        tells("news", {**LOST, "SiprecName": LONG[1:]}),
        notes=FAR,
    ),
    _siprec(
        "connectorName",
        Case.LIMIT,
        f'connectorName="{LONG[1:]}"',
        "256 characters are a name, though not one of the node's",
        notes=(Note(14300, at=None, level=Level.ERROR, says="no connector nnn"),),
    ),
    _siprec("track", Case.ABSENT, MAIN, "both", tells("news", LOST), notes=FAR),
    _siprec("track", Case.GIVEN, f'{MAIN} track="inbound_track"', "one", tells("news", LOST), notes=FAR),
    _siprec(
        "track",
        Case.BAD,
        f'{MAIN} track="inside"',
        "both",
        tells("news", LOST),
        notes=(Note(31941, level=Level.ERROR), UNREACHED),
    ),
    _siprec(
        "statusCallback",
        Case.ABSENT,
        'connectorName="main"',
        "nobody is told",
        tells("news"),
        notes=FAR,
    ),
    _siprec("statusCallback", Case.GIVEN, MAIN, "is told", tells("news", LOST), notes=FAR),
    _siprec(
        "statusCallback",
        Case.BAD,
        'connectorName="main" statusCallback="http://"',
        "nobody is told",
        notes=(Note(11100, level=Level.ERROR), UNREACHED),
    ),
    _siprec("statusCallbackMethod", Case.ABSENT, MAIN, "POST", tells("news", LOST), notes=FAR),
    _siprec(
        "statusCallbackMethod",
        Case.GIVEN,
        f'{MAIN} statusCallbackMethod="GET"',
        "GET",
        tells("news", LOST, method="GET"),
        notes=FAR,
    ),
    _siprec(
        "statusCallbackMethod",
        Case.BAD,
        f'{MAIN} statusCallbackMethod="PUT"',
        "POST is used",
        tells("news", LOST),
        notes=(*NO_SUCH, UNREACHED),
    ),
)

ROWS: Final = (*_CONNECT, *_START_STOP, *_STREAM, *_RECORDING, *_SIPREC)
