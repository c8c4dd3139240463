"""Diversion: by whom and why a call was diverted on its way, the last one first (RFC 5806 §4)."""

from collections.abc import Iterable
from typing import Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.headers.name_addr import NameAddr


@frozen
class Diversion:
    """One diversion."""

    address: NameAddr
    """Who diverted it; URI of any scheme, and the header's parameters."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value. Raises: SipError (400)."""
        return cls(NameAddr.parse(text))

    def __str__(self) -> str:
        return str(self.address)

    @property
    def reason(self) -> str | None:
        """Such as "unconditional" or "user-busy", in lower-case; None where none is named."""
        value = grammar.find_parameter(self.address.parameters, "reason")
        return grammar.unquote(value).lower() or None if value else None


def parse_diversions(fields: Iterable[str]) -> tuple[Diversion, ...]:
    """The values of every field of the header, in order. Raises: SipError (400)."""
    return tuple(Diversion.parse(value) for field in fields for value in grammar.split_list(field))
