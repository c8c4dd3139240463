"""Require, Supported, Unsupported, Allow: comma-separated tokens (RFC 3261 §20.32, §20.37)."""

from collections.abc import Sequence

from offhook.sip import grammar
from offhook.sip.error import malformed


def parse_tokens(values: Sequence[str]) -> tuple[str, ...]:
    """The tokens of every field of one header, in order; an empty field has none.

    Raises: SipError (400).
    """
    if not values:
        return ()
    tokens: list[str] = []
    for value in values:
        if value:
            tokens.extend(grammar.split_list(value))
    for token in tokens:
        if not grammar.TOKEN.match(token):
            raise malformed("malformed token", section="RFC 3261 §25.1", excerpt=token)
    return tuple(tokens)
