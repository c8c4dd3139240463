"""Call: what the customer sees of a leg, from its arrival to its closed record.

Identity, the record derived from the leg, and the acts that verbs ask for. Its owner
(`call/owner.py`) reads the inbox and passes events to the leg; who acts on the call from elsewhere
puts a command into the inbox.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from offhook.call.bridge import Bridge
from offhook.call.destination import Attempt
from offhook.call.exhausted import Exhausted
from offhook.call.flag import Flag
from offhook.call.inbox import CallCommand, Inbox
from offhook.call.ledger import Ledger
from offhook.call.leg import Leg
from offhook.call.leg_state import LegCause, LegEnd, LegState
from offhook.call.progress import Progress
from offhook.call.user_messages import UserMessages
from offhook.media.ports.engine import NoFreePortError
from offhook.model.answered_by import AnsweredBy
from offhook.model.call import Call as CallRecord
from offhook.model.call import CallStatus
from offhook.model.error_code import describe
from offhook.model.notification import RequestSummary
from offhook.model.recording import Recording, RecordingSource, RecordingStatus
from offhook.model.sip_domain import API_VERSION
from offhook.model.verdict import PEER_ERROR, TLS_VERSION_REFUSED, Verdict, verdict
from offhook.sip.event import Referred, TlsVersionRefused
from offhook.sip.headers.reason import Q850, Reason
from offhook.trace.ports import Facts, Kind
from offhook.webhook.ports import CallRecording

ERROR_HEADER: Final = "X-Twilio-Error"
"""Carries `<code> <text>` on refusals (reference/sip-interface 15)."""

Q850_NORMAL: Final = 16
INTERNAL_FAILURE: Final = 12400
NO_REFER_URL: Final = 13802
_MEDIA_REFUSED: Final = (415, 488, 606)
"""What a callee answers that cannot do with the offer."""
TOLD_AT_THE_END: Final = (RecordingSource.DIAL_VERB, RecordingSource.OUTBOUND_API)
"""Recordings that the news of a call's end name (reference/twiml 12.1)."""

log = structlog.get_logger("offhook.call")


class CalledOffError(Exception):
    """Nobody wants the call any more, before an INVITE was sent."""

    def __init__(self, command: CallCommand) -> None:
        super().__init__(command.name)
        self.command = command
        """By which it was called off."""


