"""Who owes an answer in a dialog, known without reading the SDP (RFC 3261 §13.2.1, RFC 6337 §2).

    NEW --offer of ours--> OFFERED --answer--> AGREED --offer of either--> ...
     |--the peer's-------> OWING   --answer------^

One for each dialog of a session, early ones included, since every fork answers for itself. The
descriptions are kept as bytes, for a refresh that must repeat ours (RFC 4028 §7.4).
"""

from enum import auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.sip.error import SipUsageError


class NegotiationState(Symbol):
    """Where offer and answer stand."""

    NEW = auto()
    """Nobody has offered yet."""
    OFFERED = auto()
    """Our offer is open."""
    OWING = auto()
    """The peer's offer is open."""
    AGREED = auto()
    """Nothing is open; an offer may be made."""


class NegotiationInput(Symbol):
    """What moves them."""

    OFFER_SENT = auto()
    OFFER_RECEIVED = auto()
    ANSWER_SENT = auto()
    ANSWER_RECEIVED = auto()
    WITHDRAWN = auto()
    """The open offer was refused, or got no answer: what was agreed before stands (RFC 6141 §3)."""


_S, _I = NegotiationState, NegotiationInput

TRANSITIONS: Final[dict[tuple[NegotiationState, NegotiationInput], NegotiationState | None]] = {
    (_S.NEW, _I.OFFER_SENT): _S.OFFERED,
    (_S.NEW, _I.OFFER_RECEIVED): _S.OWING,
    (_S.NEW, _I.ANSWER_SENT): None,
    (_S.NEW, _I.ANSWER_RECEIVED): None,
    (_S.NEW, _I.WITHDRAWN): _S.NEW,
    (_S.OFFERED, _I.OFFER_SENT): None,
    (_S.OFFERED, _I.OFFER_RECEIVED): None,
    (_S.OFFERED, _I.ANSWER_SENT): None,
    (_S.OFFERED, _I.ANSWER_RECEIVED): _S.AGREED,
    (_S.OFFERED, _I.WITHDRAWN): _S.AGREED,
    (_S.OWING, _I.OFFER_SENT): None,
    (_S.OWING, _I.OFFER_RECEIVED): None,
    (_S.OWING, _I.ANSWER_SENT): _S.AGREED,
    (_S.OWING, _I.ANSWER_RECEIVED): None,
    (_S.OWING, _I.WITHDRAWN): _S.AGREED,
    (_S.AGREED, _I.OFFER_SENT): _S.OFFERED,
    (_S.AGREED, _I.OFFER_RECEIVED): _S.OWING,
    (_S.AGREED, _I.ANSWER_SENT): None,
    (_S.AGREED, _I.ANSWER_RECEIVED): None,
    (_S.AGREED, _I.WITHDRAWN): _S.AGREED,
}
"""None: out of order. Callers ask `state` before; what a peer sends out of order is refused there."""


class Negotiation:
    """Offer and answer of one dialog."""

    __slots__ = ("_open", "local", "remote", "state")

    def __init__(self) -> None:
        self.state = NegotiationState.NEW
        self.local: bytes | None = None
        """Our description of what was agreed; None before."""
        self.remote: bytes | None = None
        """The peer's."""
        self._open = b""

    @property
    def is_new(self) -> bool:
        """Whether nobody has offered."""
        return self.state is NegotiationState.NEW

    @property
    def is_offered(self) -> bool:
        """Whether our offer is open."""
        return self.state is NegotiationState.OFFERED

    @property
    def is_owing(self) -> bool:
        """Whether the peer's offer is open."""
        return self.state is NegotiationState.OWING

    @property
    def is_agreed(self) -> bool:
        """Whether an offer may be made, by either side."""
        return self.state is NegotiationState.AGREED

    @property
    def remote_description(self) -> bytes:
        """What the peer said last: its open offer, else its part of the agreement; b"" for nothing."""
        return self._open if self.is_owing else self.remote or b""

    def offer(self, body: bytes) -> None:
        """We offer."""
        self._step(NegotiationInput.OFFER_SENT)
        self._open = body

    def take_offer(self, body: bytes) -> None:
        """The peer offers."""
        self._step(NegotiationInput.OFFER_RECEIVED)
        self._open = body

    def answer(self, body: bytes) -> None:
        """We answer."""
        self._step(NegotiationInput.ANSWER_SENT)
        self.local, self.remote = body, self._open

    def take_answer(self, body: bytes) -> None:
        """The peer answers."""
        self._step(NegotiationInput.ANSWER_RECEIVED)
        self.local, self.remote = self._open, body

    def withdraw(self) -> None:
        """The open offer comes to nothing; without one nothing happens."""
        self._step(NegotiationInput.WITHDRAWN)

    def say(self, body: bytes) -> bytes | None:
        """What a response of ours has as body, where the owner would say `body`: answer, offer, or nothing.

        None once we have answered in a reliable provisional response: another description would be an
        offer, which no response to an INVITE may bring then (§13.2.1, RFC 6337 §3.1.1).
        """
        match self.state:
            case NegotiationState.OWING:
                self.answer(body)
            case NegotiationState.NEW:
                self.offer(body)
            case _:
                return None
        return body

    def _step(self, given: NegotiationInput) -> None:
        state = TRANSITIONS[(self.state, given)]
        if state is None:
            raise SipUsageError(f"{given.name.lower()} while {self.state.name.lower()}")
        self.state = state
