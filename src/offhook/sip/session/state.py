"""The states of an INVITE session and the whole of its life as one table.

    UAC: CALLING -> PROCEEDING -> CONFIRMED      UAS: INCOMING -> ACCEPTED -> CONFIRMED
    end: CONFIRMED -> CLOSING (our BYE) or ABANDONED (the same, told already) -> TERMINATED

What follows from an input is data here; `invite_session` maps each Effect to the operation that does
it. Source: RFC 3261 §9, §13, §15; RFC 3262 §3; RFC 4028 §10. What happens inside the dialog (re-INVITE,
UPDATE, PRACK, the session timer) has tables of its own, beside this one.
"""

from enum import auto
from typing import Final

from offhook.base.frozen import frozen
from offhook.base.symbol import Symbol
from offhook.sip.event import EndCause
from offhook.sip.message import Request, Response


class SessionState(Symbol):
    """Where a session stands."""

    CALLING = auto()
    """UAC: no response yet; the INVITE may still wait for its flow."""
    PROCEEDING = auto()
    """UAC: a provisional response came."""
    CANCEL_PENDING = auto()
    """UAC: to be canceled as soon as a provisional response allows it (§9.1)."""
    CANCEL_SENT = auto()
    """UAC: CANCEL is out, the final response is not in."""
    OFFERED = auto()
    """UAC: the 2xx brought the offer, and the owner owes the answer for the ACK."""
    INCOMING = auto()
    """UAS: no final response yet."""
    ACCEPT_PENDING = auto()
    """UAS: the owner accepted, and the 2xx waits for the PRACK of a description (RFC 3262 §3)."""
    ACCEPTED = auto()
    """UAS: 2xx sent, ACK not in."""
    BYE_PENDING = auto()
    """UAS: as ACCEPTED, and BYE is to follow the ACK (§15)."""
    CONFIRMED = auto()
    """Both: the call is up."""
    CLOSING = auto()
    """Both: our BYE is out; its end will be told."""
    ABANDONED = auto()
    """Both: our BYE is out; the end has been told before."""
    TERMINATED = auto()


EARLY: Final = frozenset(
    {
        SessionState.CALLING,
        SessionState.PROCEEDING,
        SessionState.CANCEL_PENDING,
        SessionState.CANCEL_SENT,
        SessionState.INCOMING,
        SessionState.ACCEPT_PENDING,
    }
)
"""The INVITE has no 2xx yet."""

ENDED: Final = frozenset({SessionState.CLOSING, SessionState.ABANDONED, SessionState.TERMINATED})
"""Our BYE is out, or all is over: for us the session is at its end (§15.1.1)."""


class SessionInput(Symbol):
    """What can happen to a session."""

    TRYING = auto()
    PROVISIONAL = auto()
    SUCCESS = auto()
    SUCCESS_WITH_OFFER = auto()
    RETRY = auto()
    """UAC: a 401, 407 or 422 that another INVITE can meet."""
    FAILURE = auto()
    """UAC: a final response other than 2xx, or none to be had."""
    CANCEL = auto()
    """Command."""
    RING = auto()
    """Command."""
    ACCEPT = auto()
    """Command."""
    ACCEPT_HELD = auto()
    """Command: ACCEPT, while a PRACK that it must wait for is missing."""
    REJECT = auto()
    """Command."""
    BYE = auto()
    """Command."""
    CANCEL_RECEIVED = auto()
    RELEASED = auto()
    """UAS: every PRACK that the 2xx waits for is in."""
    PRACK_MISSING = auto()
    """UAS: a reliable provisional response got none for 64·T1."""
    ACK_RECEIVED = auto()
    ACK_MISSING = auto()
    BYE_RECEIVED = auto()
    BYE_DONE = auto()
    """Our BYE was answered, or never will be."""
    FLOW_LOST = auto()
    """The ACK cannot be sent anywhere."""
    EXPIRED = auto()
    """Nobody refreshed the session (RFC 4028 §10)."""
    DIALOG_GONE = auto()
    """The peer answered a request of ours with 481 or 408, or not at all (§12.2.1.2)."""


class Effect(Symbol):
    """What a session does about it."""

    SEND_CANCEL = auto()
    RESEND = auto()
    ACKNOWLEDGE = auto()
    SEND_PROVISIONAL = auto()
    SEND_SUCCESS = auto()
    HOLD_SUCCESS = auto()
    SEND_FAILURE = auto()
    SEND_TERMINATED = auto()
    STOP_SUCCESS = auto()
    SEND_BYE = auto()
    REPORT_PROGRESS = auto()
    REPORT_ACCEPTED = auto()
    REPORT_REFUSED = auto()
    REPORT_CANCELED = auto()
    REPORT_ACKNOWLEDGED = auto()
    REPORT_ENDED = auto()
    REFUSE = auto()


