"""Participants of a conference: list, fetch, change, remove (reference/rest-api 2.3, 3.3).

Those who are there and those who are dialled; `add_participant.py` dials. The last segment of the path is a
CallSid or a label.
"""

from collections.abc import Sequence
from typing import Final

from offhook.conference.change import SeatChange
from offhook.conference.plan import JoinError, Target
from offhook.model.call import CallStatus
from offhook.model.conference import Participant
from offhook.rest.api.conferences import (
    ANNOUNCE_METHOD,
    ANNOUNCE_URL,
    PATH,
    live_conference,
    live_conference_in_path,
)
from offhook.rest.errors import INVALID_PARAMETER, ApiError
from offhook.rest.paging import page_request, paged, represent
from offhook.rest.parameters import (
    Parameter,
    ParameterTable,
    Values,
    boolean,
    http_method,
    http_url,
    sid,
)
from offhook.rest.representation import JsonValue, Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import Cursor, Page, PageRequest

NO_ONE_TO_COACH: Final = 16028


def _flag(name: str) -> Parameter[bool | None]:
    return Parameter(name, boolean, INVALID_PARAMETER, None)


MUTED: Final = _flag("Muted")
HOLD: Final = _flag("Hold")
COACHING: Final = _flag("Coaching")
HOLD_URL: Final[Parameter[str | None]] = Parameter("HoldUrl", http_url, 21205, None)
HOLD_METHOD: Final = Parameter("HoldMethod", http_method, INVALID_PARAMETER, "GET")
WAIT_URL: Final[Parameter[str | None]] = Parameter("WaitUrl", http_url, 21205, "", is_clearable=True)
"""Empty is silence."""
WAIT_METHOD: Final = Parameter("WaitMethod", http_method, INVALID_PARAMETER, "POST")
BEEP_ON_EXIT: Final = _flag("BeepOnExit")
END_ON_EXIT: Final = _flag("EndConferenceOnExit")
COACHED: Final[Parameter[str | None]] = Parameter("CallSidToCoach", sid("CA"), INVALID_PARAMETER, None)
CHANGES: Final = (
    MUTED,
    HOLD,
    HOLD_URL,
    HOLD_METHOD,
    ANNOUNCE_URL,
    ANNOUNCE_METHOD,
    WAIT_URL,
    WAIT_METHOD,
    BEEP_ON_EXIT,
    END_ON_EXIT,
    COACHING,
    COACHED,
)


async def list_participants(request: ApiRequest) -> Answer:
    """GET: those who are there, in the order in which they came."""
    conference = await live_conference_in_path(request, "ConferenceSid")
    live = request.services.conferences.find(request.account_sid, conference.sid)
    values = request.values
    wanted = ((MUTED, "is_muted"), (HOLD, "is_on_hold"), (COACHING, "is_coaching"))
    there = [
        participant
        for participant in (() if live is None else live.participants())
        if all(values[flag] in (None, getattr(participant, name)) for flag, name in wanted)
    ]
    page = _page(there, page_request(values))
    return Answer(200, represent("participants", page, request.links, representation, _place))


async def fetch_participant(request: ApiRequest) -> Answer:
    """GET: one of them."""
    return Answer(200, representation(await participant_in_path(request)))


async def update_participant(request: ApiRequest) -> Answer:
    """POST: mute, hold, have it coach, announce, and what else may be changed."""
    participant = await participant_in_path(request)
    live = live_conference(request, participant.conference_sid)
    try:
        changed = live.change(participant.call_sid, _change(request.values, participant))
    except JoinError as error:
        raise ApiError(error.code, error.message) from error
    if changed is None:
        raise request.not_found()
    return Answer(200, representation(changed))


async def remove_participant(request: ApiRequest) -> Answer:
    """DELETE: have one leave; its document goes on."""
    participant = await participant_in_path(request)
    live_conference(request, participant.conference_sid).kick(participant.call_sid)
    return Answer(204)


