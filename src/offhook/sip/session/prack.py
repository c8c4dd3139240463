"""Reliable provisional responses and their PRACK (RFC 3262).

    UAS, one at a time:  IDLE --send--> UNACKNOWLEDGED --PRACK--> IDLE, the next one
                                          |--64·T1--> IDLE, and the INVITE is refused with 504

We send reliably what the caller requires to be reliable, and a description where the caller supports it;
a 2xx waits for the PRACK of a description. As UAC we acknowledge each one at once; where it brings an offer
(the INVITE had none), the owner's answer goes with the PRACK.

Called by `accept` and `incoming` (UAS), `connect` and `invite_session` (UAC). An offer in a PRACK is
`update`'s.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.body import SDP, description_of
from offhook.sip.error import SipError, SipUsageError, expect
from offhook.sip.event import EndCause, ProvisionalAcknowledged
from offhook.sip.flow import Flow
from offhook.sip.headers.rack import HIGHEST_FIRST, RAck, parse_rseq
from offhook.sip.message import Request, Response
from offhook.sip.method import INVITE, PRACK
from offhook.sip.session.accept import dialog_response
from offhook.sip.session.request import DialogRequest, Draft
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.session.usage import Usage, tokens_of
from offhook.sip.transaction.server_invite import ServerInvite

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession

RELIABLE: Final = "100rel"
"""The option tag."""
QUEUED: Final = 8
"""Reliable responses that may wait for the PRACK of the one before."""


class ReliableState(Symbol):
    """Where the reliable provisional responses of an INVITE stand."""

    IDLE = auto()
    UNACKNOWLEDGED = auto()


class ReliableInput(Symbol):
    """What can happen to them."""

    SEND = auto()
    PRACK = auto()
    REPEAT = auto()
    """Timer: T1, then doubled (§3)."""
    MISSING = auto()
    """Timer: no PRACK for 64·T1."""
    FINAL = auto()
    """The final response has been sent, or will never be: nothing is repeated any more."""


class ReliableEffect(Symbol):
    """What is done about it."""

    TRANSMIT = auto()
    QUEUE = auto()
    REPEAT = auto()
    STOP = auto()
    CLEAR = auto()
    NEXT = auto()
    GIVE_UP = auto()


_S, _I, _E = ReliableState, ReliableInput, ReliableEffect

TRANSITIONS: Final[
    dict[tuple[ReliableState, ReliableInput], tuple[ReliableState, tuple[ReliableEffect, ...]]]
] = {
    (_S.IDLE, _I.SEND): (_S.UNACKNOWLEDGED, (_E.TRANSMIT,)),
    (_S.IDLE, _I.PRACK): (_S.IDLE, ()),  # of a response whose INVITE has been answered
    (_S.IDLE, _I.REPEAT): (_S.IDLE, ()),
    (_S.IDLE, _I.MISSING): (_S.IDLE, ()),
    (_S.IDLE, _I.FINAL): (_S.IDLE, (_E.CLEAR,)),
    (_S.UNACKNOWLEDGED, _I.SEND): (_S.UNACKNOWLEDGED, (_E.QUEUE,)),
    (_S.UNACKNOWLEDGED, _I.PRACK): (_S.IDLE, (_E.STOP, _E.NEXT)),
    (_S.UNACKNOWLEDGED, _I.REPEAT): (_S.UNACKNOWLEDGED, (_E.REPEAT,)),
    (_S.UNACKNOWLEDGED, _I.MISSING): (_S.IDLE, (_E.STOP, _E.CLEAR, _E.GIVE_UP)),
    (_S.UNACKNOWLEDGED, _I.FINAL): (_S.IDLE, (_E.STOP, _E.CLEAR)),
}


class ReliableResponses:
    """UAS: the reliable provisional responses to one INVITE."""

    __slots__ = ("_interval_s", "_last", "_queue", "_rseq", "deadlines", "session", "state")

    def __init__(self, session: "InviteSession") -> None:
        self.session = session
        self.state = ReliableState.IDLE
        self.deadlines: dict[Enum, float] = {}
        self._rseq = int(session.core.chance.between(1, HIGHEST_FIRST - 1_000_000))
        """Of the next one; the first is drawn (§3)."""
        self._last: tuple[RAck, Response] | None = None
        """The one that is not acknowledged, kept beyond the final response: its PRACK may come late."""
        self._queue: list[Occasion] = []
        self._interval_s = 0.0

    @property
    def is_unacknowledged(self) -> bool:
        """Whether a PRACK is awaited."""
        return self.state is ReliableState.UNACKNOWLEDGED

    @property
    def holds_success(self) -> bool:
        """Whether a 2xx must wait (§3): a description, sent or queued, has no PRACK."""
        descriptions = [occasion.body is not None for occasion in self._queue]
        if self.is_unacknowledged and self._last is not None:
            descriptions.append(bool(self._last[1].body))
        return any(descriptions)

    def is_wanted(self, occasion: Occasion) -> bool:
        """Whether this one is to be reliable: the caller requires it, or supports it and there is a body."""
        if RELIABLE not in self.session.core.settings.supported:
            return False
        request = self.session.request
        is_supported = RELIABLE in tokens_of(request, "Supported") and occasion.body is not None
        return is_supported or RELIABLE in request.require

    def send(self, occasion: Occasion) -> None:
        """Send it, or queue it behind the one that waits for its PRACK. Raises: SipUsageError beyond 8."""
        if self.is_unacknowledged and len(self._queue) == QUEUED:
            raise SipUsageError("too many provisional responses wait for PRACK")
        self._step(ReliableInput.SEND, occasion)

    def is_awaited(self, rack: RAck) -> bool:
        """Whether this is the PRACK that is missing; another one gets 481."""
        return self._last is not None and self._last[0] == rack

    def acknowledge(self, now: float) -> None:
        """It came."""
        self._last = None
        self._step(ReliableInput.PRACK, Occasion(now))

    def end(self, now: float) -> None:
        """The final response has been sent."""
        self._step(ReliableInput.FINAL, Occasion(now))

    def handle_timer(self, timer: Enum, now: float) -> None:
        """No PRACK yet."""
        self._step(ReliableInput(timer.value), Occasion(now))

    def _step(self, given: ReliableInput, occasion: Occasion) -> None:
        self.state, effects = TRANSITIONS[(self.state, given)]
        for effect in effects:
            _OPERATIONS[effect](self, occasion)

    def transmit(self, occasion: Occasion) -> None:
        """Effect: send one, with the next number."""
        session, core = self.session, self.session.core
        body = None if occasion.body is None else session.the_usage().negotiation.say(occasion.body)
        headers = (("Require", RELIABLE), ("RSeq", str(self._rseq)), *core.capabilities(), *occasion.headers)
        transaction = _transaction(session)
        response = dialog_response(session, transaction, replace(occasion, headers=headers, body=body))
        self._last = RAck(self._rseq, transaction.request.cseq.number, INVITE), response
        self._rseq += 1
        self._interval_s = core.timers.t1
        core.deadlines.arm(self, ReliableInput.REPEAT, occasion.now + self._interval_s)
        core.deadlines.arm(self, ReliableInput.MISSING, occasion.now + core.timers.timeout)
        transaction.respond(response, occasion.now)

    def queue(self, occasion: Occasion) -> None:
        """Effect: it must wait (§3: one at a time)."""
        self._queue.append(occasion)

    def repeat(self, occasion: Occasion) -> None:
        """Effect: the same again."""
        _, response = expect(self._last, "this state has one")
        self._interval_s *= 2
        core = self.session.core
        core.deadlines.arm(self, ReliableInput.REPEAT, occasion.now + self._interval_s)
        _transaction(self.session).respond(response, occasion.now)

    def stop(self, _: Occasion) -> None:
        """Effect: it is not repeated any more."""
        for timer in (ReliableInput.REPEAT, ReliableInput.MISSING):
            self.session.core.deadlines.disarm(self, timer)

    def clear(self, _: Occasion) -> None:
        """Effect: those that wait are not sent."""
        self._queue.clear()

    def next(self, occasion: Occasion) -> None:
        """Effect: the next one's turn."""
        if self._queue:
            self._step(ReliableInput.SEND, replace(self._queue.pop(0), now=occasion.now))

    def give_up(self, occasion: Occasion) -> None:
        """Effect: the caller doesn't hear us (§3: reject with 5xx)."""
        missing = Occasion(occasion.now, status=504, cause=EndCause.PRACK_MISSING)
        self.session.step(SessionInput.PRACK_MISSING, missing)


