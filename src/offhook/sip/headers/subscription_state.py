"""Subscription-State: whether more NOTIFYs follow (RFC 6665 §8.2.3)."""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import SipError, malformed
from offhook.sip.grammar import Parameters

ACTIVE: Final = "active"
TERMINATED: Final = "terminated"
EXPIRES_MAX_S: Final = 2**31 - 1
_SECTION: Final = "RFC 6665 §8.2.3"


@frozen
class SubscriptionState:
    """Where a subscription stands."""

    state: str
    """`ACTIVE`, `TERMINATED`, "pending" or another token, in lower-case."""
    parameters: Parameters = ()
    """expires, reason and whatever else, in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header, which has one value; a parameter that cannot be read is passed over.

        linphone 5.1 writes `reason=reason=noresource`. Raises: SipError (400) for a state that is none.
        """
        state, semicolon, rest = text.partition(";")
        state = state.strip(" \t").lower()
        if not grammar.TOKEN.match(state):
            raise malformed("malformed Subscription-State", section=_SECTION, excerpt=text)
        return cls(state, _readable(semicolon + rest))

    def __str__(self) -> str:
        return self.state + grammar.print_parameters(self.parameters)

    @property
    def is_terminated(self) -> bool:
        """Whether nothing follows."""
        return self.state == TERMINATED

    @property
    def expires_s(self) -> int | None:
        """How long it lasts from now on; None where that is not said. Raises: SipError (400)."""
        value = grammar.find_parameter(self.parameters, "expires")
        return None if value is None else grammar.parse_number(value, EXPIRES_MAX_S, section=_SECTION)


def _readable(text: str) -> Parameters:
    try:
        return grammar.parse_parameters(text)
    except SipError:
        pieces = [f";{piece}" for piece in text.split(";")[1:]]
    found: list[tuple[str, str]] = []
    for piece in pieces:
        try:
            found.extend(grammar.parse_parameters(piece))
        except SipError:
            continue
    return tuple(found)