async def participant_in_path(request: ApiRequest) -> Participant:
    """The participant that the path names. Raises: ApiError 20404."""
    conference = await live_conference_in_path(request, "ConferenceSid")
    live = request.services.conferences.find(request.account_sid, conference.sid)
    participant = None if live is None else live.find(request.segments["CallSid"])
    if participant is None:
        raise request.not_found()
    return participant


def _change(values: Values, participant: Participant) -> SeatChange:
    """What the request asks for. Raises: ApiError 16028 for a coach without anybody to coach."""
    hold_url, announce_url = values[HOLD_URL], values[ANNOUNCE_URL]
    is_coaching, coached = values[COACHING], values[COACHED]
    if is_coaching and (coached or participant.call_sid_to_coach) is None:
        raise ApiError(NO_ONE_TO_COACH, "Coaching needs CallSidToCoach")
    changes_wait = WAIT_URL.name in values.texts
    return SeatChange(
        is_muted=values[MUTED],
        is_on_hold=values[HOLD],
        hold=None if hold_url is None else Target(hold_url, values[HOLD_METHOD]),
        announce=None if announce_url is None else Target(announce_url, values[ANNOUNCE_METHOD]),
        changes_wait=changes_wait,
        wait=Target(values[WAIT_URL] or "", values[WAIT_METHOD]) if changes_wait else None,
        beeps_on_exit=values[BEEP_ON_EXIT],
        ends_conference=values[END_ON_EXIT],
        is_coaching=is_coaching,
        coaches=coached,
    )


def _place(participant: Participant) -> Cursor:
    return Cursor(participant.created_at, participant.call_sid)


def _page(there: Sequence[Participant], wanted: PageRequest) -> Page[Participant]:
    """What came after the cursor `before`, or before the cursor `after`, whose participant may have left."""
    start, end = 0, wanted.size
    if wanted.before is not None:
        start = sum(not _is_behind(each, wanted.before) for each in there)
        end = start + wanted.size
    elif wanted.after is not None:
        cursor = wanted.after
        end = sum(not _is_behind(each, cursor) and each.call_sid != cursor.sid for each in there)
        start = max(0, end - wanted.size)
    return Page(there[start:end], has_older=end < len(there), has_newer=start > 0)


def _is_behind(participant: Participant, cursor: Cursor) -> bool:
    return (participant.created_at, participant.call_sid) > (cursor.moment, cursor.sid)


def representation(participant: Participant, *, queue_time: str | None = None) -> Representation:
    """The resource as the API shows it. queue_time: milliseconds, in the answer to its making alone."""
    conference, call = participant.conference_sid, participant.call_sid
    fields: dict[str, JsonValue] = {
        "account_sid": participant.account_sid,
        "call_sid": call,
        "conference_sid": conference,
        "label": participant.label,
        "status": _status(participant),
        "muted": participant.is_muted,
        "hold": participant.is_on_hold,
        "start_conference_on_enter": participant.starts_conference,
        "end_conference_on_exit": participant.ends_conference,
        "coaching": participant.is_coaching,
        "call_sid_to_coach": participant.call_sid_to_coach,
        "queue_time": queue_time,
        "date_created": date(participant.created_at),
        "date_updated": date(participant.updated_at),
        "uri": uri(participant.account_sid, "Conferences", conference, "Participants", call),
    }
    return Representation("Participant", fields)


def _status(participant: Participant) -> str:
    if participant.has_joined:
        return "connected"
    match participant.call_status:
        case CallStatus.QUEUED:
            return "queued"
        case CallStatus.RINGING:
            return "ringing"
        case status if status.is_final:
            return "failed"
        case _:
            return "connecting"


PARTICIPANTS: Final = f"{PATH}/{{ConferenceSid}}/Participants"
_ONE: Final = f"{PARTICIPANTS}/{{CallSid}}"
OPERATIONS: Final = (
    Operation("GET", PARTICIPANTS, list_participants, paged(MUTED, HOLD, COACHING)),
    Operation("GET", _ONE, fetch_participant),
    Operation("POST", _ONE, update_participant, ParameterTable(*CHANGES)),
    Operation("DELETE", _ONE, remove_participant),
)