@frozen
class Occasion:
    """What an input brought: a message, or the words of the owner's command."""

    now: float
    """Monotonic seconds."""
    request: Request | None = None
    """What came, if it was a request."""
    response: Response | None = None
    """What came, if it was a response."""
    status: int = 0
    """Of the response to send, or of the failure to tell."""
    reason: str | None = None
    """Reason phrase for `status`; None is the usual one."""
    headers: tuple[tuple[str, str], ...] = ()
    """The owner's, for what is to be sent."""
    body: bytes | None = None
    """SDP to be sent; None for no body."""
    cause: EndCause = EndCause.LOCAL_BYE
    """For REPORT_ENDED."""


Transition = tuple[SessionState | None, tuple[Effect, ...]]

IGNORED: Final[Transition] = (None, ())
REFUSED: Final[Transition] = (None, (Effect.REFUSE,))
"""A command that this state does not allow."""

_COMMANDS: Final = (
    SessionInput.CANCEL,
    SessionInput.RING,
    SessionInput.ACCEPT,
    SessionInput.ACCEPT_HELD,
    SessionInput.REJECT,
    SessionInput.BYE,
)


def _row(
    state: SessionState, transitions: dict[SessionInput, Transition]
) -> dict[tuple[SessionState, SessionInput], Transition]:
    """One state's part of the table: other commands are refused, other news ignored."""
    rest = {given: REFUSED if given in _COMMANDS else IGNORED for given in SessionInput}
    return {(state, given): transition for given, transition in (rest | transitions).items()}


_S, _I, _E = SessionState, SessionInput, Effect

_REFUSED_CALL: Final[Transition] = (_S.TERMINATED, (_E.REPORT_REFUSED,))
_ANSWERED_TOO_LATE: Final[Transition] = (_S.ABANDONED, (_E.ACKNOWLEDGE, _E.SEND_BYE, _E.REPORT_REFUSED))
"""The 2xx crossed our CANCEL (§9.1: it has no effect then): the call is ended at once, and for the
owner it was canceled."""
_BROKEN_OFF: Final[Transition] = (_S.ABANDONED, (_E.SEND_BYE, _E.REPORT_ENDED))
_GIVEN_UP: Final[Transition] = (_S.TERMINATED, (_E.SEND_TERMINATED, _E.REPORT_CANCELED))

