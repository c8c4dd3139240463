"""The noun `<Recording>` below Start (reference/twiml 8.3)."""

from typing import Final

from tests.contract.twiml.connecting import LEFT, LONG, NO_SUCH, row_of
from tests.contract.twiml.expectation import (
    Expectation,
    Parameters,
    Seconds,
    asks,
    records,
    tells,
    tone,
)
from tests.contract.twiml.row import WORKS, Caller, Case, Level, Note, Row, State, Talk

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
    return row_of(
        "Recording", attribute, case, shows, document, (asks(), *expect), *notes, state=state, caller=SPEAKS
    )


BOTH_SIDES: Final = records((HEARD,), (PLAYED,))
ONE_SIDE: Final = records((HEARD,))
TOLD_OF: Final = tells("news", RECORDED)

ROWS: Final = (
    _recording("name", Case.ABSENT, "", "it has its Sid alone", BOTH_SIDES),
    row_of(
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
