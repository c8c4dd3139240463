"""What a request says of a recording: of a call that is placed, or of one that is live.

Source: reference/rest-api 2.2, 2.5.
"""

from enum import StrEnum
from typing import Final

from offhook.base.redact import Secret
from offhook.media.ports import RecordingChannels, RecordingPlan
from offhook.model.recording import RecordingSource, RecordingTrack
from offhook.recording.recorder import RecordingCallback, RecordingOrder
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.parameters import Parameter, Values, http_method, http_url, word, words


class Trim(StrEnum):
    """Whether silence at both ends is cut off."""

    TRIM_SILENCE = "trim-silence"
    DO_NOT_TRIM = "do-not-trim"


class RecordingEvent(StrEnum):
    """What one may be told of a recording."""

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    ABSENT = "absent"


CHANNELS: Final = Parameter(
    "RecordingChannels", word(RecordingChannels), INVALID_PARAMETER, RecordingChannels.MONO
)
TRACK: Final = Parameter("RecordingTrack", word(RecordingTrack), INVALID_PARAMETER, RecordingTrack.BOTH)
TRIM: Final[Parameter[Trim | None]] = Parameter("Trim", word(Trim), INVALID_PARAMETER, None)
CALLBACK: Final[Parameter[str | None]] = Parameter("RecordingStatusCallback", http_url, 21609, None)
CALLBACK_METHOD: Final = Parameter("RecordingStatusCallbackMethod", http_method, 21209, "POST")
CALLBACK_EVENT: Final[Parameter[frozenset[RecordingEvent]]] = Parameter(
    "RecordingStatusCallbackEvent",
    words(RecordingEvent),
    21626,
    frozenset({RecordingEvent.COMPLETED}),
    is_repeated=True,
)
RECORDING: Final = (CHANNELS, TRACK, TRIM, CALLBACK, CALLBACK_METHOD, CALLBACK_EVENT)


def recording_plan(values: Values, *, trims_silence: bool) -> RecordingPlan:
    """What is to be in it. trims_silence: where the request does not say."""
    trim = values[TRIM]
    return RecordingPlan(
        values[TRACK],
        values[CHANNELS],
        trims_silence=trims_silence if trim is None else trim is Trim.TRIM_SILENCE,
    )


def recording_order(
    values: Values, source: RecordingSource, auth_token: Secret, *, trims_silence: bool
) -> RecordingOrder:
    """The recording that is wanted. trims_silence: where the request does not say."""
    plan = recording_plan(values, trims_silence=trims_silence)
    url, events = values[CALLBACK], values[CALLBACK_EVENT]
    callback = None if url is None else RecordingCallback(url, values[CALLBACK_METHOD], events)
    return RecordingOrder(source, auth_token, plan, callback)
