"""Replaces: the dialog whose place a new INVITE takes (RFC 3891 §6.1)."""

import re
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters

_CALL_ID: Final = re.compile(r"[!-+\--:<-~]+\Z")
"""Visible ASCII but "," and ";": wider than RFC 3261 `callid`, as Call-ID itself is read."""
_OWN: Final = ("to-tag", "from-tag", "early-only")
_SECTION: Final = "RFC 3891 §6.1"


@frozen
class Replaces:
    """A dialog, named as the one who receives this header knows it."""

    call_id: str
    """Compared by case."""
    to_tag: str
    """The receiver's local tag; "0" is also that of a peer without tags (RFC 3891 §3)."""
    from_tag: str
    """The receiver's remote tag; "0" as above."""
    is_early_only: bool = False
    """Whether the dialog may be replaced only while it is early: 486 otherwise."""
    parameters: Parameters = ()
    """All others, in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header, which has one value. Raises: SipError (400)."""
        call_id, semicolon, rest = text.partition(";")
        call_id = call_id.strip(" \t")
        if not _CALL_ID.match(call_id):
            raise malformed("malformed Replaces", section=_SECTION, excerpt=text)
        parameters = grammar.parse_parameters(semicolon + rest)
        return cls(
            call_id,
            _tag(parameters, "to-tag"),
            _tag(parameters, "from-tag"),
            grammar.find_parameter(parameters, "early-only") is not None,
            tuple(each for each in parameters if each[0].lower() not in _OWN),
        )

    def __str__(self) -> str:
        early = ";early-only" if self.is_early_only else ""
        others = grammar.print_parameters(self.parameters)
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}{others}"


def _tag(parameters: Parameters, name: str) -> str:
    """The value of the one parameter of that name (§6.1: exactly one of each)."""
    values = [value for key, value in parameters if key.lower() == name]
    if len(values) != 1 or not grammar.TOKEN.match(values[0]):
        raise malformed(f"not one {name} in Replaces", section=_SECTION)
    return values[0]
