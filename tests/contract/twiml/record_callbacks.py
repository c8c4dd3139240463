"""`<Record>`: who is told of the recording; who is told what was said in it (reference/twiml 5, 12.2)."""

from typing import Final

from tests.contract.twiml.expectation import (
    ANY,
    Ends,
    Expectations,
    Parameters,
    RecordsNothing,
    Request,
    Words,
    asks,
    tells,
)
from tests.contract.twiml.record import NEXT, row, told
from tests.contract.twiml.row import Caller, Case, Level, Note, Press, Speak, Wait, part

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
        (
            asks(),
            tells("news", {"RecordingStatus": "absent", "ErrorCode": "16102"}),
            RecordsNothing(),
            Ends(),
        ),
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

SENTENCE: Final = "I would like to talk to a person and I want to change my password"
_SPEAKS: Final = Caller((Wait(0.3), Speak(SENTENCE), Wait(0.3), Press("1")))
_WORDS: Final[Parameters] = {
    "TranscriptionText": Words(SENTENCE),
    "TranscriptionStatus": "completed",
    "TranscriptionSid": ANY,
    "TranscriptionUrl": ANY,
    "RecordingSid": ANY,
    "RecordingUrl": ANY,
    "CallSid": ANY,
}
_TOLD: Final[Expectations] = (asks(Request("next")), tells("news", _WORDS))

_TRANSCRIPTION: Final = (
    row("transcribe", Case.ABSENT, NEXT, "the recording is made", told()),
    row(
        "transcribe",
        Case.GIVEN,
        f'{NEXT} transcribe="true" transcribeCallback="news"',
        "what is said is told as text",
        _TOLD,
        caller=_SPEAKS,
    ),
    row("transcribe", Case.GIVEN, f'{NEXT} transcribe="false"', "false is as absent", told()),
    row(
        "transcribe",
        Case.LIMIT,
        f'{NEXT} transcribe="true" maxLength="121"',
        "more than two minutes is noted",
        (asks(Request("next")),),
        Note(13615),
        caller=_SPEAKS,
    ),
    row("transcribe", Case.BAD, f'{NEXT} transcribe="yes"', "is refused", told(), Note(13614)),
    row(
        "transcribeCallback",
        Case.ABSENT,
        f'{NEXT} transcribe="true"',
        "nobody is told",
        (asks(Request("next")), tells("news")),
        caller=_SPEAKS,
    ),
    row(
        "transcribeCallback",
        Case.GIVEN,
        f'{NEXT} transcribe="true" transcribeCallback="news" playBeep="false"',
        "is told the text",
        _TOLD,
        caller=_SPEAKS,
    ),
    row(
        "transcribeCallback",
        Case.GIVEN,
        f'{NEXT} transcribe="true" transcribeCallback="news" maxLength="2" finishOnKey=""',
        "of a recording of two seconds nothing is told, which is noted",
        (asks(Request("next")), tells("news")),
        Note(13617, at=None),
        caller=_SPEAKS,
    ),
    row(
        "transcribeCallback",
        Case.GIVEN,
        f'{NEXT} transcribeCallback="news"',
        "without transcribe it is noted",
        told(),
        Note(12200),
    ),
    row(
        "transcribeCallback",
        Case.BAD,
        f'{NEXT} transcribeCallback="ftp://files.test/"',
        "is noted",
        told(),
        Note(13257, level=Level.ERROR),
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
