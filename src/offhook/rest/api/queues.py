"""Queues (reference/rest-api 2.4, 3.7).

How many wait, and for how long, is of the node that is asked. Where the pages are silent: a name that the
account has already is 22003; a queue in which somebody waits is not deleted (20409).
"""

from dataclasses import replace
from typing import Final

from offhook.model.queue import NAME_MAX, SIZE_BY_API, SIZE_MAX, Queue
from offhook.queue.queues import QueueNotEmptyError, TooManyQueuesError
from offhook.rest.errors import CONFLICT, INVALID_PARAMETER, NAME_LENGTH, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, integer, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, UnknownRecordError

NAME_TAKEN: Final = 22003

FRIENDLY_NAME: Final = Parameter("FriendlyName", text(NAME_MAX), NAME_LENGTH, "")
MAX_SIZE: Final = Parameter("MaxSize", integer(1, SIZE_MAX), INVALID_PARAMETER, SIZE_BY_API)


async def list_queues(request: ApiRequest) -> Answer:
    """GET: the account's queues."""
    page = await request.services.store.queues.list(request.account_sid, page_request(request.values))
    return Answer(
        200,
        represent("queues", page, request.links, lambda queue: representation(queue, request), by_creation),
    )


async def create_queue(request: ApiRequest) -> Answer:
    """POST: a new queue."""
    name = request.values[FRIENDLY_NAME]
    try:
        queue = await request.services.queues.create(request.account_sid, name, request.values[MAX_SIZE])
    except DuplicateError as error:
        raise _taken(name) from error
    except TooManyQueuesError as error:
        raise ApiError(CONFLICT, str(error)) from error
    return Answer(201, representation(queue, request))


async def fetch_queue(request: ApiRequest) -> Answer:
    """GET: one queue."""
    return Answer(200, representation(await queue_in_path(request, "Sid"), request))


async def update_queue(request: ApiRequest) -> Answer:
    """POST: another name, or another size; who waits stays."""
    queue = await queue_in_path(request, "Sid")
    name = request.values.get(FRIENDLY_NAME, queue.friendly_name)
    changed = replace(queue, friendly_name=name, max_size=request.values.get(MAX_SIZE, queue.max_size))
    try:
        changed = await request.services.queues.update(changed)
    except DuplicateError as error:
        raise _taken(name) from error
    except UnknownRecordError as error:
        raise request.not_found() from error
    return Answer(200, representation(changed, request))


async def delete_queue(request: ApiRequest) -> Answer:
    """DELETE: a queue in which nobody waits."""
    try:
        is_deleted = await request.services.queues.delete(request.account_sid, request.segments["Sid"])
    except QueueNotEmptyError as error:
        raise ApiError(CONFLICT, f"The queue cannot be deleted: {error}") from error
    if not is_deleted:
        raise request.not_found()
    return Answer(204)


async def queue_in_path(request: ApiRequest, segment: str) -> Queue:
    """The queue that the path names. Raises: ApiError."""
    queue = await request.services.store.queues.fetch(request.account_sid, request.segments[segment])
    if queue is None:
        raise request.not_found()
    return queue


def _taken(name: str) -> ApiError:
    return ApiError(NAME_TAKEN, f"The account has a queue of the name {name} already")


def representation(queue: Queue, request: ApiRequest) -> Representation:
    """The resource as the API shows it."""
    live = request.services.queues.live(queue.sid)
    return Representation(
        "Queue",
        {
            "sid": queue.sid,
            "account_sid": queue.account_sid,
            "friendly_name": queue.friendly_name,
            "current_size": 0 if live is None else len(live),
            "max_size": queue.max_size,
            "average_wait_time": 0 if live is None else live.average_wait_s,
            "date_created": date(queue.created_at),
            "date_updated": date(queue.updated_at),
            "uri": uri(queue.account_sid, "Queues", queue.sid),
        },
    )


PATH: Final = "/Accounts/{AccountSid}/Queues"
OPERATIONS: Final = (
    Operation("GET", PATH, list_queues, paged()),
    Operation("POST", PATH, create_queue, ParameterTable(FRIENDLY_NAME, MAX_SIZE, required=(FRIENDLY_NAME,))),
    Operation("GET", f"{PATH}/{{Sid}}", fetch_queue),
    Operation("POST", f"{PATH}/{{Sid}}", update_queue, ParameterTable(FRIENDLY_NAME, MAX_SIZE)),
    Operation("DELETE", f"{PATH}/{{Sid}}", delete_queue),
)