TRANSITIONS: Final = {
    **_row(
        _S.CALLING,
        {
            _I.TRYING: (_S.PROCEEDING, ()),
            _I.PROVISIONAL: (_S.PROCEEDING, (_E.REPORT_PROGRESS,)),
            _I.SUCCESS: (_S.CONFIRMED, (_E.ACKNOWLEDGE, _E.REPORT_ACCEPTED)),
            _I.SUCCESS_WITH_OFFER: (_S.OFFERED, (_E.REPORT_ACCEPTED,)),
            _I.RETRY: (_S.CALLING, (_E.RESEND,)),
            _I.FAILURE: _REFUSED_CALL,
            _I.CANCEL: (_S.CANCEL_PENDING, ()),
        },
    ),
    **_row(
        _S.PROCEEDING,
        {
            _I.PROVISIONAL: (_S.PROCEEDING, (_E.REPORT_PROGRESS,)),
            _I.SUCCESS: (_S.CONFIRMED, (_E.ACKNOWLEDGE, _E.REPORT_ACCEPTED)),
            _I.SUCCESS_WITH_OFFER: (_S.OFFERED, (_E.REPORT_ACCEPTED,)),
            _I.RETRY: (_S.CALLING, (_E.RESEND,)),
            _I.FAILURE: _REFUSED_CALL,
            _I.CANCEL: (_S.CANCEL_SENT, (_E.SEND_CANCEL,)),
        },
    ),
    **_row(
        _S.CANCEL_PENDING,
        {
            _I.TRYING: (_S.CANCEL_SENT, (_E.SEND_CANCEL,)),
            _I.PROVISIONAL: (_S.CANCEL_SENT, (_E.SEND_CANCEL,)),
            _I.SUCCESS: _ANSWERED_TOO_LATE,
            _I.SUCCESS_WITH_OFFER: _ANSWERED_TOO_LATE,
            _I.RETRY: _REFUSED_CALL,
            _I.FAILURE: _REFUSED_CALL,
        },
    ),
    **_row(
        _S.CANCEL_SENT,
        {
            _I.SUCCESS: _ANSWERED_TOO_LATE,
            _I.SUCCESS_WITH_OFFER: _ANSWERED_TOO_LATE,
            _I.RETRY: _REFUSED_CALL,
            _I.FAILURE: _REFUSED_CALL,
        },
    ),
    **_row(
        _S.OFFERED,
        {
            _I.ACCEPT: (_S.CONFIRMED, (_E.ACKNOWLEDGE,)),
            _I.BYE: (_S.CLOSING, (_E.ACKNOWLEDGE, _E.SEND_BYE)),
            _I.BYE_RECEIVED: (_S.TERMINATED, (_E.REPORT_ENDED,)),
        },
    ),
    **_row(
        _S.INCOMING,
        {
            _I.RING: (_S.INCOMING, (_E.SEND_PROVISIONAL,)),
            _I.ACCEPT: (_S.ACCEPTED, (_E.SEND_SUCCESS,)),
            _I.ACCEPT_HELD: (_S.ACCEPT_PENDING, (_E.HOLD_SUCCESS,)),
            _I.REJECT: (_S.TERMINATED, (_E.SEND_FAILURE,)),
            _I.CANCEL_RECEIVED: _GIVEN_UP,
            _I.BYE_RECEIVED: _GIVEN_UP,  # §15: a caller may end an early dialog with BYE
            _I.PRACK_MISSING: (_S.TERMINATED, (_E.SEND_FAILURE, _E.REPORT_CANCELED)),
        },
    ),
    **_row(
        _S.ACCEPT_PENDING,
        {
            _I.RELEASED: (_S.ACCEPTED, (_E.SEND_SUCCESS,)),
            _I.BYE: (_S.TERMINATED, (_E.SEND_FAILURE, _E.REPORT_ENDED)),
            _I.CANCEL_RECEIVED: (_S.TERMINATED, (_E.SEND_TERMINATED, _E.REPORT_ENDED)),
            _I.BYE_RECEIVED: (_S.TERMINATED, (_E.SEND_TERMINATED, _E.REPORT_ENDED)),
            _I.PRACK_MISSING: (_S.TERMINATED, (_E.SEND_FAILURE, _E.REPORT_ENDED)),
        },
    ),
    **_row(
        _S.ACCEPTED,
        {
            _I.ACK_RECEIVED: (_S.CONFIRMED, (_E.STOP_SUCCESS, _E.REPORT_ACKNOWLEDGED)),
            _I.ACK_MISSING: (_S.ABANDONED, (_E.STOP_SUCCESS, _E.SEND_BYE, _E.REPORT_ENDED)),
            _I.BYE: (_S.BYE_PENDING, ()),
            _I.BYE_RECEIVED: (_S.TERMINATED, (_E.STOP_SUCCESS, _E.REPORT_ENDED)),
            _I.DIALOG_GONE: (_S.ABANDONED, (_E.STOP_SUCCESS, _E.SEND_BYE, _E.REPORT_ENDED)),
        },
    ),
    **_row(
        _S.BYE_PENDING,
        {
            _I.ACK_RECEIVED: (_S.CLOSING, (_E.STOP_SUCCESS, _E.SEND_BYE)),
            _I.ACK_MISSING: (_S.CLOSING, (_E.STOP_SUCCESS, _E.SEND_BYE)),
            _I.BYE_RECEIVED: (_S.TERMINATED, (_E.STOP_SUCCESS, _E.REPORT_ENDED)),
        },
    ),
    **_row(
        _S.CONFIRMED,
        {
            _I.BYE: (_S.CLOSING, (_E.SEND_BYE,)),
            _I.BYE_RECEIVED: (_S.TERMINATED, (_E.REPORT_ENDED,)),
            _I.ACK_MISSING: _BROKEN_OFF,  # of a re-INVITE
            _I.EXPIRED: _BROKEN_OFF,
            _I.DIALOG_GONE: _BROKEN_OFF,
            _I.FLOW_LOST: (_S.TERMINATED, (_E.REPORT_ENDED,)),
        },
    ),
    **_row(
        _S.CLOSING,
        {
            _I.BYE_DONE: (_S.TERMINATED, (_E.REPORT_ENDED,)),
        },
    ),
    **_row(_S.ABANDONED, {_I.BYE_DONE: (_S.TERMINATED, ())}),
    **_row(_S.TERMINATED, {}),
}
