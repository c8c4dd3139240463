"""Recordings, of the account and of one call (reference/rest-api 2.5, 3.4).

A deleted recording loses its audio at once; its record can be had for 40 days by IncludeSoftDeleted. One
that is under way is changed by `call_recordings.py`. Left out: encryption, transcriptions and prices, which
are null.
"""

from datetime import datetime
from typing import Final

import structlog

from offhook.model.recording import Recording, RecordingStatus
from offhook.model.sip_domain import API_VERSION
from offhook.rest.api.calls import call_in_path, period
from offhook.rest.errors import INVALID_PARAMETER, NOT_COMPLETE, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, boolean, moment, sid
from offhook.rest.representation import BASE, METADATA, JsonValue, Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import KEPT_DELETED, RecordingFilter

log = structlog.get_logger(__name__)

DATE_CREATED: Final[Parameter[datetime | None]] = Parameter("DateCreated", moment, INVALID_PARAMETER, None)
DATE_CREATED_UNTIL: Final[Parameter[datetime | None]] = Parameter(
    "DateCreated<", moment, INVALID_PARAMETER, None
)
DATE_CREATED_FROM: Final[Parameter[datetime | None]] = Parameter(
    "DateCreated>", moment, INVALID_PARAMETER, None
)
CALL_SID: Final[Parameter[str | None]] = Parameter("CallSid", sid("CA"), INVALID_PARAMETER, None)
CONFERENCE_SID: Final[Parameter[str | None]] = Parameter("ConferenceSid", sid("CF"), INVALID_PARAMETER, None)
INCLUDE_SOFT_DELETED: Final = Parameter("IncludeSoftDeleted", boolean, INVALID_PARAMETER, default=False)
_DATES: Final = (DATE_CREATED, DATE_CREATED_UNTIL, DATE_CREATED_FROM)


async def list_recordings(request: ApiRequest) -> Answer:
    """GET: the account's recordings, filtered."""
    values = request.values
    created_from, created_until = period(values, DATE_CREATED, DATE_CREATED_FROM, DATE_CREATED_UNTIL)
    wanted = RecordingFilter(
        call_sid=values[CALL_SID],
        conference_sid=values[CONFERENCE_SID],
        created_from=created_from,
        created_until=created_until,
        deleted_since=_deleted_since(request) if values[INCLUDE_SOFT_DELETED] else None,
    )
    page = await request.services.store.recordings.list(request.account_sid, wanted, page_request(values))

    def represent_one(recording: Recording) -> Representation:
        return representation(recording, request.origin)

    return Answer(200, represent("recordings", page, request.links, represent_one, by_creation))


async def list_of_call(request: ApiRequest) -> Answer:
    """GET: the recordings of the call in the path."""
    call = await call_in_path(request, "CallSid")
    created_from, created_until = period(request.values, DATE_CREATED, DATE_CREATED_FROM, DATE_CREATED_UNTIL)
    wanted = RecordingFilter(call_sid=call.sid, created_from=created_from, created_until=created_until)
    page = await request.services.store.recordings.list(
        request.account_sid, wanted, page_request(request.values)
    )
    return Answer(200, represent("recordings", page, request.links, of_call, by_creation))


async def fetch_recording(request: ApiRequest) -> Answer:
    """GET: one recording."""
    recording = await recording_in_path(request, deleted=request.values[INCLUDE_SOFT_DELETED])
    return Answer(200, representation(recording, request.origin))


async def fetch_of_call(request: ApiRequest) -> Answer:
    """GET: one recording of the call in the path."""
    return Answer(200, of_call(await recording_in_path(request, deleted=False)))


