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
        """Read the header, which has one value. Raises: SipError (400) for a state that is no token.

        Lenient for what follows it: linphone 5.1 ends its subscriptions with `reason=reason=noresource`.
        """
        state, semicolon, rest = text.partition(";")
        state = state.strip(" \t").lower()
        if not grammar.TOKEN.match(state):
            raise malformed("malformed Subscription-State", section=_SECTION, excerpt=text)
        try:
            parameters = grammar.parse_parameters(semicolon + rest)
        except SipError:
            parameters = ()
        return cls(state, parameters)

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
