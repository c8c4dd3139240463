"""Reason: why a request is sent, or a call was refused, in another protocol's words too (RFC 3326).

Printed by `session/refresh` and `call/`, on BYE and CANCEL.
"""

from collections.abc import Iterable
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters

SIP: Final = "SIP"
"""Protocol whose cause is a status code."""
Q850: Final = "Q.850"
"""Protocol whose cause is that of ISDN: 16 is normal call clearing, 17 user busy."""
_PROTOCOLS: Final = {name.lower(): name for name in (SIP, Q850)}
_CAUSE_HIGHEST: Final = 2**31 - 1
"""Protocols of other registrations have ranges of their own; keeps the number a number."""
_SECTION: Final = "RFC 3326 §2"


@frozen
class Reason:
    """One protocol's reason."""

    protocol: str
    """`SIP`, `Q850`, spelled so whatever the peer's case, or another token as the peer spells it."""
    cause: int | None = None
    """0 to 2**31 - 1, in the protocol's numbers; None where none is named."""
    text: str = ""
    """For people, unquoted; "" for none."""
    parameters: Parameters = ()
    """All but cause and text, in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value. Raises: SipError (400)."""
        protocol, semicolon, rest = text.partition(";")
        protocol = protocol.strip(" \t")
        if not grammar.TOKEN.match(protocol):
            raise malformed("malformed Reason", section=_SECTION, excerpt=text)
        parameters = grammar.parse_parameters(semicolon + rest)
        cause = grammar.find_parameter(parameters, "cause")
        return cls(
            _PROTOCOLS.get(protocol.lower(), protocol),
            None if cause is None else grammar.parse_number(cause, _CAUSE_HIGHEST, section=_SECTION),
            grammar.unquote(grammar.find_parameter(parameters, "text") or ""),
            tuple(each for each in parameters if each[0].lower() not in ("cause", "text")),
        )

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        text = f";text={grammar.quote(self.text)}" if self.text else ""
        return f"{self.protocol}{cause}{text}{grammar.print_parameters(self.parameters)}"


def parse_reasons(fields: Iterable[str]) -> tuple[Reason, ...]:
    """The values of every field of the header, in order.

    A protocol may come more than once: RFC 9366 allows it where the protocol says what it means.
    Raises: SipError (400).
    """
    return tuple(Reason.parse(value) for field in fields for value in grammar.split_list(field))
