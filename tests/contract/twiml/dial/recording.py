"""`<Dial record>`: what is on which track, from when on, and who is told (reference/twiml 6.1).

The caller makes one tone from its answer on, the callee another one for as long as it talks.
"""

from typing import Final

from tests.contract.twiml.dial.attributes import COMPLETED, NEXT, RINGBACK, row, told
from tests.contract.twiml.expectation import (
    ABSENT,
    ANY,
    Expectation,
    Expectations,
    Parameters,
    RecordsNothing,
    Seconds,
    records,
    tells,
    tone,
)
from tests.contract.twiml.row import Callee, Caller, Case, Level, Note, Press, Row, Talk, part

CALLER_HZ: Final = 350
CALLEE_HZ: Final = 700
_RECORDED: Final[Parameters] = {**COMPLETED, "RecordingUrl": ANY, "RecordingSid": ANY}
_NOT_RECORDED: Final[Parameters] = {**COMPLETED, "RecordingUrl": ABSENT}
_TALKS: Final = Callee(rings_s=2, does=(Talk(CALLEE_HZ, 10),), stays_s=2)
_CALLER: Final = Caller((Talk(CALLER_HZ, 20),))

_BOTH: Final = records((tone(0, 2, CALLER_HZ, CALLEE_HZ),), lasts_s=2)
_EACH: Final = records((tone(0, 2, CALLER_HZ),), (tone(0, 2, CALLEE_HZ),), lasts_s=2)
_BOTH_AND_RINGING: Final = records((tone(0, 4, CALLER_HZ, *RINGBACK, CALLEE_HZ),), lasts_s=4)
_EACH_AND_RINGING: Final = records((tone(0, 4, CALLER_HZ),), (tone(0, 4, *RINGBACK, CALLEE_HZ),), lasts_s=4)


def _row(attribute: str, case: Case, written: str, shows: str, expect: Expectations, *notes: Note) -> Row:
    return row(attribute, case, f"{NEXT} {written}", shows, expect, *notes, bob=_TALKS, caller=_CALLER)


def _recorded(
    attribute: str, case: Case, written: str, shows: str, *expect: Expectation, notes: tuple[Note, ...] = ()
) -> Row:
    return _row(attribute, case, written, shows, (*told(_RECORDED), *expect), *notes)


_RECORD: Final = (
    _row("record", Case.ABSENT, "", "nothing is recorded", (*told(_NOT_RECORDED), RecordsNothing())),
    _row("record", Case.GIVEN, 'record="do-not-record"', "nothing", (*told(_NOT_RECORDED), RecordsNothing())),
    _row(
        "record", Case.GIVEN, 'record="false"', "false is nothing", (*told(_NOT_RECORDED), RecordsNothing())
    ),
    _recorded("record", Case.GIVEN, 'record="true"', "true is from the answer", _BOTH),
    _recorded("record", Case.GIVEN, 'record="record-from-answer"', "both on one track", _BOTH),
    _recorded("record", Case.GIVEN, 'record="record-from-answer-dual"', "each on its own", _EACH),
    _recorded("record", Case.GIVEN, 'record="record-from-ringing"', "the ringback too", _BOTH_AND_RINGING),
    _recorded(
        "record",
        Case.GIVEN,
        'record="record-from-ringing-dual"',
        "the ringback is the callee's",
        _EACH_AND_RINGING,
    ),
    _recorded("record", Case.LIMIT, 'record="RECORD-FROM-ANSWER"', "in any case of letters", _BOTH),
    _row(
        "record",
        Case.BAD,
        'record="all"',
        "is refused, nothing is recorded",
        (*told(_NOT_RECORDED), RecordsNothing()),
        Note(13217),
    ),
)

_DUAL: Final = 'record="record-from-answer-dual"'
_ONE_CALLER: Final = records((tone(0, 2, CALLER_HZ),), lasts_s=2)
_ONE_CALLEE: Final = records((tone(0, 2, CALLEE_HZ),), lasts_s=2)

_TRACK: Final = (
    _recorded("recordingTrack", Case.ABSENT, _DUAL, "both", _EACH),
    _recorded("recordingTrack", Case.GIVEN, f'{_DUAL} recordingTrack="both"', "both", _EACH),
    _recorded(
        "recordingTrack", Case.GIVEN, f'{_DUAL} recordingTrack="inbound"', "the caller alone", _ONE_CALLER
    ),
    _recorded(
        "recordingTrack", Case.GIVEN, f'{_DUAL} recordingTrack="outbound"', "the callee alone", _ONE_CALLEE
    ),
    _recorded(
        "recordingTrack",
        Case.BAD,
        f'{_DUAL} recordingTrack="left"',
        "is refused, both",
        _EACH,
        notes=(Note(12200),),
    ),
)


