"""A change of the session that we ask for: UPDATE where the peer takes it, else re-INVITE.

    IDLE --begin--> UPDATING or REINVITING --2xx, refusal--> IDLE
                        |--491, 500 with Retry-After--> WAITING --its time--> again

The owner's change and our refresh of a session timer (RFC 4028) take the same way, one at a time; an
owner's waits while a refresh is out. A refusal leaves the session as it was (RFC 6141 §3.4): nothing is
changed before the 2xx. A re-INVITE that gets no final response for 64·T1 is canceled.

Called by `invite_session` (the owner's command) and `refresh`.
Source: RFC 3261 §14.1, RFC 3311 §5.1 and §5.3, RFC 6141. Leaves out: a re-INVITE without offer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.body import SDP, description_of, mixed
from offhook.sip.error import SipError, SipUsageError, expect
from offhook.sip.event import EndCause, Modified, NotModified
from offhook.sip.grammar import parse_number
from offhook.sip.message import Response
from offhook.sip.method import UPDATE
from offhook.sip.session.our_reinvite import OurReinvite
from offhook.sip.session.request import DialogRequest, Draft, Outcome, ends_dialog
from offhook.sip.session.state import Occasion, SessionInput, SessionState
from offhook.sip.status import reason_phrase
from offhook.sip.transaction.transaction import Failure

if TYPE_CHECKING:
    from offhook.sip.session.usage import Usage

TRIES: Final = 10
"""How often a change is tried when the peer's changes keep crossing it."""
_LONGEST_WAIT_S: Final = 32
"""Retry-After beyond this is no invitation to try again."""


class ModifyState(Symbol):
    """Where our change stands."""

    IDLE = auto()
    WAITING = auto()
    """Crossed by one of the peer's: its turn comes when the timer says so."""
    UPDATING = auto()
    """UPDATE is out."""
    REINVITING = auto()
    """The re-INVITE is out."""
    CANCELING = auto()
    """It had no final response, and CANCEL is out."""


class ModifyInput(Symbol):
    """What can happen to it."""

    UPDATE = auto()
    """It may be sent, and the peer takes UPDATE."""
    REINVITE = auto()
    """It may be sent, and the peer doesn't take UPDATE, or has just refused it."""
    DEFER = auto()
    """Something of the peer's is open: it may not be sent now."""
    SUCCESS = auto()
    FAILURE = auto()
    GLARE = auto()
    """491, or 500 with Retry-After."""
    GONE = auto()
    """The peer knows the dialog no more, or doesn't answer."""
    TURN = auto()
    """Timer: the wait is over."""
    UNANSWERED = auto()
    """Timer: no final response to the re-INVITE, or to its CANCEL, for 64·T1."""
    GIVE_UP = auto()
    """Deferred too often."""
    END = auto()


class ModifyEffect(Symbol):
    """What is done about it."""

    SEND_UPDATE = auto()
    SEND_REINVITE = auto()
    SEND_CANCEL = auto()
    ABANDON = auto()
    LEAVE = auto()
    ARM_TURN = auto()
    DISARM = auto()
    TAKE_TURN = auto()
    WITHDRAW = auto()
    REPORT_SUCCESS = auto()
    REPORT_FAILURE = auto()
    REPORT_GONE = auto()


_S, _I, _E = ModifyState, ModifyInput, ModifyEffect

Transition = tuple[ModifyState | None, tuple[ModifyEffect, ...]]
IGNORED: Final[Transition] = (None, ())

_BEGIN: Final[dict[ModifyInput, Transition]] = {
    _I.UPDATE: (_S.UPDATING, (_E.SEND_UPDATE,)),
    _I.REINVITE: (_S.REINVITING, (_E.SEND_REINVITE,)),
    _I.DEFER: (_S.WAITING, (_E.ARM_TURN,)),
}
_FINISH: Final[dict[ModifyInput, Transition]] = {
    _I.SUCCESS: (_S.IDLE, (_E.DISARM, _E.REPORT_SUCCESS)),
    _I.FAILURE: (_S.IDLE, (_E.DISARM, _E.WITHDRAW, _E.REPORT_FAILURE)),
    _I.GLARE: (_S.WAITING, (_E.DISARM, _E.WITHDRAW, _E.ARM_TURN)),
    _I.GONE: (_S.IDLE, (_E.DISARM, _E.WITHDRAW, _E.REPORT_FAILURE, _E.REPORT_GONE)),
    _I.END: (_S.IDLE, (_E.DISARM, _E.WITHDRAW)),
}

