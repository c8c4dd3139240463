"""Transcriptions of recordings, of the account and of one recording (reference/rest-api 2.5, 3.4).

One that is being made has no resource yet.
"""

from typing import Final

from offhook.model.sip_domain import API_VERSION
from offhook.model.transcription import Transcription
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation


async def list_transcriptions(request: ApiRequest) -> Answer:
    """GET: those of the account."""
    page = await request.services.store.transcriptions.list(request.account_sid, page_request(request.values))
    return Answer(200, represent("transcriptions", page, request.links, representation, by_creation))


async def list_of_recording(request: ApiRequest) -> Answer:
    """GET: those of the recording in the path, deleted or not."""
    sid = request.segments["RecordingSid"]
    if await request.services.store.recordings.fetch(request.account_sid, sid) is None:
        raise request.not_found()
    page = await request.services.store.transcriptions.list_of(
        request.account_sid, sid, page_request(request.values)
    )
    return Answer(200, represent("transcriptions", page, request.links, representation, by_creation))


async def fetch_transcription(request: ApiRequest) -> Answer:
    """GET: one."""
    return Answer(200, representation(await _in_path(request)))


async def delete_transcription(request: ApiRequest) -> Answer:
    """DELETE: the text is gone; the recording stays."""
    found = await _in_path(request)
    if not await request.services.store.transcriptions.delete(request.account_sid, found.sid):
        raise request.not_found()
    return Answer(204)


async def _in_path(request: ApiRequest) -> Transcription:
    found = await request.services.store.transcriptions.fetch(request.account_sid, request.segments["Sid"])
    if found is None or request.segments.get("RecordingSid") not in (None, found.recording_sid):
        raise request.not_found()
    return found


def representation(transcription: Transcription) -> Representation:
    """The resource as the API shows it."""
    return Representation(
        "Transcription",
        {
            "sid": transcription.sid,
            "account_sid": transcription.account_sid,
            "api_version": API_VERSION,
            "recording_sid": transcription.recording_sid,
            "status": transcription.status.value,
            "transcription_text": transcription.text,
            "type": "fast",
            "duration": str(transcription.duration_s),
            "price": None,
            "price_unit": "USD",
            "date_created": date(transcription.created_at),
            "date_updated": date(transcription.updated_at),
            "uri": uri(transcription.account_sid, "Transcriptions", transcription.sid),
        },
    )


_ACCOUNT: Final = "/Accounts/{AccountSid}/Transcriptions"
_RECORDING: Final = "/Accounts/{AccountSid}/Recordings/{RecordingSid}/Transcriptions"
OPERATIONS: Final = (
    Operation("GET", _ACCOUNT, list_transcriptions, paged()),
    Operation("GET", f"{_ACCOUNT}/{{Sid}}", fetch_transcription),
    Operation("DELETE", f"{_ACCOUNT}/{{Sid}}", delete_transcription),
    Operation("GET", _RECORDING, list_of_recording, paged()),
    Operation("GET", f"{_RECORDING}/{{Sid}}", fetch_transcription),
    Operation("DELETE", f"{_RECORDING}/{{Sid}}", delete_transcription),
)
