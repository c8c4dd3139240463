"""Recordings of a conference: list, fetch, pause, go on, delete (reference/rest-api 2.3, 3.4)."""

from enum import StrEnum
from typing import Final

from offhook.model.recording import Recording, RecordingStatus
from offhook.rest.api.call_recordings import CURRENT, ENDED, PAUSE_BEHAVIOR, SEVERAL, PauseBehavior
from offhook.rest.api.calls import period
from offhook.rest.api.conferences import PATH, conference_in_path, live_conference_in_path
from offhook.rest.api.recordings import (
    DATE_CREATED,
    DATE_CREATED_FROM,
    DATE_CREATED_UNTIL,
    delete_recording,
    recording_in_path,
    shown_fields,
)
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, word
from offhook.rest.representation import Representation, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import RecordingFilter
from offhook.switchboard.record_call import RecordingUpdate, SeveralRecordingsError


class NewStatus(StrEnum):
    """What an update may ask a recording to become; one of a conference ends with it."""

    IN_PROGRESS = "in-progress"
    PAUSED = "paused"


STATUS: Final = Parameter("Status", word(NewStatus), INVALID_PARAMETER, NewStatus.IN_PROGRESS)


async def list_recordings(request: ApiRequest) -> Answer:
    """GET: the recordings of the conference in the path."""
    conference = await conference_in_path(request, "ConferenceSid")
    start, end = period(request.values, DATE_CREATED, DATE_CREATED_FROM, DATE_CREATED_UNTIL)
    wanted = RecordingFilter(conference_sid=conference.sid, created_from=start, created_until=end)
    page = await request.services.store.recordings.list(
        request.account_sid, wanted, page_request(request.values)
    )
    return Answer(200, represent("recordings", page, request.links, _representation, by_creation))


async def fetch_recording(request: ApiRequest) -> Answer:
    """GET: one of them."""
    return Answer(200, _representation(await recording_in_path(request, deleted=False)))


async def update_recording(request: ApiRequest) -> Answer:
    """POST: pause it, or go on."""
    conference = await live_conference_in_path(request, "ConferenceSid")
    wanted = request.segments["Sid"]
    if wanted != CURRENT:
        await recording_in_path(request, deleted=False)
    status = RecordingStatus(request.values[STATUS].value)
    update = RecordingUpdate(status, skips_pause=request.values[PAUSE_BEHAVIOR] is PauseBehavior.SKIP)
    try:
        recording = request.services.update_recording(
            conference.sid, None if wanted == CURRENT else wanted, update
        )
    except SeveralRecordingsError as error:
        raise ApiError(SEVERAL, str(error)) from error
    if recording is None and wanted == CURRENT:
        raise request.not_found()
    if recording is None:
        raise ApiError(ENDED, "Recording is not in-progress. Cannot be changed.")
    await request.services.store.flushed()
    return Answer(200, _representation(recording))


def _representation(recording: Recording) -> Representation:
    fields = shown_fields(recording)
    path = ("Conferences", recording.conference_sid or "", "Recordings", recording.sid)
    fields["uri"] = uri(recording.account_sid, *path)
    return Representation("Recording", fields)


_PATH: Final = f"{PATH}/{{ConferenceSid}}/Recordings"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_recordings, paged(DATE_CREATED, DATE_CREATED_UNTIL, DATE_CREATED_FROM)),
    Operation("GET", f"{_PATH}/{{Sid}}", fetch_recording),
    Operation(
        "POST",
        f"{_PATH}/{{Sid}}",
        update_recording,
        ParameterTable(STATUS, PAUSE_BEHAVIOR, required=(STATUS,)),
    ),
    Operation("DELETE", f"{_PATH}/{{Sid}}", delete_recording),
)
