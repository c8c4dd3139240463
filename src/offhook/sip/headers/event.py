"""Event: which package a NOTIFY is about, and which of several subscriptions (RFC 6665 §8.2.1)."""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters

REFER: Final = "refer"
"""The package of RFC 3515: what became of a REFER."""


@frozen
class EventPackage:
    """One value."""

    package: str
    """Lower-case, its templates included."""
    parameters: Parameters = ()
    """id and whatever else, in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header, which has one value. Raises: SipError (400)."""
        package, semicolon, rest = text.partition(";")
        package = package.strip(" \t").lower()
        if not grammar.TOKEN.match(package):
            raise malformed("malformed Event", section="RFC 6665 §8.2.1", excerpt=text)
        return cls(package, grammar.parse_parameters(semicolon + rest))

    def __str__(self) -> str:
        return self.package + grammar.print_parameters(self.parameters)

    @property
    def id(self) -> str | None:
        """Names the subscription: of a REFER its CSeq number; None for the only one."""
        return grammar.find_parameter(self.parameters, "id") or None