class Call:
    """One live call. `record` is its resource as of now; every change of it is written down."""

    def __init__(self, record: CallRecord, leg: Leg, inbox: Inbox, ledger: Ledger) -> None:
        self.record = record
        self.leg = leg
        self.inbox = inbox
        self._ledger = ledger
        self._unanswered_as: CallStatus | None = None
        self.answered = asyncio.Event()
        """Set once the leg is answered; what waits for it is canceled when the call ends first."""
        self.ended = asyncio.Event()
        """Set once the record is final."""
        self.finished = asyncio.Event()
        """Set once the peer knows of the end as well: its answer to our BYE is there."""
        self.audible = Flag()
        """Yes while the peer can be heard: once it is answered, or has early media."""
        self.progress: Progress | None = None
        """Who is told how it goes; set before anything happens to the call."""
        self.bridge: Bridge | None = None
        """While it talks with another call; `take_bridge` and `leave_bridge` say so."""
        self._watchers: list[Callable[[], None]] = []
        self._alerted_at: datetime | None = None
        """When the phone of a callee began to ring."""
        self.awaits_bridge = False
        """Whether it was dialled to be bridged, or dials somebody who has answered, and is not yet."""
        self._bridge_waiters: list[Callable[[], None]] = []
        self.transfers = 0
        """How many transfers have led to it."""
        self.exhausted: Exhausted | None = None
        """Why the node ended it by itself; None while it lives, and where somebody else did."""
        self.is_referred = False
        """Whether its peer was asked to call somebody else (`<Refer>`), and did: it is to hang up."""
        self.returns: Callable[[tuple[tuple[str, str], ...]], None] | None = None
        """Takes what its document tells the Dial that called its application; None where none did."""
        self._recordings: set[str] = set()
        """Sids of those that the news of its end wait for."""
        self._recorded: CallRecording | None = None
        self.messages = UserMessages(leg.messages, lambda: self.record, ledger)
        """What its account and its peer say to each other beside the audio."""
        ledger.write(record)

    @property
    def sid(self) -> str:
        """CallSid."""
        return self.record.sid

    @property
    def invite_headers(self) -> tuple[tuple[str, str], ...]:
        """What its INVITEs carry: also the version of the API, which Twilio documents and no trace shows."""
        return (*self.identity_headers, ("X-Twilio-ApiVersion", API_VERSION))

    @property
    def identity_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers by which a peer names this call to support (reference/sip-interface 0)."""
        return (("X-Twilio-CallSid", self.record.sid), ("X-Twilio-AccountSid", self.record.account_sid))

    def dial(self, *attempts: Attempt) -> None:
        """Ring a callee, unless the call was called off while it was found out where that is.

        Raises: CalledOffError; NoFreePortError.
        """
        command = self.inbox.ending
        if command is not None:
            raise CalledOffError(command)
        self.leg.dial(*attempts)

    def answer(self) -> None:
        """Answer the call if it is not answered yet.

        Raises: NoFreePortError; the call was then refused with 503.
        """
        self.leg.answer(self.identity_headers)
        self.refresh()

    def open_early_media(self) -> bool:
        """Let an unanswered caller hear what is sent; whether the caller hears it."""
        try:
            return self.leg.open_early_media(self.identity_headers)
        except NoFreePortError as error:
            self.note(INTERNAL_FAILURE, f"the caller cannot hear the callee before the answer: {error}")
            return False

    def refuse(
        self,
        sip_status: int,
        as_status: CallStatus,
        *,
        error_code: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Turn down an unanswered call.

        error_code: told to the peer in `X-Twilio-Error`. headers: further ones of the response.
        """
        self._unanswered_as = as_status
        headers = (*self.identity_headers, *headers)
        if error_code is not None:
            headers = (*headers, (ERROR_HEADER, f"{error_code} {describe(error_code).text}"))
        self.leg.refuse(sip_status, headers=headers)
        self.refresh()

    def hang_up(
        self, *, cause: int = Q850_NORMAL, text: str = "Normal call clearing", reason: Reason | None = None
    ) -> None:
        """End the call in whichever way its state asks for.

        cause: Q.850 cause of the Reason header (RFC 3326); in its place `reason`, where that is given.
        """
        reason = reason or Reason(Q850, cause, text)
        self.leg.hang_up((("Reason", str(reason)), *self.identity_headers), reason.text)
        self.refresh()

    def cancel(self) -> None:
        """End an unanswered call because its account says so: `canceled`. An answered one is hung up."""
        self._unanswered_as = CallStatus.CANCELED
        self.hang_up(text="Canceled")

    def fail(self, error_code: int, text: str, *, sip_status: int | None = None) -> None:
        """End a call whose dialling came to nothing before an INVITE was sent.

        sip_status: that of the response which somebody would have given.
        """
        self.note(error_code, text)
        self.record = replace(self.record, started_at=self._ledger.now())  # it had its turn, and is told so
        self._end_undialled(CallStatus.FAILED, sip_status)

    def give_up(self, command: CallCommand = CallCommand.CANCEL) -> None:
        """End a call that is `queued`: `canceled`, or `no-answer` where its account has not canceled it.

        command: which ends it.
        """
        if command is CallCommand.CANCEL:
            self._end_undialled(CallStatus.CANCELED)
        else:
            self.record = replace(self.record, started_at=self._ledger.now())  # it had its turn, as in `fail`
            self._end_undialled(CallStatus.NO_ANSWER)

    def _end_undialled(self, status: CallStatus, sip_status: int | None = None) -> None:
        now = self._ledger.now()
        self.record = replace(self.record, status=status, updated_at=now, ended_at=now)
        self.record = replace(self.record, sip_response_code=sip_status)
        self._ledger.write(self.record)
        self._tell()
        self.ended.set()
        self.finished.set()

    def handle_refer(self, event: Referred) -> None:
        """The peer asks for a transfer: for the bridge to decide, where there is one."""
        if self.leg.is_ended:
            return  # it waited for a bridge, and the peer has hung up
        if self.bridge is not None:
            self.bridge.handle_refer(self, event)
        elif self.awaits_bridge:
            self.when_bridged(
                lambda: self.handle_refer(event)
            )  # a phone may be faster than we with the bridge
        else:
            self.refuse_refer(403, NO_REFER_URL, "it is in no conversation that a <Dial referUrl> began")

    def take_bridge(self, bridge: Bridge) -> None:
        """It talks with another call from now on."""
        self.bridge = bridge
        self.settle_bridge()
        self._stir()

    def when_bridged(self, do: Callable[[], None]) -> None:
        """Do this once it is bridged, or is not to be any more."""
        self._bridge_waiters.append(do)

    def settle_bridge(self) -> None:
        """It is bridged, or is not to be after all: who waits for that is told."""
        self.awaits_bridge = False
        waiters, self._bridge_waiters = self._bridge_waiters, []
        for do in waiters:
            asyncio.get_running_loop().call_soon(do)  # whoever bridges has to finish that first

    def leave_bridge(self) -> None:
        """It talks with nobody any more."""
        self.bridge = None
        self._stir()

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have somebody told whenever who it talks with, or how, may have changed. Returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def _stir(self) -> None:
        for watcher in [*self._watchers]:
            watcher()

    def refuse_refer(self, sip_status: int, error_code: int, why: str) -> None:
        """Leave the REFER, and say why in the debugger log and in `X-Twilio-Error`."""
        self.note(error_code, f"The REFER of {self.peer} was refused with {sip_status}: {why}")
        told = (ERROR_HEADER, f"{error_code} {describe(error_code).text}")
        self.leg.referrals.refuse(sip_status, headers=(*self.identity_headers, told))

    @property
    def peer(self) -> str:
        """Who is at the other end, as the record shows it."""
        return self.record.from_ if self.record.direction.is_inbound else self.record.to

    def happened(self, kind: Kind, text: str, facts: Facts = ()) -> None:
        """Put something that happened on it into its trace."""
        self._ledger.happened(self.sid, kind, text, facts)

    def note(self, error_code: int, text: str, request: RequestSummary | None = None) -> None:
        """Write a notification about this call into the debugger log."""
        self._ledger.note(self.record, error_code, text, request)

    def refresh(self) -> None:
        """Derive the record from the leg and write it down when its status changed."""
        for failed in self.leg.poll_given_up():
            uri = str(failed.destination.uri)
            text = _failure_text(uri, failed.status, failed.text, failed.has_response)
            is_tls_refused = isinstance(failed.text, TlsVersionRefused)
            code = TLS_VERSION_REFUSED if is_tls_refused else PEER_ERROR
            self.note(code, f"{text}; the next URI is tried")
        self.audible.put(yes=self.leg.is_audible)
        if self._watchers:
            self._stir()
        status = self._status()
        if status is self.record.status:
            self._tell()  # a phone that begins to ring changes no record
            return
        now, before = self._ledger.now(), self.record
        if status is CallStatus.IN_PROGRESS:
            after_ms = round((now - before.created_at).total_seconds() * 1000)
            sip_call_id = self.leg.session.call_id
            log.info("call.answered", call_sid=self.sid, sip_call_id=sip_call_id, after_ms=after_ms)
            self.answered.set()
            self.record = replace(
                before,
                status=status,
                updated_at=now,
                sip_call_id=sip_call_id,
                answered_at=now,
                started_at=now,
                sip_response_code=200,
            )
        elif status.is_final:
            ended_at = max(now, before.answered_at or now)  # the wall clock may have been set back
            end = self.leg.end
            self.record = replace(
                before,
                status=status,
                updated_at=now,
                ended_at=ended_at,
                sip_response_code=end.sip_status if end is not None else None,
                sip_call_id=before.sip_call_id or (end.sip_call_id if end is not None else "") or None,
            )
        else:
            self.record = replace(before, status=status, updated_at=now, started_at=now)
        self._ledger.write(self.record)
        self._tell()
        if status.is_final:
            self.settle_bridge()
            self._note_failure()
            self.ended.set()

    def know_answered_by(self, answered_by: AnsweredBy) -> None:
        """It was found out who answered."""
        self.record = replace(self.record, answered_by=answered_by, updated_at=self._ledger.now())
        self._ledger.write(self.record)

    # Its recordings

    def recording_began(self, recording: Recording) -> None:
        """Hold back the news of the call's end until the recording is whole, where they name it."""
        if recording.source in TOLD_AT_THE_END:
            self._recordings.add(recording.sid)

    def recording_ended(self, recording: Recording, url: str) -> None:
        """A recording is whole. url: where it can be had, without a suffix."""
        self._recordings.discard(recording.sid)
        if recording.status is RecordingStatus.COMPLETED and recording.source in TOLD_AT_THE_END:
            self._recorded = CallRecording(recording.sid, url, recording.duration_s or 0)
        self._tell()

    def _tell(self) -> None:
        if self.progress is None or (self.record.status.is_final and self._recordings):
            return
        if self._alerted_at is None and self.leg.is_ringing:
            self._alerted_at = self._ledger.now()
        self.progress.follow(self.record, alerted_at=self._alerted_at, recorded=self._recorded)

    def _status(self) -> CallStatus:
        match self.leg.state:
            case LegState.INCOMING | LegState.DIALLING:
                return CallStatus.RINGING
            case LegState.ANSWERED:
                return CallStatus.IN_PROGRESS
            case LegState.ENDED:
                return self._final_status()

    def _final_status(self) -> CallStatus:
        if self.record.answered_at is not None:
            return CallStatus.COMPLETED
        if self._unanswered_as is not None:
            return self._unanswered_as
        end = self.leg.end
        cause = end.cause if end is not None else LegCause.BROKEN
        if end is not None and cause is LegCause.REFUSED_THERE:
            return _verdict(end, end.sip_status or 503).status
        if cause in (LegCause.BROKEN, LegCause.REFUSED_HERE):
            return CallStatus.FAILED
        # An inbound call given up by either side before its answer is no-answer (reference/sip-interface 0).
        return CallStatus.NO_ANSWER

    def _note_failure(self) -> None:
        """Say why a callee was not reached, where the verdict or its answer has a code for it."""
        end = self.leg.end
        if end is not None and end.error_code is not None:
            self.note(end.error_code, end.text)
        if end is None or end.cause is not LegCause.REFUSED_THERE or end.sip_status is None:
            return
        error_code = _verdict(end, end.sip_status).error_code
        if error_code is not None:
            # A number is called at the URIs of a carrier, of which those before have been named.
            callee = end.uri if self.record.to.startswith("+") else self.record.to
            text = _failure_text(callee, end.sip_status, end.text, end.has_response)
            if self.leg.is_secure and end.has_response and end.sip_status in _MEDIA_REFUSED:
                text += "; it was offered SRTP alone (RTP/SAVP), as secure=true asks for"
            self.note(error_code, text)


def _verdict(end: LegEnd, sip_status: int) -> Verdict:
    return verdict(
        sip_status,
        has_response=end.has_response,
        is_tls_refused=isinstance(end.text, TlsVersionRefused),
    )


def _failure_text(callee: str, status: int, text: str, has_response: bool) -> str:
    if has_response:
        return f"{callee} answered {status} {text}".rstrip()
    return f"{callee} could not be reached: {text} ({status})"
