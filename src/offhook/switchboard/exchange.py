"""The exchange: takes what arrives from SIP and from the API, keeps one task per live call, ends them all.

Called by `app.py`, which plugs `handle_event` into the SIP driver, and by the API. One task owns each
call (`inbound_call.py`, `place_call.py`); events of its session and port go straight into its inbox.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from offhook.base.rate import Rate
from offhook.call.call import Call
from offhook.call.inbox import CallCommand, Inbox
from offhook.call.user_messages import SubscriptionOrder
from offhook.conference.plan import ConferencePlan, SeatPlan
from offhook.media_streams.live_stream import LiveStream
from offhook.media_streams.order import StreamOrder
from offhook.model.call import Call as CallRecord
from offhook.model.companion import CompanionRecord
from offhook.model.conference import Participant
from offhook.model.queue import Member
from offhook.model.recording import Recording
from offhook.model.user_defined_message import UserDefinedMessage, UserDefinedMessageSubscription
from offhook.recording.recorder import RecordingOrder
from offhook.sip.event import (
    BadMessage,
    Event,
    FlowLost,
    IncomingRequest,
    Invited,
    NotRegistered,
    Registered,
    RequestReceived,
    RequestRefused,
    Unregistered,
)
from offhook.sip.headers.replaces import Replaces
from offhook.sip.method import REFER
from offhook.sip.session.invite_session import InviteSession
from offhook.siprec.connector import Connector
from offhook.siprec.recording_session import SiprecOrder
from offhook.store.ports import StoreBusyError
from offhook.switchboard.call_companions import answered_call, stop_companion
from offhook.switchboard.call_rates import CallRates
from offhook.switchboard.dequeue_member import dequeue_member
from offhook.switchboard.dial_callee import new_child, run_child, settled
from offhook.switchboard.inbound_call import inbound_call, number_called
from offhook.switchboard.message_call import send_message, subscribe, unsubscribe
from offhook.switchboard.place_call import CallToPlace, new_call, place_call
from offhook.switchboard.record_call import RecordingUpdate, record_call, update_recording
from offhook.switchboard.refuse import refuse_refer, write_not_offered, write_overload, write_rule_refusal
from offhook.switchboard.register import register
from offhook.switchboard.services import Services
from offhook.switchboard.take_over import take_over
from offhook.switchboard.turns import Turns
from offhook.switchboard.update_call import CallUpdate, update_call
from offhook.transcribing.order import TranscriptionOrder
from offhook.verbs.dialler import Callee, ChildCall, OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
from offhook.waiting import eager
from offhook.waiting.timeout import timeout

log = structlog.get_logger("offhook.switchboard")

REGISTER: Final = "REGISTER"
RETRY_LATER: Final = (("Retry-After", "10"),)
RETRY_AT_ONCE: Final = (("Retry-After", "1"),)
REGISTERING_MAX: Final = 2_000
"""REGISTERs being decided at one time; further ones get 503."""


class Exchange:
    """The live calls of this node.

    Beyond `calls_max` of the settings INVITEs get 503 with Retry-After (RFC 3261 §21.5.4), and so they do
    while the database does not keep up: what runs needs the room that is left for its records. While no RTP
    port is free they do, too: whoever rings first and is refused then has lost the time to go elsewhere.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        settings = services.settings
        self._calls_max = settings.calls_max
        self._by_source = Rate(settings.source_calls_per_second)
        self._warned = Rate(1)
        self._rates = CallRates.of(settings)
        self._turns = Turns(settings)
        self._live: dict[asyncio.Task[None], Inbox] = {}
        self._is_draining = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._registering: set[asyncio.Task[None]] = set()

    @property
    def calls(self) -> int:
        """How many calls are alive."""
        return len(self._live)

    def handle_event(self, event: Event) -> None:
        """Take one event that belongs to no call yet."""
        match event:
            case Invited(session=session):
                self._handle_invited(session)
            case RequestReceived(incoming=incoming):
                self._handle_request(incoming)
            case RequestRefused():
                write_rule_refusal(event, self._services)
            case FlowLost(flow=flow):
                self._services.registrar.lose_flow(flow)
            case Registered() | NotRegistered() | Unregistered():
                self._services.carriers.handle_event(event)
            case BadMessage(flow=flow, error=error):
                log.debug("sip.bad_message", source=str(flow.remote), error=str(error))
            case _:
                log.debug("sip.unclaimed_event", sip_event=type(event).__name__)

    def _handle_invited(self, session: InviteSession) -> None:
        arrival = self._services.own_numbers.take(session)
        # A call of our own belongs to one that runs: draining waits for both.
        is_refused = self._is_full if arrival is None else self._has_all_it_takes
        endpoint, source = self._services.endpoint, session.flow.remote.host
        if is_refused or self._services.media.is_full:
            why = self._why_full()
            if self._warned.admit(why, endpoint.now()):
                log.warning("invite.overload", calls=len(self._live), draining=self._is_draining, why=why)
            write_overload(session.request, session.flow, why, self._services)
            session.reject(503, endpoint.now(), headers=RETRY_LATER)
            return
        if arrival is None and not self._by_source.admit(source, endpoint.now()):
            matched = f"{self._by_source.per_second} INVITEs a second from {source} (source_calls_per_second)"
            write_overload(session.request, session.flow, matched, self._services)
            session.reject(503, endpoint.now(), headers=RETRY_AT_ONCE)
            return
        inbox = Inbox()
        if arrival is None:
            self._run(inbox, inbound_call(session, inbox, self._services, self, self._rates))
        else:
            self._run(inbox, number_called(session, inbox, arrival, self._services, self))

    def place(self, wanted: CallToPlace) -> CallRecord:
        """Begin a call; its record as it is now, `queued`.

        Raises: OverloadError when the node takes no more calls; QueueFullError when the account's turn is too
        far off.
        """
        if self._is_full:
            raise OverloadError("the node takes no more calls now")
        wait_s = self._turns.take(wanted.account_sid, self._services.endpoint.now())
        call = new_call(wanted, self._services)
        self._run(call.inbox, place_call(call, wanted, self._services, self, wait_s=wait_s))
        return call.record

    def add_participant(
        self,
        wanted: CallToPlace,
        plan: ConferencePlan,
        seat: SeatPlan,
        document: Callable[[str], InlineDocument],
    ) -> Participant:
        """Dial somebody for a conference, who joins with the answer.

        document: made of the ConferenceSid; what the call runs in place of the start of `wanted`.
        Raises: JoinError; OverloadError, QueueFullError as `place`.
        """
        conferences = self._services.tools.conferences
        conferences.check(plan, seat)
        if self._is_full:
            raise OverloadError("the node takes no more calls now")
        wait_s = self._turns.take(wanted.account_sid, self._services.endpoint.now())
        call = new_call(wanted, self._services)
        conference = conferences.expect(plan, seat, call)
        wanted = replace(wanted, start=document(conference.sid))
        self._run(call.inbox, place_call(call, wanted, self._services, self, wait_s=wait_s))
        participant = conference.find(call.sid)
        if participant is None:
            raise AssertionError("who was just let in is there")
        return participant

    async def phone_number_sid(self, account_sid: str, number: str) -> str | None:
        """The account's number that this is; None when it is none of its. Raises: OverloadError."""
        try:
            found = await self._services.store.incoming_phone_numbers.find_by_number(number)
        except StoreBusyError as error:
            raise OverloadError(f"{number} could not be looked up, the database does not answer") from error
        return found.sid if found is not None and found.account_sid == account_sid else None

    def dial(self, callee: Callee) -> ChildCall:
        """Begin to call whom a Dial names; the child is `queued`. Raises: OverloadError when it is full."""
        if self._has_all_it_takes:  # a child belongs to a call that runs: draining waits for both
            raise OverloadError("the node takes no more calls now")
        callee = settled(callee, self._services.chance)
        child = new_child(callee, self._services)
        self._run(child.call.inbox, run_child(child, callee, self._services, self))
        return child

    def take_over(self, call: Call, replaces: Replaces) -> ChildCall | None:
        """The party of the call that an attended transfer names; None for no call of ours.

        Raises: TransferRefusedError, TransferTooEarlyError.
        """
        return take_over(call, replaces, self._services, self)

    async def update(self, account_sid: str, sid: str, update: CallUpdate) -> CallRecord | None:
        """Change a live call of an account; None when it has ended. Raises: NotInProgressError."""
        return await update_call(account_sid, sid, update, self._services.live_calls)

    async def dequeue(
        self, account_sid: str, queue_sid: str, call_sid: str | None, start: GoTo
    ) -> Member | None:
        """Take a member out of a queue and have it run another document; None where it is not in it."""
        return await dequeue_member(account_sid, queue_sid, call_sid, start, self._services)

    def record(self, account_sid: str, sid: str, order: RecordingOrder) -> Recording:
        """Begin a recording of a live call. Raises: NotInProgressError, RecordingError."""
        services = self._services
        return record_call(account_sid, sid, order, services.live_calls, services.tools.recorder)

    def update_recording(self, call_sid: str, sid: str | None, update: RecordingUpdate) -> Recording | None:
        """Change a recording under way; None when it has ended. Raises: SeveralRecordingsError."""
        return update_recording(call_sid, sid, update, self._services.tools.recorder)

    def stream(self, account_sid: str, sid: str, order: StreamOrder) -> CompanionRecord:
        """Begin a stream of a live call. Raises: NotInProgressError, CompanionRefusedError."""
        call = answered_call(account_sid, sid, self._services.live_calls, to="stream")
        return self._services.tools.streams.begin(call, order).record

    def stop_stream(self, call_sid: str, wanted: str) -> CompanionRecord | None:
        """End a stream by its Sid or name; None when it does not run."""
        return stop_companion(self._services.tools.streams.find(call_sid, wanted))

    def siprec_connector(self, name: str) -> Connector | None:
        """A connector to recording servers; None where there is none of that name."""
        return self._services.tools.siprecs.connector(name)

    def siprec(self, account_sid: str, sid: str, order: SiprecOrder) -> CompanionRecord:
        """Begin a recording session of a live call. Raises: NotInProgressError, CompanionRefusedError."""
        call = answered_call(account_sid, sid, self._services.live_calls, to="be passed on")
        return self._services.tools.siprecs.begin(call, order).record

    def stop_siprec(self, call_sid: str, wanted: str) -> CompanionRecord | None:
        """End a recording session by its Sid or name; None when it does not run."""
        return stop_companion(self._services.tools.siprecs.find(call_sid, wanted))

    def transcribe(self, account_sid: str, sid: str, order: TranscriptionOrder) -> CompanionRecord:
        """Transcribe a live call. Raises: NotInProgressError, CompanionRefusedError."""
        call = answered_call(account_sid, sid, self._services.live_calls, to="transcribe")
        return self._services.tools.transcriptions.begin(call, order).record

    def stop_transcription(self, call_sid: str, wanted: str) -> CompanionRecord | None:
        """End a transcription by its Sid or name; None when it does not run."""
        return stop_companion(self._services.tools.transcriptions.find(call_sid, wanted))

    async def send_message(
        self, account_sid: str, sid: str, content: str, key: str | None
    ) -> UserDefinedMessage:
        """Send a message to the peer of a live call. Raises: NotInProgressError, CarrierError."""
        return await send_message(account_sid, sid, content, key, self._services.live_calls)

    def subscribe_messages(
        self, account_sid: str, sid: str, order: SubscriptionOrder, key: str | None
    ) -> UserDefinedMessageSubscription:
        """Tell an application what the peer of a live call says.

        Raises: NotInProgressError, TooManySubscriptionsError.
        """
        services = self._services
        return subscribe(account_sid, sid, order, key, calls=services.live_calls, courier=services.courier)

    def unsubscribe_messages(self, account_sid: str, sid: str, subscription_sid: str) -> bool:
        """Tell it no more; whether there was such a one."""
        return unsubscribe(account_sid, sid, subscription_sid, self._services.live_calls)

    def inspected_streams(self, call_sid: str) -> Sequence[LiveStream]:
        """What the streams of a call were like, of those that are still known."""
        return self._services.tools.streams.inspected(call_sid)

    @property
    def _is_full(self) -> bool:
        return self._is_draining or self._has_all_it_takes

    @property
    def _has_all_it_takes(self) -> bool:
        return len(self._live) >= self._calls_max or self._services.store.is_filling

    def _why_full(self) -> str:
        if self._is_draining:
            return "the node is being stopped"
        if self._services.store.is_filling:
            return "the database does not keep up"
        if len(self._live) < self._calls_max:
            return "every pair of media_ports is in use"
        return f"{self._calls_max} calls"

    def _run(self, inbox: Inbox, call: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(call)
        self._live[task] = inbox
        self._idle.clear()
        task.add_done_callback(self._forget)

    def _handle_request(self, incoming: IncomingRequest) -> None:
        request, endpoint = incoming.request, self._services.endpoint
        if request.method == REFER:
            refuse_refer(incoming, self._services)
            return
        if request.method != REGISTER:
            write_not_offered(request, incoming.flow, self._services)
            endpoint.user_agent.respond(incoming, 405, endpoint.now())
            return
        if len(self._registering) >= REGISTERING_MAX:
            matched = f"{REGISTERING_MAX} REGISTERs are being decided"
            write_overload(request, incoming.flow, matched, self._services)
            endpoint.user_agent.respond(incoming, 503, endpoint.now(), headers=RETRY_LATER)
            return
        task = eager.start(register(incoming, self._services))
        if task is not None:
            self._registering.add(task)
            task.add_done_callback(self._registering.discard)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._live.pop(task, None)
        if not self._live:
            self._idle.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The session's transaction ends by its own timers; the caller hears 408 or 500 from them.
            log.error("call.task_failed", exc_info=error)

    async def drain(self, timeout_s: float) -> bool:
        """Take no more calls and wait for the running ones; True when all ended in time."""
        self._is_draining = True
        try:
            async with timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def end_all(self, timeout_s: float) -> bool:
        """Take no more calls and hang up the running ones; True when all ended in time."""
        self._is_draining = True
        for inbox in self._live.values():
            inbox.put(CallCommand.END)
        return await self.drain(timeout_s)
