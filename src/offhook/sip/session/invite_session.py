"""An INVITE session: one call as SIP sees it, from the INVITE to the BYE (RFC 3261 §13 to §15).

Given to the owner with `event.Invited` or by `UserAgent.invite`. Holds identity and state; each
operation has its file: `connect`, `cancel`, `accept`, `modify`, `prack`, `info`, `message`, `refer`,
`referral`, `refresh`, `close`; what is under way in a dialog is in its `usage`.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Final, Protocol

from offhook.sip import event
from offhook.sip.core import RESERVED_IN_SESSION, Core, check_headers, check_reason
from offhook.sip.dialog import Dialog
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipUsageError, expect
from offhook.sip.event import EndCause, IncomingRequest
from offhook.sip.flow import Flow
from offhook.sip.message import HeaderFields, Headers, Request, Response
from offhook.sip.method import INFO, MESSAGE
from offhook.sip.session import accept, cancel, close, connect, info, message, prack, refer
from offhook.sip.session.modify import Change
from offhook.sip.session.referral import Referral, expect_asked
from offhook.sip.session.refresh import Refresh
from offhook.sip.session.state import (
    EARLY,
    ENDED,
    REFUSED,
    TRANSITIONS,
    Effect,
    Occasion,
    SessionInput,
    SessionState,
)
from offhook.sip.session.usage import Usage
from offhook.sip.status import reason_phrase
from offhook.sip.transaction.server_invite import ServerInvite

ExtraHeaders = tuple[tuple[str, str], ...]
"""Headers of the owner, put behind ours; names that the dialog determines are refused."""


class Waiting(Protocol):
    """An offer of the peer that waits for the owner: a re-INVITE, or an UPDATE or PRACK."""

    def accept(self, occasion: Occasion) -> None:
        """The owner takes it."""
        ...

    def reject(self, occasion: Occasion) -> None:
        """The owner refuses it."""
        ...


class InviteSession:
    """One session. Commands raise SipUsageError when the state doesn't allow them.

    News may change the state between two commands of the owner, who looks at `state` (or calls
    `close`, which fits every state) before it commands.
    """

    __slots__ = (
        "_flow",
        "_offers",
        "_request",
        "bye_headers",
        "call_id",
        "contact_parameters",
        "core",
        "credentials",
        "deadlines",
        "has_message",
        "held",
        "is_uas",
        "last_provisional",
        "local_tag",
        "number",
        "outgoing",
        "refresh",
        "reliable",
        "response",
        "server",
        "state",
        "success",
        "takes",
        "usage",
        "usages",
    )

    def __init__(self, core: Core, call_id: str, *, is_uas: bool) -> None:
        self.core = core
        self.call_id = call_id
        self.is_uas = is_uas
        """Whether the peer called us."""
        self.local_tag = core.new_tag()
        self.state = SessionState.INCOMING if is_uas else SessionState.CALLING
        self.usage: Usage | None = None
        """The dialog that stays. UAS: from the first on; UAC: None until the 2xx."""
        self.usages: dict[str, Usage] = {}
        """Every dialog by the peer's tag: as UAC one for each fork, until the 2xx."""
        self.credentials: Credentials | None = None
        """What answers a challenge to our requests; as UAS the owner may set it."""
        self.contact_parameters = ""
        """Stand behind our Contact, with their semicolon."""
        self.takes: tuple[str, ...] = ()
        """Content types that the peer may send besides those of the settings."""
        self.response: Response | None = None
        """UAC: the 2xx."""
        self.server: ServerInvite | None = None
        """UAS: the transaction of the INVITE."""
        self.outgoing: connect.Connect | None = None
        """UAC: the INVITE's user."""
        self.success: accept.Success | None = None
        """UAS: the 2xx, of the INVITE or a re-INVITE, that waits for its ACK."""
        self.bye_headers: ExtraHeaders = ()
        """The owner's headers for our BYE, which may have to wait."""
        self.held: Occasion | None = None
        """UAS: the owner's acceptance, while it waits for a PRACK."""
        self.last_provisional: Occasion | None = None
        """UAS: what is repeated every minute."""
        self.refresh = Refresh(self)
        """The session timer."""
        self.reliable = prack.ReliableResponses(self) if is_uas else None
        """UAS: provisional responses that want a PRACK."""
        self.has_message = False
        """Whether a MESSAGE of ours has no final response yet."""
        self.deadlines: dict[Enum, float] = {}
        self._offers: list[Waiting] = []
        self._request: Request | None = None
        self._flow: Flow | None = None
        self.number = core.number()
        core.sessions[self.number] = self

    def __repr__(self) -> str:
        side = "uas" if self.is_uas else "uac"
        return f"<InviteSession {side} {self.state.name} {self.call_id}>"

    @property
    def request(self) -> Request:
        """The INVITE. Raises: SipUsageError while a UAC's still waits for its flow."""
        if self._request is None:
            raise SipUsageError("the INVITE has not been sent")
        return self._request

    @property
    def flow(self) -> Flow:
        """The flow of the INVITE. Raises: SipUsageError as `request`."""
        if self._flow is None:
            raise SipUsageError("the INVITE has no flow")
        return self._flow

    def take_invite(self, request: Request, flow: Flow) -> None:
        """The INVITE that was received or sent, and on what flow."""
        self._request, self._flow = request, flow

    def contact(self, flow: Flow) -> str:
        """Our Contact on a flow."""
        return self.core.contact(flow) + self.contact_parameters

    @property
    def dialog(self) -> Dialog | None:
        """The dialog that stays. UAS: from the first on; UAC: None until the 2xx."""
        return None if self.usage is None else self.usage.dialog

    def add_dialog(self, dialog: Dialog) -> Usage:
        """Another dialog, early yet; requests inside it are ours from now on."""
        usage = Usage(self, dialog)
        self.usages[usage.tag] = usage
        self.core.dialogs[dialog.id] = usage
        dialog.enter(self.core.dialogs_by_flow)
        return usage

    def settle(self, usage: Usage, now: float) -> None:
        """This dialog stays; the others end."""
        self.usage = usage
        for other in [each for each in self.usages.values() if each is not usage]:
            self._end_dialog(other, now)

    def end_dialogs(self, now: float) -> None:
        """Every dialog ends."""
        for usage in [*self.usages.values()]:
            self._end_dialog(usage, now)

    def _end_dialog(self, usage: Usage, now: float) -> None:
        usage.end(now)
        del self.usages[usage.tag]
        del self.core.dialogs[usage.dialog.id]
        usage.dialog.leave()

    def the_usage(self) -> Usage:
        """The dialog that stays, where the state implies one."""
        return expect(self.usage, "this state has a dialog")

    def the_reliable(self) -> prack.ReliableResponses:
        """The reliable provisional responses, where the state is a UAS's."""
        return expect(self.reliable, "a UAS has them")

    @property
    def is_early(self) -> bool:
        """Whether the INVITE has no 2xx yet: the session timer does not run (RFC 4028 §7)."""
        return self.state in EARLY

    @property
    def awaits_prack(self) -> bool:
        """UAS: whether a reliable provisional response is not acknowledged yet."""
        return self.reliable is not None and self.reliable.is_unacknowledged

    def the_outgoing(self) -> connect.Connect:
        """The INVITE's user, where the state is a UAC's."""
        return expect(self.outgoing, "a UAC has the INVITE's user")

    # Commands

    def ring(
        self, now: float, status: int = 180, headers: ExtraHeaders = (), body: bytes | None = None
    ) -> None:
        """UAS: send a provisional response, repeated every minute until the final one.

        Reliably (RFC 3262) where the caller requires that, or supports it and there is a body; then one
        waits for the PRACK of another, at most eight. status: 101 to 199. body: SDP of early media: the
        answer; where the INVITE had no offer, the offer, which only a reliable response brings.
        """
        check_headers(headers, RESERVED_IN_SESSION)
        if not 101 <= status <= 199:
            raise SipUsageError(f"no provisional status of an owner: {status}")
        self.step(SessionInput.RING, Occasion(now, status=status, headers=headers, body=body))

    def accept(self, body: bytes, now: float, headers: ExtraHeaders = ()) -> None:
        """Answer with 200 the offer that waits (OfferReceived), else the INVITE; as UAC its offer, by ACK.

        body: SDP, the answer, or the offer where the peer made none; left out of a 200 after an answer in
        a reliable provisional response. headers: of the 200, not of an ACK.
        Queues: the 200, repeated until its ACK comes (Acknowledged) or 64·T1 passed (Ended); before it the
        PRACK of a description is awaited.
        """
        check_headers(headers, RESERVED_IN_SESSION)
        occasion = Occasion(now, status=200, headers=headers, body=body)
        if self._offers:
            self._offers.pop(0).accept(occasion)
        elif self.reliable is not None and self.reliable.holds_success:
            self.step(SessionInput.ACCEPT_HELD, occasion)
        else:
            self.step(SessionInput.ACCEPT, occasion)

    def reject(self, status: int, now: float, reason: str | None = None, headers: ExtraHeaders = ()) -> None:
        """Answer with a final response other than 2xx: the offer that waits (OfferReceived), else the INVITE.

        status: 300 to 699. Nothing is told afterwards.
        """
        if not 300 <= status <= 699:
            raise SipUsageError(f"no status to reject with: {status}")
        reserved = RESERVED_IN_SESSION - {"Contact"} if status < 400 else RESERVED_IN_SESSION
        check_headers(headers, reserved)
        check_reason(reason)
        occasion = Occasion(now, status=status, reason=reason, headers=headers)
        if self._offers:
            self._offers.pop(0).reject(occasion)
        else:
            self.step(SessionInput.REJECT, occasion)

    @property
    def has_offer(self) -> bool:
        """Whether an offer of the peer waits for `accept` or `reject` (OfferReceived)."""
        return bool(self._offers)

    def prack(self, tag: str, answer: bytes, now: float) -> None:
        """UAC: answer the offer of a reliable provisional response (Progressed), which the PRACK carries.

        tag: of Progressed. Raises: SipUsageError when none waits there.
        """
        usage = self.usages.get(tag)
        if usage is None:
            raise SipUsageError("there is no such early dialog")
        prack.answer_offer(usage, answer, now)

    @property
    def can_modify(self) -> bool:
        """Whether `modify` fits now: the call is up, or rings and the peer takes UPDATE, and none runs."""
        usage = self._usage_to_modify("")
        return usage is not None and not usage.modification.is_owners

    def modify(
        self,
        offer: bytes,
        now: float,
        headers: ExtraHeaders = (),
        *,
        tag: str = "",
        attachment: tuple[str, bytes] | None = None,
    ) -> None:
        """Ask for a change: hold, another codec, another address. Modified or NotModified follows, or Ended.

        By UPDATE where the peer takes it, else re-INVITE; again and again where the peer's changes cross it
        (491), the peer's first. offer: SDP. tag: which early dialog, where there are several ("" otherwise).
        attachment: media type and bytes of a further part of the body.
        Raises: SipUsageError while one runs, and where `can_modify` is False.
        """
        check_headers(headers, RESERVED_IN_SESSION)
        usage = self._usage_to_modify(tag)
        if usage is None or usage.modification.is_owners:
            raise SipUsageError(f"modify in state {self.state.name.lower()}, or while another change runs")
        usage.modification.begin(Change(offer, headers, attachment), now)

    def _usage_to_modify(self, tag: str) -> Usage | None:
        usage = self.usage or self.usages.get(tag)
        if usage is None and not tag and len(self.usages) == 1:
            usage = next(iter(self.usages.values()))
        if self.state in (SessionState.CONFIRMED, SessionState.ACCEPTED):
            return usage
        is_early = self.state in (SessionState.PROCEEDING, SessionState.INCOMING)
        return usage if is_early and usage is not None and usage.modification.takes_update else None

    @property
    def takes_info(self) -> bool:
        """Whether keys go to the peer by INFO: we are set to, its Allow has INFO, and the call is up."""
        is_up = self.state in (SessionState.CONFIRMED, SessionState.ACCEPTED)
        return is_up and self.core.settings.sends_info and INFO in self.the_usage().remote_allow

    def info(self, content_type: str, body: bytes, now: float, headers: ExtraHeaders = ()) -> None:
        """Send an INFO (RFC 6086 appendix A), while the call is up. Nothing is told of its outcome."""
        check_headers(headers, RESERVED_IN_SESSION)
        Headers([("Content-Type", content_type)])
        if self.state not in (SessionState.CONFIRMED, SessionState.ACCEPTED):
            raise SipUsageError(f"info in state {self.state.name.lower()}")
        info.send_info(self, content_type, body, Occasion(now, headers=headers))

    @property
    def takes_messages(self) -> bool:
        """Whether the peer can be sent a MESSAGE: its Allow has MESSAGE, and the call is up."""
        is_up = self.state in (SessionState.CONFIRMED, SessionState.ACCEPTED)
        return is_up and MESSAGE in self.the_usage().remote_allow

    def message(self, content_type: str, body: bytes, now: float, headers: ExtraHeaders = ()) -> None:
        """Send a MESSAGE (RFC 3428), while the call is up. Queues: MessageAnswered.

        Raises: SipUsageError in any other state, and while the one before it has no final response
        (`has_message`).
        """
        check_headers(headers, RESERVED_IN_SESSION)
        Headers([("Content-Type", content_type)])
        if self.state not in (SessionState.CONFIRMED, SessionState.ACCEPTED):
            raise SipUsageError(f"message in state {self.state.name.lower()}")
        message.send_message(self, content_type, body, Occasion(now, headers=headers))

    def refer(self, target: str, now: float, headers: ExtraHeaders = ()) -> None:
        """Ask the peer of a call that is up to call `target`. ReferProgressed, ReferEnded or Ended follow.

        target: a URI, with its header part as it is to be. One at a time; as UAS it waits for the ACK.
        Raises: SipUsageError for no URI, while another one is under way, and in any other state.
        """
        check_headers(headers, RESERVED_IN_SESSION | {"Refer-To"})
        if self.state not in (SessionState.CONFIRMED, SessionState.ACCEPTED):
            raise SipUsageError(f"refer in state {self.state.name.lower()}")
        refer.send_refer(self.the_usage(), target, Occasion(now, headers=headers))

    @property
    def has_referral(self) -> bool:
        """Whether a REFER of the peer waits for `accept_referral` or `reject_referral`: no BYE came since."""
        return self._referral is not None and self._referral.is_pending

    def accept_referral(self, now: float, headers: ExtraHeaders = ()) -> None:
        """Answer with 202 the REFER that Referred told of, and notify the peer that it is tried."""
        check_headers(headers, RESERVED_IN_SESSION)
        expect_asked(self._referral).accept(Occasion(now, headers=headers))

    def reject_referral(
        self, status: int, now: float, reason: str | None = None, headers: ExtraHeaders = ()
    ) -> None:
        """Answer the REFER that Referred told of with a final response, 400 to 699."""
        check_headers(headers, RESERVED_IN_SESSION)
        check_reason(reason)
        expect_asked(self._referral).reject(Occasion(now, status=status, reason=reason, headers=headers))

    def notify_referral(self, status: int, now: float) -> None:
        """Tell the peer what becomes of its REFER, 100 to 699; a final status ends the subscription.

        Nothing happens where the peer listens no more, or never asked.
        """
        if self._referral is not None and self.state not in ENDED:
            self._referral.notify(Occasion(now, status=status))

    @property
    def _referral(self) -> Referral | None:
        return None if self.usage is None else self.usage.referral

    def respond(self, incoming: IncomingRequest, status: int, now: float, headers: HeaderFields = ()) -> None:
        """Answer what InfoReceived or MessageReceived told of. More than 64·T1 after it, nothing is sent.

        Raises: SipUsageError after a final response, or for what cannot be sent.
        """
        self.core.respond(incoming, status, now, headers=headers)

    def cancel(self, now: float, headers: ExtraHeaders = ()) -> None:
        """UAC: give up before the final response. Refused follows, even if a 2xx crosses the CANCEL.

        The CANCEL waits for a provisional response (RFC 3261 §9.1).
        """
        check_headers(headers, RESERVED_IN_SESSION)
        cancel.command(self, Occasion(now, status=487, headers=headers))

    def bye(self, now: float, headers: ExtraHeaders = ()) -> None:
        """End the call. Ended follows when the peer has answered; as UAS, BYE waits for the ACK (§15).

        While the 2xx itself waits for a PRACK, the INVITE is refused with 480 instead.
        """
        check_headers(headers, RESERVED_IN_SESSION)
        close.command(self, Occasion(now, status=480, headers=headers))

    def close(self, now: float, headers: ExtraHeaders = ()) -> None:
        """Whichever of reject (480), cancel and bye fits; nothing when the session ends already."""
        match self.state:
            case SessionState.INCOMING:
                self.reject(480, now, headers=headers)
            case SessionState.CALLING | SessionState.PROCEEDING:
                self.cancel(now, headers)
            case (
                SessionState.OFFERED
                | SessionState.ACCEPT_PENDING
                | SessionState.ACCEPTED
                | SessionState.CONFIRMED
            ):
                self.bye(now, headers)
            case _:
                check_headers(headers, RESERVED_IN_SESSION)

    # News, from `user_agent`, the transaction layer and the dialogs

    def handle_cancel(self, request: Request, now: float) -> None:
        """UAS: the caller canceled the INVITE."""
        self.step(SessionInput.CANCEL_RECEIVED, Occasion(now, request=request, cause=EndCause.CANCELED))

    def handle_ack(self, request: Request, now: float) -> None:
        """An ACK inside the dialog."""
        accept.handle_ack(self, request, now)

    def report_offer(self, waiting: Waiting, news: event.OfferReceived) -> None:
        """An offer of the peer waits for the owner."""
        self._offers.append(waiting)
        self.core.events.append(news)

    def forget_offer(self, waiting: Waiting) -> None:
        """It waits no more; when the owner has just answered it, nothing changes."""
        if waiting in self._offers:
            self._offers.remove(waiting)

    def release(self, now: float) -> None:
        """UAS: send the 2xx that waited, if nothing keeps it any more."""
        if self.held is None or self.the_reliable().holds_success or self._offers:
            return
        held, self.held = self.held, None
        self.step(SessionInput.RELEASED, replace(held, now=now))

    # The table at work

    def check(self, given: SessionInput) -> None:
        """Raises: SipUsageError when the table refuses this command now."""
        if TRANSITIONS[(self.state, given)] == REFUSED:
            raise SipUsageError(f"{given.name.lower()} in state {self.state.name.lower()}")

    def step(self, given: SessionInput, occasion: Occasion) -> None:
        """Take one input: look the transition up, be in the next state, do what it says."""
        self.check(given)
        next_state, effects = TRANSITIONS[(self.state, given)]
        if next_state is not None:
            self.state = next_state
        for effect in effects:
            _OPERATIONS[effect](self, occasion)
        if next_state is SessionState.TERMINATED:
            self._finish(occasion.now)

    def handle_timer(self, timer: Enum, now: float) -> None:
        """One of the session's timers is due."""
        match timer:
            case accept.SessionTimer.REPEAT_PROVISIONAL:
                accept.repeat_provisional(self, now)
            case accept.SessionTimer.REPEAT_SUCCESS:
                accept.repeat_success(self, now)
            case accept.SessionTimer.ACK_MISSING:
                accept.miss_ack(self, now)
            case accept.SessionTimer.CANCELED:
                cancel.give_up(self, now)

    def _finish(self, now: float) -> None:
        self.refresh.end(now)
        if self.reliable is not None:
            self.reliable.end(now)
        self.end_dialogs(now)
        self.deadlines.clear()
        del self.core.sessions[self.number]


