"""A call that the account takes out of a queue: it runs another document (reference/rest-api 2.4).

Out of the line it is at once, so that of two who ask for the front each gets another one; the `action` of its
Enqueue is told `redirected`. Called by `rest/api/queue_members.py` through the exchange.
"""

from offhook.model.queue import Member
from offhook.switchboard.services import Services
from offhook.switchboard.update_call import CallUpdate, update_call
from offhook.verbs.verb import GoTo


async def dequeue_member(
    account_sid: str, queue_sid: str, call_sid: str | None, start: GoTo, services: Services
) -> Member | None:
    """The member as it was; None where it is not in the queue. call_sid: None is the front."""
    queue = services.tools.queues.live(queue_sid)
    if queue is None or queue.record.account_sid != account_sid or not len(queue):
        return None
    member = queue.members[0] if call_sid is None else queue.find(call_sid)
    if member is None:
        return None
    was = queue.describe(member)
    queue.leave(member)
    await update_call(account_sid, member.sid, CallUpdate(start=start), services.live_calls)
    return was
