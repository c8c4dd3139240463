"""Conferences: fetch, list, end, announce (reference/rest-api 2.3, 3.2). The first participant begins one.

Where the page is silent: an announcement needs a conference that has started (16001).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from offhook.conference.conference import Conference as LiveConference
from offhook.conference.plan import Target
from offhook.model.conference import Conference, ConferenceStatus
from offhook.model.sip_domain import API_VERSION
from offhook.rest.api.calls import period
from offhook.rest.errors import CONFLICT, INVALID_PARAMETER, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    http_method,
    http_url,
    moment,
    text,
    word,
)
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import ConferenceFilter

NOT_STARTED: Final = 16001
OVER: Final = 16022


class NewStatus(StrEnum):
    """What an update may ask a conference to become."""

    COMPLETED = "completed"


def _date(name: str) -> Parameter[datetime | None]:
    return Parameter(name, moment, INVALID_PARAMETER, None)


DATE_CREATED: Final = tuple(_date(f"DateCreated{edge}") for edge in ("", ">", "<"))
DATE_UPDATED: Final = tuple(_date(f"DateUpdated{edge}") for edge in ("", ">", "<"))
FRIENDLY_NAME: Final[Parameter[str | None]] = Parameter("FriendlyName", text(128), INVALID_PARAMETER, None)
STATUS: Final[Parameter[ConferenceStatus | None]] = Parameter(
    "Status", word(ConferenceStatus), INVALID_PARAMETER, None
)
NEW_STATUS: Final[Parameter[NewStatus | None]] = Parameter("Status", word(NewStatus), INVALID_PARAMETER, None)
ANNOUNCE_URL: Final[Parameter[str | None]] = Parameter("AnnounceUrl", http_url, 21205, None)
ANNOUNCE_METHOD: Final = Parameter("AnnounceMethod", http_method, INVALID_PARAMETER, "POST")


async def list_conferences(request: ApiRequest) -> Answer:
    """GET: the account's conferences, filtered."""
    values = request.values
    created_from, created_until = period(values, *DATE_CREATED)
    updated_from, updated_until = period(values, *DATE_UPDATED)
    wanted = ConferenceFilter(
        friendly_name=values[FRIENDLY_NAME],
        status=values[STATUS],
        created_from=created_from,
        created_until=created_until,
        updated_from=updated_from,
        updated_until=updated_until,
    )
    page = await request.services.store.conferences.list(request.account_sid, wanted, page_request(values))
    return Answer(200, represent("conferences", page, request.links, representation, by_creation))


async def fetch_conference(request: ApiRequest) -> Answer:
    """GET: one conference."""
    return Answer(200, representation(await conference_in_path(request, "Sid")))


async def update_conference(request: ApiRequest) -> Answer:
    """POST: end it, or have something announced to all."""
    await live_conference_in_path(request, "Sid")
    live = live_conference(request, request.segments["Sid"])
    url = request.values[ANNOUNCE_URL]
    if url is not None:
        if live.record.status is not ConferenceStatus.IN_PROGRESS:
            raise ApiError(NOT_STARTED, "The conference has not started: nobody would hear the announcement")
        live.announce(Target(url, request.values[ANNOUNCE_METHOD]))
    if request.values[NEW_STATUS] is not None:
        live.end()
    # What the account is told must be durable: a read waits for the batch that the record is in.
    return Answer(200, representation(await conference_in_path(request, "Sid")))


async def conference_in_path(request: ApiRequest, segment: str) -> Conference:
    """The conference that a segment of the path names. Raises: ApiError 20404."""
    sid = request.segments[segment]
    conference = await request.services.store.conferences.fetch(request.account_sid, sid)
    if conference is None:
        raise request.not_found()
    return conference


async def live_conference_in_path(request: ApiRequest, segment: str) -> Conference:
    """The same, of which something is asked that only the node knows that has it.

    Raises: ApiError 20404; 20409 where another node has it.
    """
    conference = await conference_in_path(request, segment)
    if conference.status is not ConferenceStatus.COMPLETED:
        await refuse_elsewhere(request, conference.sid)
    return conference


async def refuse_elsewhere(request: ApiRequest, sid: str) -> None:
    """Raises: ApiError 20409 where a conference runs on another node of the database."""
    node = await request.services.store.conferences.elsewhere(request.account_sid, sid)
    if node is not None:
        raise ApiError(CONFLICT, f"The conference runs on another node ({node}). Ask that node.")


def live_conference(request: ApiRequest, sid: str) -> LiveConference:
    """The same as it runs here. Raises: ApiError 16022 when it is over."""
    live = request.services.conferences.find(request.account_sid, sid)
    if live is None:
        raise ApiError(OVER, f"Conference {sid} is over")
    return live


def representation(conference: Conference) -> Representation:
    """The resource as the API shows it."""
    account, own = conference.account_sid, conference.sid
    reason = conference.reason_ended
    return Representation(
        "Conference",
        {
            "sid": own,
            "account_sid": account,
            "friendly_name": conference.friendly_name,
            "status": conference.status.value,
            "region": conference.region or "unknown",
            "api_version": API_VERSION,
            "reason_conference_ended": None if reason is None else reason.value,
            "call_sid_ending_conference": conference.ending_call_sid,
            "date_created": date(conference.created_at),
            "date_updated": date(conference.updated_at),
            "uri": uri(account, "Conferences", own),
            "subresource_uris": {
                "participants": uri(account, "Conferences", own, "Participants"),
                "recordings": uri(account, "Conferences", own, "Recordings"),
            },
        },
    )


PATH: Final = "/Accounts/{AccountSid}/Conferences"
OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        list_conferences,
        paged(
            DATE_CREATED[0],
            DATE_CREATED[2],
            DATE_CREATED[1],
            DATE_UPDATED[0],
            DATE_UPDATED[2],
            DATE_UPDATED[1],
            FRIENDLY_NAME,
            STATUS,
        ),
    ),
    Operation("GET", f"{PATH}/{{Sid}}", fetch_conference),
    Operation(
        "POST",
        f"{PATH}/{{Sid}}",
        update_conference,
        ParameterTable(NEW_STATUS, ANNOUNCE_URL, ANNOUNCE_METHOD),
    ),
)