def _report_progress(session: InviteSession, occasion: Occasion) -> None:
    response = expect(occasion.response, "progress is a response")
    session.core.events.append(event.Progressed(session, response))


def _report_accepted(session: InviteSession, occasion: Occasion) -> None:
    response = expect(occasion.response, "acceptance is a response")
    description = session.the_usage().negotiation.remote_description
    session.core.events.append(event.Accepted(session, response, description))


def _report_refused(session: InviteSession, occasion: Occasion) -> None:
    response = occasion.response
    if response is not None and response.status >= 300:
        refused = event.Refused(session, response.status, response.reason, response)
    elif response is not None:
        refused = event.Refused(session, 487, "answered while it was being canceled", None)
    else:
        reason = occasion.reason or reason_phrase(occasion.status)
        refused = event.Refused(session, occasion.status, reason, None)
    session.core.events.append(refused)


def _report_canceled(session: InviteSession, _: Occasion) -> None:
    session.core.events.append(event.Canceled(session))


def _report_acknowledged(session: InviteSession, occasion: Occasion) -> None:
    request = expect(occasion.request, "the ACK came")
    session.core.events.append(event.Acknowledged(session, request))
    refer.handle_acknowledged(session.the_usage(), occasion.now)


def _report_ended(session: InviteSession, occasion: Occasion) -> None:
    session.core.events.append(event.Ended(session, occasion.cause, occasion.request, occasion.response))


_OPERATIONS: Final[dict[Effect, Callable[[InviteSession, Occasion], None]]] = {
    Effect.SEND_CANCEL: cancel.send,
    Effect.RESEND: connect.resend,
    Effect.ACKNOWLEDGE: connect.acknowledge,
    Effect.SEND_PROVISIONAL: accept.send_provisional,
    Effect.SEND_SUCCESS: accept.send_success,
    Effect.HOLD_SUCCESS: accept.hold_success,
    Effect.SEND_FAILURE: accept.send_failure,
    Effect.SEND_TERMINATED: accept.send_terminated,
    Effect.STOP_SUCCESS: accept.stop_success,
    Effect.SEND_BYE: close.send,
    Effect.REPORT_PROGRESS: _report_progress,
    Effect.REPORT_ACCEPTED: _report_accepted,
    Effect.REPORT_REFUSED: _report_refused,
    Effect.REPORT_CANCELED: _report_canceled,
    Effect.REPORT_ACKNOWLEDGED: _report_acknowledged,
    Effect.REPORT_ENDED: _report_ended,
}