_OPERATIONS: Final[dict[ReliableEffect, Callable[[ReliableResponses, Occasion], None]]] = {
    _E.TRANSMIT: ReliableResponses.transmit,
    _E.QUEUE: ReliableResponses.queue,
    _E.REPEAT: ReliableResponses.repeat,
    _E.STOP: ReliableResponses.stop,
    _E.CLEAR: ReliableResponses.clear,
    _E.NEXT: ReliableResponses.next,
    _E.GIVE_UP: ReliableResponses.give_up,
}


def _transaction(session: "InviteSession") -> ServerInvite:
    return expect(session.server, "a UAS has the INVITE's transaction")


def handle_prack(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """UAS: a PRACK in the dialog; not yet stamped. Queues: ProvisionalAcknowledged, perhaps OfferReceived.

    481 for a response that awaits none; 400 for one that owes us an answer and has none.
    Raises: SipError (400) for an RAck that cannot be read.
    """
    session, core, negotiation = usage.session, usage.session.core, usage.negotiation
    rack, body = RAck.parse(request.headers.single("RAck")), description_of(request)
    reliable = session.reliable
    if reliable is None or not reliable.is_awaited(rack):
        core.refuse(request, flow, 481)
        return
    if negotiation.is_offered and not body:
        core.refuse(request, flow, 400, reason="No answer to the offer")
        return
    transaction = core.layer.serve(request, flow, now)
    prack = transaction.request
    if negotiation.is_offered:
        negotiation.take_answer(body)
        body = b""
    is_offer = bool(body) and negotiation.is_agreed
    if not is_offer:
        transaction.respond(core.response(prack, 200, to_tag=session.local_tag), now)
    core.events.append(ProvisionalAcknowledged(session, prack))
    if is_offer:
        usage.update.handle_offer(transaction, body, now)
    reliable.acknowledge(now)
    session.release(now)


def take_provisional(usage: Usage, response: Response, now: float) -> bool:
    """UAC: a provisional response in a dialog; False for a repetition, or one out of order (§4).

    Sends the PRACK of a reliable one, but where it brings an offer: then `answer_offer` does.
    """
    core = usage.session.core
    if RELIABLE not in core.settings.supported or RELIABLE not in tokens_of(response, "Require"):
        return True
    try:
        rseq = parse_rseq(response.headers.single("RSeq"))
    except SipError:
        return True  # not as reliable as it says, but ringing all the same
    if usage.rseq is not None and rseq != usage.rseq + 1:
        return False
    usage.rseq = rseq
    rack, body = RAck(rseq, response.cseq.number, INVITE), description_of(response)
    if body and usage.negotiation.is_new:
        usage.negotiation.take_offer(body)
        usage.owed = rack
        return True
    if body and usage.negotiation.is_offered:
        usage.negotiation.take_answer(body)
    _send(usage, rack, None, now)
    return True


def answer_offer(usage: Usage, answer: bytes, now: float) -> None:
    """UAC: the owner answers the offer of a reliable response. Raises: SipUsageError when none waits."""
    if usage.owed is None:
        raise SipUsageError("no provisional response waits for an answer")
    rack, usage.owed = usage.owed, None
    usage.negotiation.answer(answer)
    _send(usage, rack, answer, now)


def _send(usage: Usage, rack: RAck, answer: bytes | None, now: float) -> None:
    session = usage.session
    headers = [("RAck", str(rack))]
    if answer is not None:
        headers.append(("Content-Type", SDP))
    draft = Draft(PRACK, tuple(headers), answer or b"")
    # What becomes of it changes nothing: a UAS that doesn't like it refuses the INVITE.
    request = DialogRequest(
        session.core, usage.dialog, draft, session.core.disregard.handle_outcome, session.credentials
    )
    request.send(now)