def _trim(case: Case, written: str, shows: str, begins_s: float, lasts_s: float, *notes: Note) -> Row:
    """The callee says nothing for a second, then something for another one, then nothing."""
    return row(
        "trim",
        case,
        f'{NEXT} record="record-from-answer" {written}',
        shows,
        (*told({"RecordingUrl": ANY}), records((tone(begins_s, 1, CALLEE_HZ),), lasts_s=lasts_s)),
        *notes,
        bob=Callee(does=(Press("WW"), Talk(CALLEE_HZ, 1)), stays_s=5),
    )


_TRIM: Final = (
    _trim(Case.ABSENT, "", "the silence is left", 2, 5),
    _trim(Case.GIVEN, 'trim="do-not-trim"', "it is left", 2, 5),
    _trim(Case.GIVEN, 'trim="trim-silence"', "it is cut off", 0.1, 1.2),
    _trim(Case.BAD, 'trim="some"', "is refused, it is left", 2, 5, Note(13699)),
)

_CALLBACK: Final = f'{_DUAL} recordingStatusCallback="news"'
_COMPLETED: Final[Parameters] = {
    "RecordingStatus": "completed",
    "RecordingSource": "DialVerb",
    "RecordingChannels": "2",
    "RecordingTrack": "both",
    "RecordingDuration": Seconds(2),
    "RecordingUrl": ANY,
    "ErrorCode": "0",
}
_IN_PROGRESS: Final[Parameters] = {"RecordingStatus": "in-progress", "RecordingDuration": ABSENT}

_CALLBACKS: Final = (
    _recorded("recordingStatusCallback", Case.ABSENT, _DUAL, "nobody else is told"),
    _recorded(
        "recordingStatusCallback", Case.GIVEN, _CALLBACK, "is told at the end", tells("news", _COMPLETED)
    ),
    _recorded(
        "recordingStatusCallback",
        Case.BAD,
        f'{_DUAL} recordingStatusCallback="ftp://files.test/"',
        "is noted, the recording is made",
        notes=(Note(13256),),
    ),
    _recorded("recordingStatusCallbackMethod", Case.ABSENT, _CALLBACK, "POST", tells("news", _COMPLETED)),
    _recorded(
        "recordingStatusCallbackMethod",
        Case.GIVEN,
        f'{_CALLBACK} recordingStatusCallbackMethod="GET"',
        "GET",
        tells("news", _COMPLETED, method="GET"),
    ),
    _recorded(
        "recordingStatusCallbackMethod",
        Case.BAD,
        f'{_CALLBACK} recordingStatusCallbackMethod="PUT"',
        "is refused, POST instead",
        tells("news", _COMPLETED),
        notes=(Note(12200),),
    ),
    _recorded(
        "recordingStatusCallbackEvent", Case.ABSENT, _CALLBACK, "completed alone", tells("news", _COMPLETED)
    ),
    _recorded(
        "recordingStatusCallbackEvent",
        Case.GIVEN,
        f'{_CALLBACK} recordingStatusCallbackEvent="in-progress completed"',
        "both, in order",
        tells("news", _IN_PROGRESS, _COMPLETED),
    ),
    _recorded(
        "recordingStatusCallbackEvent",
        Case.GIVEN,
        f'{_CALLBACK} recordingStatusCallbackEvent="absent"',
        "absent is not told of one that is there",
        tells("news"),
    ),
    _recorded(
        "recordingStatusCallbackEvent",
        Case.BAD,
        f'{_CALLBACK} recordingStatusCallbackEvent="done"',
        "nobody is told",
        tells("news"),
        notes=(Note(13621, level=Level.ERROR),),
    ),
)


def _left(case: Case, written: str, shows: str) -> Row:
    return row(
        "recordingConfigurationId",
        case,
        f"{NEXT} {_DUAL} {written}",
        shows,
        told(_RECORDED),
        bob=_TALKS,
        state=part("is accepted, and left"),
    )


_CONFIGURATION: Final = (
    _left(Case.ABSENT, "", "the recording is made"),
    _left(Case.GIVEN, 'recordingConfigurationId="a"', "the recording is made"),
)

ROWS: Final = (*_RECORD, *_TRACK, *_TRIM, *_CALLBACKS, *_CONFIGURATION)
