"""`<Record>`: who is told of the recording; what is asked of it and not done (reference/twiml 5, 12.2)."""

from typing import Final

from tests.contract.twiml.expectation import ANY, Parameters, RecordsNothing, tells
from tests.contract.twiml.record import NEXT, row, told
from tests.contract.twiml.row import Caller, Case, Level, Note, Press, part

_CALLBACK: Final = f'{NEXT} recordingStatusCallback="news"'
_COMPLETED: Final[Parameters] = {
    "RecordingStatus": "completed",
    "RecordingSource": "RecordVerb",
    "RecordingChannels": "1",
    "RecordingDuration": ANY,
    "RecordingUrl": ANY,
    "RecordingStartTime": ANY,
    "CallSid": ANY,
    "ErrorCode": "0",
}
_IN_PROGRESS: Final[Parameters] = {"RecordingStatus": "in-progress", "RecordingDuration": None}
_SILENT: Final = Caller((Press("WWW"),))

_CALLBACKS: Final = (
    row("recordingStatusCallback", Case.ABSENT, NEXT, "nobody else is told", told()),
    row(
        "recordingStatusCallback",
        Case.GIVEN,
        _CALLBACK,
        "is told when the file is complete",
        (*told(), tells("news", _COMPLETED)),
    ),
    row(
        "recordingStatusCallback",
        Case.BAD,
        f'{NEXT} recordingStatusCallback="ftp://files.test/"',
        "is noted, the recording is made",
        told(),
        Note(13256),
    ),
    row(
        "recordingStatusCallbackMethod", Case.ABSENT, _CALLBACK, "POST", (*told(), tells("news", _COMPLETED))
    ),
    row(
        "recordingStatusCallbackMethod",
        Case.GIVEN,
        f'{_CALLBACK} recordingStatusCallbackMethod="GET"',
        "GET",
        (*told(), tells("news", _COMPLETED, method="GET")),
    ),
    row(
        "recordingStatusCallbackMethod",
        Case.BAD,
        f'{_CALLBACK} recordingStatusCallbackMethod="PUT"',
        "is refused, POST instead",
        (*told(), tells("news", _COMPLETED)),
        Note(12200),
    ),
    row(
        "recordingStatusCallbackEvent",
        Case.ABSENT,
        _CALLBACK,
        "completed alone",
        (*told(), tells("news", _COMPLETED)),
    ),
    row(
        "recordingStatusCallbackEvent",
        Case.GIVEN,
        f'{_CALLBACK} recordingStatusCallbackEvent="in-progress completed"',
        "both, in order",
        (*told(), tells("news", _IN_PROGRESS, _COMPLETED)),
    ),
    row(
        "recordingStatusCallbackEvent",
        Case.GIVEN,
        f'{_CALLBACK} recordingStatusCallbackEvent="in-progress"',
        "the beginning alone",
        (*told(), tells("news", _IN_PROGRESS)),
    ),
    row(
        "recordingStatusCallbackEvent",
        Case.GIVEN,
        f'{_CALLBACK} timeout="1" recordingStatusCallbackEvent="absent"',
        "absent, of a caller who says nothing",
        (*told(""), tells("news", {"RecordingStatus": "absent", "ErrorCode": "16102"}), RecordsNothing()),
        Note(16102, at=None),
        caller=_SILENT,
    ),
    row(
        "recordingStatusCallbackEvent",
        Case.BAD,
        f'{_CALLBACK} recordingStatusCallbackEvent="done"',
        "nobody is told",
        (*told(), tells("news")),
        Note(13621, level=Level.ERROR),
    ),
)

_NO_TRANSCRIPTION: Final = part("nothing is transcribed")
_NOTED: Final = Note(13620, level=Level.WARNING)

_TRANSCRIPTION: Final = (
    row("transcribe", Case.ABSENT, NEXT, "the recording is made", told()),
    row(
        "transcribe",
        Case.GIVEN,
        f'{NEXT} transcribe="true"',
        "is noted, the recording is made",
        told(),
        _NOTED,
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribe",
        Case.GIVEN,
        f'{NEXT} transcribe="false"',
        "false is as absent",
        told(),
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribe",
        Case.LIMIT,
        f'{NEXT} transcribe="true" maxLength="121"',
        "more than two minutes is noted",
        told(),
        Note(13615),
        _NOTED,
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribe",
        Case.BAD,
        f'{NEXT} transcribe="yes"',
        "is refused",
        told(),
        Note(13614),
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribeCallback",
        Case.ABSENT,
        f'{NEXT} transcribe="true"',
        "nobody is told",
        told(),
        _NOTED,
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribeCallback",
        Case.GIVEN,
        f'{NEXT} transcribe="true" transcribeCallback="news"',
        "nobody is told",
        (*told(), tells("news")),
        _NOTED,
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribeCallback",
        Case.GIVEN,
        f'{NEXT} transcribeCallback="news"',
        "without transcribe it is noted",
        told(),
        Note(12200),
        state=_NO_TRANSCRIPTION,
    ),
    row(
        "transcribeCallback",
        Case.BAD,
        f'{NEXT} transcribeCallback="ftp://files.test/"',
        "is noted",
        told(),
        Note(13257, level=Level.ERROR),
        state=_NO_TRANSCRIPTION,
    ),
)

_CONFIGURATION: Final = (
    row("recordingConfigurationId", Case.ABSENT, NEXT, "the recording is made", told()),
    row(
        "recordingConfigurationId",
        Case.GIVEN,
        f'{NEXT} recordingConfigurationId="a"',
        "is accepted",
        told(),
        state=part("is accepted, and left"),
    ),
)

ROWS: Final = (*_CALLBACKS, *_TRANSCRIPTION, *_CONFIGURATION)
