"""From, To, Contact, Route, Record-Route: a URI, a name before it, parameters behind (RFC 3261 §20.10)."""

import re
from functools import lru_cache
from typing import Final

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters
from offhook.sip.uri import SipUri

_SECTION: Final = "RFC 3261 §20.10"
_BRACKETED: Final = re.compile(
    r"""(?:("[^"\\]*(?:\\.[^"\\]*)*")[ \t]*|([^"<>,;:@]*))<([^<>"\s]*)>[ \t]*(;.*)?\Z""", re.DOTALL
)
"""A bare name may hold any letters, not only tokens: phones send "Jürgen <sip:…>"."""
_REMEMBERED: Final = 1_024
"""Addresses kept in parts: From is the same in each request of a dialog, and in a phone's REGISTERs."""
_REMEMBERED_CHARACTERS: Final = 192
"""Of one: strangers must not fill memory with long ones."""
_BARE: Final = re.compile(r"""([A-Za-z][A-Za-z0-9+.\-]*:[^\s<>",;?]+)[ \t]*(;.*)?\Z""", re.DOTALL)
"""Without brackets what follows a semicolon is the header's, and "," "?" may not occur (§20.10)."""


@frozen
class NameAddr:
    """A display name, a URI of any scheme, and header parameters."""

    uri_text: str
    """The URI as on the wire, "tel:" and others included."""
    display_name: str = ""
    """What the quotes hold, unescaped; "" for none."""
    parameters: Parameters = ()
    """Header parameters (tag, q, expires …) in order."""

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        """Read one value, with or without angle brackets. Raises: SipError (400)."""
        return _parse_or_remember(text) if len(text) <= _REMEMBERED_CHARACTERS else _parse(text)

    def __str__(self) -> str:
        name = f"{grammar.quote(self.display_name)} " if self.display_name else ""
        return f"{name}<{self.uri_text}>{grammar.print_parameters(self.parameters)}"

    @property
    def uri(self) -> SipUri:
        """The URI in parts. Raises: SipError (416 for another scheme, 400)."""
        return SipUri.parse(self.uri_text)

    @property
    def tag(self) -> str | None:
        """The tag of From or To; None where there is none."""
        return grammar.find_parameter(self.parameters, "tag") or None

    def with_tag(self, tag: str) -> "NameAddr":
        """The same address with this tag."""
        return NameAddr(self.uri_text, self.display_name, grammar.set_parameter(self.parameters, "tag", tag))


def _parse(text: str) -> NameAddr:
    text = text.strip(" \t")
    found = _BRACKETED.match(text)
    if found is not None and found[3]:
        name = grammar.unquote(found[1]) if found[1] else (found[2] or "").strip(" \t")
        return NameAddr(found[3], name, grammar.parse_parameters(found[4] or ""))
    found = _BARE.match(text)
    if found is None:
        raise malformed("malformed address", section=_SECTION, excerpt=text)
    return NameAddr(found[1], "", grammar.parse_parameters(found[2] or ""))


_parse_or_remember: Final = lru_cache(_REMEMBERED)(_parse)
