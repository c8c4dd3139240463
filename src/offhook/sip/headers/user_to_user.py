"""User-to-User: a few octets from one application to another (RFC 7433 §4.1).

Webhooks get the header as it was sent (`webhook/parameters`); this is for who needs to look inside.
"""

import re
from collections.abc import Iterable
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters

_VALUE: Final = re.compile(
    r"""[ \t]*(?:([A-Za-z0-9\-.!%*_+`'~]+)|("[^"\\]*(?:\\.[^"\\]*)*"))[ \t]*(;.*)?\Z""", re.DOTALL
)


@frozen
class UserToUser:
    """One application's data."""

    data: str
    """Without quotes, still encoded as `encoding` says; opaque to SIP."""
    parameters: Parameters = ()
    """encoding, purpose, content and whatever else, in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value. Raises: SipError (400)."""
        found = _VALUE.match(text)
        if found is None:
            raise malformed("malformed User-to-User", section="RFC 7433 §4.1", excerpt=text)
        return cls(found[1] or grammar.unquote(found[2]), grammar.parse_parameters(found[3] or ""))

    def __str__(self) -> str:
        data = self.data if grammar.TOKEN.match(self.data) else grammar.quote(self.data)
        return data + grammar.print_parameters(self.parameters)

    @property
    def encoding(self) -> str | None:
        """How `data` is encoded, in lower-case, such as "hex"; None where the package has to know."""
        value = grammar.find_parameter(self.parameters, "encoding")
        return value.lower() or None if value else None

    @property
    def purpose(self) -> str | None:
        """The package: which application it is for, such as "isdn-uui"; None where none is named."""
        return grammar.find_parameter(self.parameters, "purpose") or None

    @property
    def content(self) -> str | None:
        """What the data is about, a word of its package; None where none is named."""
        return grammar.find_parameter(self.parameters, "content") or None


def parse_user_to_user(fields: Iterable[str]) -> tuple[UserToUser, ...]:
    """The values of every field of the header, in order. Raises: SipError (400)."""
    return tuple(UserToUser.parse(value) for field in fields for value in grammar.split_list(field))