_LEAVE: Final[Transition] = (_S.IDLE, (_E.DISARM, _E.WITHDRAW, _E.LEAVE))


def _row(
    state: ModifyState, transitions: dict[ModifyInput, Transition]
) -> dict[tuple[ModifyState, ModifyInput], Transition]:
    """One state's part of the table; what is not named changes nothing."""
    return {(state, given): transitions.get(given, IGNORED) for given in ModifyInput}


TRANSITIONS: Final = {
    **_row(_S.IDLE, _BEGIN),
    **_row(
        _S.WAITING,
        _BEGIN
        | {
            _I.TURN: (_S.WAITING, (_E.TAKE_TURN,)),
            _I.GIVE_UP: (_S.IDLE, (_E.DISARM, _E.REPORT_FAILURE)),
            _I.END: (_S.IDLE, (_E.DISARM,)),
        },
    ),
    **_row(
        _S.UPDATING,
        # The peer named UPDATE in Allow and refuses it all the same (405, 501): re-INVITE has to do.
        _FINISH | {_I.REINVITE: (_S.REINVITING, (_E.WITHDRAW, _E.SEND_REINVITE))},
    ),
    **_row(
        _S.REINVITING,
        _FINISH | {_I.UNANSWERED: (_S.CANCELING, (_E.SEND_CANCEL,)), _I.END: _LEAVE},
    ),
    **_row(
        _S.CANCELING,
        _FINISH
        | {
            _I.UNANSWERED: (_S.IDLE, (_E.ABANDON, _E.WITHDRAW, _E.REPORT_FAILURE)),
            _I.END: _LEAVE,
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed."""

    offer: bytes | None
    """SDP; None for a refresh, which says again what was agreed, or nothing."""
    headers: tuple[tuple[str, str], ...] = ()
    """The owner's."""
    attachment: tuple[str, bytes] | None = None
    """Media type and bytes of a further part, behind the offer (`Invitation.attachment`)."""

    @property
    def is_refresh(self) -> bool:
        """Whether nobody asked for it: then nobody is told, unless the peer's part changed."""
        return self.offer is None


class Modification:
    """Our change in a dialog, if there is one."""

    __slots__ = (
        "_before",
        "_change",
        "_next",
        "_outcome",
        "_reinvite",
        "_retry_after_s",
        "_tries",
        "deadlines",
        "state",
        "usage",
    )

    def __init__(self, usage: "Usage") -> None:
        self.usage = usage
        self.state = ModifyState.IDLE
        self.deadlines: dict[Enum, float] = {}
        self._change: Change | None = None
        """The one that is under way."""
        self._next: Change | None = None
        """The owner's, while a refresh is out."""
        self._before = b""
        """The peer's description before the change."""
        self._outcome: Outcome | None = None
        """What became of the last request."""
        self._reinvite: OurReinvite | None = None
        self._retry_after_s: int | None = None
        self._tries = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing of ours is under way."""
        return self.state is ModifyState.IDLE

    @property
    def is_owners(self) -> bool:
        """Whether a change of the owner's is under way or waits."""
        return self._next is not None or not (self._change is None or self._change.is_refresh)

    @property
    def takes_update(self) -> bool:
        """Whether the peer says that it takes UPDATE."""
        return UPDATE in self.usage.remote_allow and UPDATE in self.usage.session.core.settings.allow

    @property
    def can_refresh(self) -> bool:
        """Whether there is something that can be said again."""
        return self.takes_update or self.usage.negotiation.local is not None

    def begin(self, change: Change, now: float) -> None:
        """Send it, or wait for its turn. Queues at last: Modified or NotModified; nothing for a refresh."""
        if self._change is not None:
            self._next = change
            return
        self._change, self._tries = change, 0
        self.try_now(now)

    def end(self, now: float) -> None:
        """The dialog ends; the owner hears of that instead."""
        self._next = None
        self._step(ModifyInput.END, now)
        self._change = None

    def handle_timer(self, timer: Enum, now: float) -> None:
        """A wait is over."""
        self._step(ModifyInput(timer.value), now)

    def handle_outcome(self, outcome: Outcome, now: float) -> None:
        """What became of the UPDATE or the re-INVITE."""
        if self.state in (ModifyState.IDLE, ModifyState.WAITING):
            return  # the session ended meanwhile
        self._outcome = outcome
        self._step(self._input_of(outcome, now), now)

    # What may be sent, and what an outcome means

    def try_now(self, now: float) -> None:
        """Effect: send it, or wait again."""
        self._tries += 1
        if self._tries > TRIES:
            self._step(ModifyInput.GIVE_UP, now)
        elif not self._is_our_turn():
            self._retry_after_s = None
            self._step(ModifyInput.DEFER, now)
        elif self.takes_update:
            self._step(ModifyInput.UPDATE, now)
        else:
            self._step(ModifyInput.REINVITE, now)

    def _is_our_turn(self) -> bool:
        """Nothing of the peer's is open, and no ACK or PRACK is awaited (RFC 3311 §5.1, RFC 3261 §14.1)."""
        usage, session = self.usage, self.usage.session
        is_crossed = usage.reinvite.is_pending or usage.reinvite.is_answered or usage.update.is_pending
        is_early = session.state in (SessionState.PROCEEDING, SessionState.INCOMING)
        is_up = session.state is SessionState.CONFIRMED or (is_early and self.takes_update)
        return is_up and usage.negotiation.is_agreed and not is_crossed and not session.awaits_prack

    def _input_of(self, outcome: Outcome, now: float) -> ModifyInput:
        session = self.usage.session
        self._retry_after_s = None
        if ends_dialog(outcome):
            return ModifyInput.GONE
        if isinstance(outcome, Failure):
            return ModifyInput.FAILURE
        if outcome.status < 300:
            return self._take_success(outcome, now)
        if self.state is ModifyState.CANCELING:
            return ModifyInput.FAILURE
        self._retry_after_s = _retry_after_s(outcome)
        if outcome.status == 491 or (outcome.status == 500 and self._retry_after_s is not None):
            return ModifyInput.GLARE
        if outcome.status == 422 and session.refresh.take_too_small(outcome):
            self._retry_after_s = 0
            return ModifyInput.GLARE
        is_refused = self.state is ModifyState.UPDATING and outcome.status in (405, 501)
        if is_refused and session.state is SessionState.CONFIRMED:
            return ModifyInput.REINVITE
        return ModifyInput.FAILURE

    def _take_success(self, response: Response, now: float) -> ModifyInput:
        usage, negotiation = self.usage, self.usage.negotiation
        usage.hear(response)
        try:
            usage.dialog.refresh_target(response.contact)
        except SipError:
            return ModifyInput.FAILURE  # an answer from nowhere: the target stays, the change did not happen
        if not usage.session.is_early:
            usage.session.refresh.take_response(response, now)
        self._before = negotiation.remote or b""
        if negotiation.is_offered:
            body = description_of(response)
            if not body:
                return ModifyInput.FAILURE
            negotiation.take_answer(body)
        return ModifyInput.SUCCESS

    # The table at work

    def _step(self, given: ModifyInput, now: float) -> None:
        next_state, effects = TRANSITIONS[(self.state, given)]
        if next_state is not None:
            self.state = next_state
        for effect in effects:
            _OPERATIONS[effect](self, now)
        if next_state is ModifyState.IDLE and given is not ModifyInput.END:
            self._change = None
            following, self._next = self._next, None
            if following is not None:
                self.begin(following, now)

    def the_change(self) -> Change:
        """The change that is under way, where the state implies one."""
        return expect(self._change, "a state other than IDLE has a change")

    def send_update(self, now: float) -> None:
        """Effect: UPDATE, with the owner's offer; as a refresh without."""
        session, change = self.usage.session, self.the_change()
        timer = [] if session.is_early else session.refresh.request_headers()
        headers = [*session.core.capabilities(), *timer, *change.headers]
        body = b""
        if change.offer is not None:
            self.usage.negotiation.offer(change.offer)
            kind, body = self._content(change.offer)
            headers.append(("Content-Type", kind))
        draft = Draft(
            UPDATE,
            tuple(headers),
            body,
            refreshes_target=True,
            contact_parameters=session.contact_parameters,
        )
        request = DialogRequest(
            session.core, self.usage.dialog, draft, self.handle_outcome, session.credentials
        )
        request.send(now)

    def send_reinvite(self, now: float) -> None:
        """Effect: re-INVITE; as a refresh with the description that was agreed (RFC 4028 §7.4)."""
        change, core = self.the_change(), self.usage.session.core
        offer = change.offer or expect(self.usage.negotiation.local, "something was agreed")
        self.usage.negotiation.offer(offer)
        self._reinvite = OurReinvite(self.usage, self._content(offer), change.headers, self.handle_outcome)
        core.deadlines.arm(self, ModifyInput.UNANSWERED, now + core.timers.timeout)
        self._reinvite.send(now)

    def _content(self, offer: bytes) -> tuple[str, bytes]:
        """Type and bytes of the body: the offer, and what goes with it."""
        attachment = self.the_change().attachment
        if attachment is None:
            return SDP, offer
        return mixed(((SDP, offer), attachment), self.usage.session.core.chance.hex(12))

    def send_cancel(self, now: float) -> None:
        """Effect: nobody answers the re-INVITE; it must not stay open for ever."""
        core = self.usage.session.core
        core.deadlines.arm(self, ModifyInput.UNANSWERED, now + core.timers.timeout)
        self.the_reinvite().cancel(now)

    def abandon(self, now: float) -> None:
        """Effect: nor its CANCEL."""
        self._outcome = Failure.TIMEOUT
        self.the_reinvite().abandon(now)

    def leave(self, now: float) -> None:
        """Effect: the session ended before the re-INVITE."""
        self.the_reinvite().leave(now)

    def the_reinvite(self) -> OurReinvite:
        """The re-INVITE, where the state implies one."""
        return expect(self._reinvite, "this state has a re-INVITE")

    def arm_turn(self, now: float) -> None:
        """Effect: wait as long as the peer says, else as long as §14.1 says, so that one goes first."""
        session = self.usage.session
        if self._retry_after_s is not None:
            wait_s = float(self._retry_after_s)
        else:
            low, high = (0.0, 2.0) if session.is_uas else (2.1, 4.0)  # the Call-ID is the UAC's
            wait_s = round(session.core.chance.between(low, high), 2)
        session.core.deadlines.arm(self, ModifyInput.TURN, now + wait_s)

    def disarm(self, _: float) -> None:
        """Effect: no wait any more."""
        for timer in (ModifyInput.TURN, ModifyInput.UNANSWERED):
            self.usage.session.core.deadlines.disarm(self, timer)

    def withdraw(self, _: float) -> None:
        """Effect: what was agreed before stands (RFC 6141 §3.4)."""
        self.usage.negotiation.withdraw()

    def report_success(self, _: float) -> None:
        """Effect: tell the owner, of a refresh only where the peer's part changed."""
        usage, change = self.usage, self.the_change()
        response = self._outcome
        if not isinstance(response, Response):
            raise SipUsageError("broken invariant: success is a response")
        if change.is_refresh and usage.negotiation.remote == self._before:
            return
        usage.session.core.events.append(Modified(usage.session, response, is_refresh=change.is_refresh))

    def report_failure(self, _: float) -> None:
        """Effect: tell the owner whose change it was. A refresh that failed may end the session later."""
        session, outcome = self.usage.session, self._outcome
        if self.the_change().is_refresh:
            return
        if isinstance(outcome, Response):
            failed = NotModified(session, outcome.status, outcome.reason, outcome)
        elif isinstance(outcome, Failure):
            status = 408 if outcome is Failure.TIMEOUT else 503
            failed = NotModified(session, status, outcome.value, None)
        else:
            failed = NotModified(session, 491, reason_phrase(491), None)
        session.core.events.append(failed)

    def report_gone(self, now: float) -> None:
        """Effect: the session is over, for us (RFC 3261 §12.2.1.2)."""
        self.usage.session.step(SessionInput.DIALOG_GONE, Occasion(now, cause=EndCause.DIALOG_GONE))


_OPERATIONS: Final[dict[ModifyEffect, Callable[[Modification, float], None]]] = {
    _E.SEND_UPDATE: Modification.send_update,
    _E.SEND_REINVITE: Modification.send_reinvite,
    _E.SEND_CANCEL: Modification.send_cancel,
    _E.ABANDON: Modification.abandon,
    _E.LEAVE: Modification.leave,
    _E.ARM_TURN: Modification.arm_turn,
    _E.DISARM: Modification.disarm,
    _E.TAKE_TURN: Modification.try_now,
    _E.WITHDRAW: Modification.withdraw,
    _E.REPORT_SUCCESS: Modification.report_success,
    _E.REPORT_FAILURE: Modification.report_failure,
    _E.REPORT_GONE: Modification.report_gone,
}


def _retry_after_s(response: Response) -> int | None:
    """Retry-After in seconds, its comment and parameters left out; None for none, or too long a wait."""
    value = (response.headers.get("Retry-After") or "").partition(";")[0].partition("(")[0]
    try:
        return parse_number(value.strip(" \t"), _LONGEST_WAIT_S, section="RFC 3261 §20.33")
    except SipError:
        return None
