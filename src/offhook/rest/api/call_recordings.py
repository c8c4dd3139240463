"""Recordings of a live call: begin, pause, go on, end (reference/rest-api 2.5).

Below the same paths as what `recordings.py` reads and deletes. `Twilio.CURRENT` is the only one under way.
"""

from enum import StrEnum
from typing import Final

from offhook.model.recording import RecordingSource, RecordingStatus
from offhook.recording.recorder import RecordingError
from offhook.rest.api.calls import NOT_IN_PROGRESS, live_call_in_path
from offhook.rest.api.recordings import CALL_PATH, of_call, recording_in_path
from offhook.rest.errors import INVALID_PARAMETER, UNAVAILABLE, ApiError
from offhook.rest.parameters import Parameter, ParameterTable, word
from offhook.rest.recording_parameters import RECORDING, recording_order
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.switchboard.record_call import RecordingUpdate, SeveralRecordingsError
from offhook.switchboard.update_call import NotInProgressError

CURRENT: Final = "Twilio.CURRENT"
SEVERAL: Final = 16108
ENDED: Final = 21220


class NewStatus(StrEnum):
    """What an update may ask a recording to become."""

    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"


class PauseBehavior(StrEnum):
    """What stands in the file for a pause."""

    SKIP = "skip"
    SILENCE = "silence"


STATUS: Final = Parameter("Status", word(NewStatus), INVALID_PARAMETER, NewStatus.IN_PROGRESS)
PAUSE_BEHAVIOR: Final = Parameter(
    "PauseBehavior", word(PauseBehavior), INVALID_PARAMETER, PauseBehavior.SILENCE
)


async def begin_recording(request: ApiRequest) -> Answer:
    """POST: record the call in the path from now on."""
    call = await live_call_in_path(request, "CallSid")
    order = recording_order(
        request.values,
        RecordingSource.START_CALL_RECORDING_API,
        request.account.auth_token,
        trims_silence=False,
    )
    try:
        recording = request.services.record_call(request.account_sid, call.sid, order)
    except NotInProgressError as error:
        raise ApiError(NOT_IN_PROGRESS, str(error)) from error
    except RecordingError as error:
        raise ApiError(UNAVAILABLE, str(error)) from error
    await request.services.store.flushed()
    return Answer(201, of_call(recording))


async def update_recording(request: ApiRequest) -> Answer:
    """POST on a recording: pause it, go on, end it."""
    call = await live_call_in_path(request, "CallSid")
    wanted = request.segments["Sid"]
    if wanted != CURRENT:
        await recording_in_path(request, deleted=False)
    status = RecordingStatus(request.values[STATUS].value)
    update = RecordingUpdate(status, skips_pause=request.values[PAUSE_BEHAVIOR] is PauseBehavior.SKIP)
    try:
        recording = request.services.update_recording(call.sid, None if wanted == CURRENT else wanted, update)
    except SeveralRecordingsError as error:
        raise ApiError(SEVERAL, str(error)) from error
    if recording is None and wanted == CURRENT:
        raise request.not_found()
    if recording is None:
        raise ApiError(ENDED, "Recording is not in-progress. Cannot be changed.")
    await request.services.store.flushed()
    return Answer(200, of_call(recording))


OPERATIONS: Final = (
    Operation("POST", CALL_PATH, begin_recording, ParameterTable(*RECORDING)),
    Operation(
        "POST",
        f"{CALL_PATH}/{{Sid}}",
        update_recording,
        ParameterTable(STATUS, PAUSE_BEHAVIOR, required=(STATUS,)),
    ),
)
