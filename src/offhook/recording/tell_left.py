"""Tells the end of what the death of the node cut: of its calls and its recordings, to who asked for it.

Run by the roof at start, once calls and recordings left open are closed and the API's address is known. The
news go into the outbox, behind what is there of the same call. Source: reference/twiml 12.
"""

from collections.abc import Callable
from typing import Final

import structlog

from offhook.call.call import TOLD_AT_THE_END
from offhook.call.courier import Courier
from offhook.call.ledger import Noted
from offhook.call.outbox import CallOfNews
from offhook.model.account import Account
from offhook.model.call import Call
from offhook.model.callback import Subscription
from offhook.model.conference import ConferenceStatus
from offhook.model.recording import RecordingStatus
from offhook.recording.recorder import event_of, path_of
from offhook.store.ports import PageRequest, RecordingFilter, Store
from offhook.webhook.ports import (
    CallRecording,
    ConferenceEvent,
    ConferenceNews,
    News,
    ProgressEvent,
    ProgressNews,
    RecordingNews,
)

log = structlog.get_logger("offhook.recording")

Tell = Callable[[Noted, News], None]
"""Sends news of a call, or puts them where they are sent from."""
PAGE: Final = 200
"""How many are held in memory at once."""
CALL: Final = "CA"
"""How the Sid of a call begins."""
CONFERENCE: Final = "CF"
CUT_SHORT: Final = "The node that it was on has stopped"


async def tell_left(store: Store, courier: Courier, base_url: str, *, node: str | None = None) -> int:
    """Put into the outbox what each subscription that is left waits for, and end it; how many there were.

    One whose call or recording is there no more, or whose account is not, ends untold.
    node: whose, of the nodes that share the store, carried at once; None is this one, which carries them with
    what is left.
    base_url: where the API is now. Raises: StoreBusyError.
    """
    tell = courier.leave if node is None else courier.send
    told, after = 0, ""
    while page := await store.subscriptions.load(after, PAGE, node=node):
        for subscription in page:
            account = await store.accounts.fetch(subscription.account_sid)
            if account is None:
                log.warning("recording.subscription_dropped", sid=subscription.sid)
            elif subscription.sid.startswith(CALL):
                await _tell_call(subscription, account, store, tell, base_url)
            elif subscription.sid.startswith(CONFERENCE):
                await _tell_conference(subscription, account, store, tell)
            else:
                await _tell_recording(subscription, account, store, tell, base_url)
            courier.forget(subscription.sid)
        await store.flushed()
        told, after = told + len(page), page[-1].sid
    return told


async def _tell_call(
    subscription: Subscription, account: Account, store: Store, tell: Tell, base_url: str
) -> None:
    call = await store.calls.fetch(account.sid, subscription.sid)
    if call is None or not call.status.is_final or ProgressEvent.COMPLETED.value not in subscription.events:
        return
    news = ProgressNews(
        url=subscription.url,
        method=subscription.method,
        event=ProgressEvent.COMPLETED,
        call=call,
        sequence_number=subscription.sequence_number,
        auth_token=account.auth_token,
        recording=await _recording_of(call, store, base_url),
    )
    tell(call, news)


async def _tell_conference(subscription: Subscription, account: Account, store: Store, tell: Tell) -> None:
    conference = await store.conferences.fetch(account.sid, subscription.sid)
    if conference is None or conference.status is not ConferenceStatus.COMPLETED:
        return
    news = ConferenceNews(
        url=subscription.url,
        method=subscription.method,
        event=ConferenceEvent.CONFERENCE_END,
        conference=conference,
        sequence_number=subscription.sequence_number,
        happened_at=conference.updated_at,
        auth_token=account.auth_token,
        reason=CUT_SHORT,
    )
    tell(CallOfNews(conference.sid, account.sid), news)


async def _recording_of(call: Call, store: Store, base_url: str) -> CallRecording | None:
    """As `call/call.py` names it: the newest that Dial or the API had made."""
    page = await store.recordings.list(call.account_sid, RecordingFilter(call_sid=call.sid), PageRequest())
    for recording in page.items:
        if recording.status is RecordingStatus.COMPLETED and recording.source in TOLD_AT_THE_END:
            url = base_url + path_of(recording)
            return CallRecording(recording.sid, url, recording.duration_s or 0)
    return None


async def _tell_recording(
    subscription: Subscription, account: Account, store: Store, tell: Tell, base_url: str
) -> None:
    recording = await store.recordings.fetch(account.sid, subscription.sid)
    if recording is None or not recording.status.is_final or event_of(recording) not in subscription.events:
        return
    news = RecordingNews(
        url=subscription.url,
        method=subscription.method,
        recording=recording,
        recording_url=base_url + path_of(recording),
        auth_token=account.auth_token,
    )
    tell(CallOfNews(recording.call_sid or recording.sid, account.sid), news)
