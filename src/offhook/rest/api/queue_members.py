"""Members of a queue: the calls that wait in it, front first (reference/rest-api 2.4, 3.7).

`Front` in place of a CallSid is whoever is at the front in that moment.
"""

from collections.abc import Sequence
from typing import Final

from offhook.model.queue import Member
from offhook.rest.api.queues import PATH as QUEUES
from offhook.rest.api.queues import queue_in_path
from offhook.rest.errors import INVALID_PARAMETER
from offhook.rest.paging import page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, http_method, http_url
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import Cursor, Page, PageRequest
from offhook.verbs.verb import GoTo

FRONT: Final = "Front"

URL: Final = Parameter("Url", http_url, 21205, "")
METHOD: Final = Parameter("Method", http_method, INVALID_PARAMETER, "POST")


async def list_members(request: ApiRequest) -> Answer:
    """GET: those who wait, front first."""
    queue = await queue_in_path(request, "QueueSid")
    live = request.services.queues.live(queue.sid)
    members = [] if live is None else [live.describe(member) for member in live.members]
    page = _page(members, page_request(request.values))
    return Answer(
        200,
        represent(
            "queue_members", page, request.links, lambda member: _representation(member, request), _place
        ),
    )


def _place(member: Member) -> Cursor:
    return Cursor(member.enqueued_at, member.call_sid)


def _page(members: Sequence[Member], wanted: PageRequest) -> Page[Member]:
    """What stands behind the cursor `before`, or in front of the cursor `after`, which may have left."""
    start, end = 0, wanted.size
    if wanted.before is not None:
        start = next((i for i, each in enumerate(members) if _is_behind(each, wanted.before)), len(members))
        end = start + wanted.size
    elif wanted.after is not None:
        cursor = wanted.after
        end = sum(not _is_behind(each, cursor) and each.call_sid != cursor.sid for each in members)
        start = max(0, end - wanted.size)
    return Page(members[start:end], has_older=end < len(members), has_newer=start > 0)


def _is_behind(member: Member, cursor: Cursor) -> bool:
    return (member.enqueued_at, member.call_sid) > (cursor.moment, cursor.sid)


async def fetch_member(request: ApiRequest) -> Answer:
    """GET: one of them, or the front."""
    queue = await queue_in_path(request, "QueueSid")
    live = request.services.queues.live(queue.sid)
    wanted = _wanted(request)
    if live is None or not len(live):
        raise request.not_found()
    member = live.members[0] if wanted is None else live.find(wanted)
    if member is None:
        raise request.not_found()
    return Answer(200, _representation(live.describe(member), request))


async def dequeue_member(request: ApiRequest) -> Answer:
    """POST: take one out of the queue, and have it run the document at `Url`."""
    queue = await queue_in_path(request, "QueueSid")
    start = GoTo(request.values[URL], request.values[METHOD])
    was = await request.services.dequeue_member(request.account_sid, queue.sid, _wanted(request), start)
    if was is None:
        raise request.not_found()
    return Answer(200, _representation(was, request))


def _wanted(request: ApiRequest) -> str | None:
    """The CallSid in the path; None is the front."""
    named = request.segments["CallSid"]
    return None if named == FRONT else named


def _representation(member: Member, request: ApiRequest) -> Representation:
    path = ("Queues", member.queue_sid, "Members", member.call_sid)
    return Representation(
        "QueueMember",
        {
            "call_sid": member.call_sid,
            "queue_sid": member.queue_sid,
            "date_enqueued": date(member.enqueued_at),
            "position": member.position,
            "wait_time": member.wait_s,
            "uri": uri(request.account_sid, *path),
        },
    )


_PATH: Final = f"{QUEUES}/{{QueueSid}}/Members"
OPERATIONS: Final = (
    Operation("GET", _PATH, list_members, paged()),
    Operation("GET", f"{_PATH}/{{CallSid}}", fetch_member),
    Operation("POST", f"{_PATH}/{{CallSid}}", dequeue_member, ParameterTable(URL, METHOD, required=(URL,))),
)
