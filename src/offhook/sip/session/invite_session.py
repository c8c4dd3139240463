"""An INVITE session: one call as SIP sees it, from the INVITE to the BYE (RFC 3261 §13 to §15).

Given to the owner with `event.Invited` or by `UserAgent.invite`. Holds identity and state; each
operation has its file: `connect`, `cancel`, `accept`, `modify`, `close`.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from offhook.sip import event
from offhook.sip.core import RESERVED_IN_SESSION, Core, check_headers, check_reason
from offhook.sip.dialog import Dialog, DialogInput
from offhook.sip.error import SipUsageError, expect
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.session import accept, cancel, close, connect, modify
from offhook.sip.session.state import REFUSED, TRANSITIONS, Effect, Occasion, SessionInput, SessionState
from offhook.sip.status import reason_phrase
from offhook.sip.transaction.server_invite import ServerInvite

ExtraHeaders = tuple[tuple[str, str], ...]
"""Headers of the owner, put behind ours; names that the dialog determines are refused."""


class InviteSession:
    """One session. Commands raise SipUsageError when the state doesn't allow them.

    News may change the state between two commands of the owner, who looks at `state` (or calls
    `close`, which fits every state) before it commands.
    """

    __slots__ = (
        "_flow",
        "_request",
        "bye_headers",
        "call_id",
        "core",
        "deadlines",
        "dialog",
        "is_uas",
        "local_tag",
        "modification",
        "number",
        "outgoing",
        "response",
        "server",
        "state",
        "success",
    )

    def __init__(self, core: Core, call_id: str, *, is_uas: bool) -> None:
        self.core = core
        self.call_id = call_id
        self.is_uas = is_uas
        """Whether the peer called us."""
        self.local_tag = core.new_tag()
        self.state = SessionState.INCOMING if is_uas else SessionState.CALLING
        self.dialog: Dialog | None = None
        """UAS: from the first on; UAC: None until the 2xx."""
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
        self.modification = modify.Modification(self)
        self.deadlines: dict[Enum, float] = {}
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

    def take_dialog(self, dialog: Dialog) -> None:
        """The session's dialog; requests inside it are ours from now on."""
        self.dialog = dialog
        self.core.dialogs[dialog.id] = self

    def the_dialog(self) -> Dialog:
        """The dialog, where the state implies one."""
        return expect(self.dialog, "this state has a dialog")

    def the_outgoing(self) -> connect.Connect:
        """The INVITE's user, where the state is a UAC's."""
        return expect(self.outgoing, "a UAC has the INVITE's user")

    # Commands

    def ring(
        self, now: float, status: int = 180, headers: ExtraHeaders = (), body: bytes | None = None
    ) -> None:
        """UAS: send a provisional response, repeated every minute until the final one.

        status: 101 to 199. body: SDP of early media.
        """
        check_headers(headers, RESERVED_IN_SESSION)
        if not 101 <= status <= 199:
            raise SipUsageError(f"no provisional status of an owner: {status}")
        self.step(SessionInput.RING, Occasion(now, status=status, headers=headers, body=body))

    def accept(self, body: bytes, now: float, headers: ExtraHeaders = ()) -> None:
        """Answer with 200: the INVITE, or the re-INVITE that waits; as UAC the late offer, in the ACK.

        body: SDP, the answer, or the offer where the peer made none. headers: of the 200, not of an ACK.
        Queues: the 200, repeated until its ACK comes (Acknowledged) or 64·T1 passed (Ended).
        """
        check_headers(headers, RESERVED_IN_SESSION)
        occasion = Occasion(now, status=200, headers=headers, body=body)
        if self.modification.is_pending:
            self.modification.accept(occasion)
        else:
            self.step(SessionInput.ACCEPT, occasion)

    def reject(self, status: int, now: float, reason: str | None = None, headers: ExtraHeaders = ()) -> None:
        """Answer with a final response other than 2xx: the INVITE, or the re-INVITE that waits.

        status: 300 to 699. Nothing is told afterwards.
        """
        if not 300 <= status <= 699:
            raise SipUsageError(f"no status to reject with: {status}")
        reserved = RESERVED_IN_SESSION - {"contact"} if status < 400 else RESERVED_IN_SESSION
        check_headers(headers, reserved)
        check_reason(reason)
        occasion = Occasion(now, status=status, reason=reason, headers=headers)
        if self.modification.is_pending:
            self.modification.reject(occasion)
        else:
            self.step(SessionInput.REJECT, occasion)

    def cancel(self, now: float, headers: ExtraHeaders = ()) -> None:
        """UAC: give up before the final response. Refused follows, even if a 2xx crosses the CANCEL.

        The CANCEL waits for a provisional response (RFC 3261 §9.1).
        """
        check_headers(headers, RESERVED_IN_SESSION)
        cancel.command(self, Occasion(now, status=487, headers=headers))

    def bye(self, now: float, headers: ExtraHeaders = ()) -> None:
        """End the call. Ended follows when the peer has answered; as UAS, BYE waits for the ACK (§15)."""
        check_headers(headers, RESERVED_IN_SESSION)
        close.command(self, Occasion(now, headers=headers))

    def close(self, now: float, headers: ExtraHeaders = ()) -> None:
        """Whichever of reject (480), cancel and bye fits; nothing when the session ends already."""
        match self.state:
            case SessionState.INCOMING:
                self.reject(480, now, headers=headers)
            case SessionState.CALLING | SessionState.PROCEEDING:
                self.cancel(now, headers)
            case SessionState.OFFERED | SessionState.ACCEPTED | SessionState.CONFIRMED:
                self.bye(now, headers)
            case _:
                check_headers(headers, RESERVED_IN_SESSION)

    # News, from `user_agent` and the transaction layer

    def handle_cancel(self, request: Request, now: float) -> None:
        """UAS: the caller canceled the INVITE."""
        self.step(SessionInput.CANCEL_RECEIVED, Occasion(now, request=request))

    def handle_ack(self, request: Request, now: float) -> None:
        """An ACK inside the dialog."""
        accept.handle_ack(self, request, now)

    def handle_bye(self, request: Request, flow: Flow, now: float) -> None:
        """A new BYE inside the dialog; not yet stamped."""
        close.handle_bye(self, request, flow, now)

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
        self.modification.end(now)
        self.deadlines.clear()
        del self.core.sessions[self.number]
        if self.dialog is not None:
            self.dialog.move(DialogInput.END)
            del self.core.dialogs[self.dialog.id]


def _report_progress(session: InviteSession, occasion: Occasion) -> None:
    response = expect(occasion.response, "progress is a response")
    session.core.events.append(event.Progressed(session, response))


def _report_accepted(session: InviteSession, occasion: Occasion) -> None:
    response = expect(occasion.response, "acceptance is a response")
    session.core.events.append(event.Accepted(session, response))


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


def _report_ended(session: InviteSession, occasion: Occasion) -> None:
    session.core.events.append(event.Ended(session, occasion.cause, occasion.request))


_OPERATIONS: Final[dict[Effect, Callable[[InviteSession, Occasion], None]]] = {
    Effect.SEND_CANCEL: cancel.send,
    Effect.ACKNOWLEDGE: connect.acknowledge,
    Effect.SEND_PROVISIONAL: accept.send_provisional,
    Effect.SEND_SUCCESS: accept.send_success,
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