async def delete_recording(request: ApiRequest) -> Answer:
    """DELETE: the audio at once, the record in 40 days; of the account or of the call in the path."""
    recording = await recording_in_path(request, deleted=False)
    if not recording.status.is_final:
        raise ApiError(NOT_COMPLETE, "Cannot delete this resource before it is complete")
    services = request.services
    now = services.clock.utc_now()
    if not await services.store.recordings.mark_deleted(request.account_sid, recording.sid, now):
        raise request.not_found()
    try:
        await services.recording_files.remove(recording)
    except OSError as error:
        # Nobody can have it any longer; the operator must look after the disk.
        log.error("recording.not_removed", recording_sid=recording.sid, reason=error.strerror)
    return Answer(204)


async def recording_in_path(request: ApiRequest, *, deleted: bool) -> Recording:
    """The recording that the path names, of its call or its conference if it names one too.

    deleted: whether one that was deleted in the last 40 days is meant as well. Raises: ApiError 20404.
    """
    recording = await request.services.store.recordings.fetch(request.account_sid, request.segments["Sid"])
    if (
        recording is None
        or request.segments.get("CallSid") not in (None, recording.call_sid)
        or request.segments.get("ConferenceSid") not in (None, recording.conference_sid)
    ):
        raise request.not_found()
    is_gone = recording.status is RecordingStatus.DELETED
    if is_gone and not (deleted and recording.updated_at >= _deleted_since(request)):
        raise request.not_found()
    return recording


def representation(recording: Recording, origin: str) -> Representation:
    """The resource as the API shows it. origin: scheme and host of the link to the audio."""
    account, own = recording.account_sid, recording.sid
    fields = shown_fields(recording)
    fields["media_url"] = f"{origin}{BASE}/Accounts/{account}/Recordings/{own}"
    fields["subresource_uris"] = {
        "add_on_results": uri(account, "Recordings", own, "AddOnResults"),
        "transcriptions": uri(account, "Recordings", own, "Transcriptions"),
    }
    fields["uri"] = uri(account, "Recordings", own)
    return Representation("Recording", fields)


def of_call(recording: Recording) -> Representation:
    """The resource as it is shown below a call."""
    fields = shown_fields(recording)
    fields["track"] = recording.track.value
    fields["uri"] = uri(recording.account_sid, "Calls", recording.call_sid or "", "Recordings", recording.sid)
    return Representation("Recording", fields)


def shown_fields(recording: Recording) -> dict[str, JsonValue]:
    """What every representation of it has."""
    return {
        "sid": recording.sid,
        "account_sid": recording.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": recording.conference_sid,
        "date_created": date(recording.created_at),
        "date_updated": date(recording.updated_at),
        "start_time": date(recording.started_at),
        "duration": None if recording.duration_s is None else str(recording.duration_s),
        "channels": recording.channels,
        "source": recording.source.value,
        "status": recording.status.value,
        "error_code": recording.error_code,
        "price": None,
        "price_unit": "USD",
        "encryption_details": None,
    }


def _deleted_since(request: ApiRequest) -> datetime:
    return request.services.clock.utc_now() - KEPT_DELETED


_ACCOUNT: Final = "/Accounts/{AccountSid}/Recordings"
CALL_PATH: Final = "/Accounts/{AccountSid}/Calls/{CallSid}/Recordings"
OPERATIONS: Final = (
    Operation(
        "GET",
        _ACCOUNT,
        list_recordings,
        paged(*_DATES, CALL_SID, CONFERENCE_SID, INCLUDE_SOFT_DELETED),
    ),
    Operation(
        "GET",
        f"{_ACCOUNT}/{{Sid}}",
        fetch_recording,
        ParameterTable(INCLUDE_SOFT_DELETED),
        formats=METADATA,
    ),
    Operation("DELETE", f"{_ACCOUNT}/{{Sid}}", delete_recording),
    Operation("GET", CALL_PATH, list_of_call, paged(*_DATES)),
    Operation("GET", f"{CALL_PATH}/{{Sid}}", fetch_of_call),
    Operation("DELETE", f"{CALL_PATH}/{{Sid}}", delete_recording),
)
