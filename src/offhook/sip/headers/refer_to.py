"""Refer-To: whom a REFER asks us to call (RFC 3515 §2.1, RFC 8217)."""

import re
from dataclasses import replace
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.replaces import Replaces
from offhook.sip.uri import SipUri

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What no header field holds, but what an escape may say."""


@frozen
class ReferTo:
    """One address, of any scheme; its parts are read when asked for.

    A URI with ";" or "?" must stand in angle brackets: without them these end it (RFC 8217 §4).
    """

    address: NameAddr
    """As the peer wrote it; the URI may be "tel:" or any other."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header, which has one value. Raises: SipError (400)."""
        return cls(NameAddr.parse(text))

    def __str__(self) -> str:
        return str(self.address)

    @property
    def target(self) -> SipUri:
        """The Request-URI of the request that is asked for: without method and header part.

        Raises: SipError (416 for another scheme, 400). Source: RFC 3261 §19.1.5.
        """
        uri = self.address.uri
        parameters = tuple(each for each in uri.parameters if each[0].lower() != "method")
        return replace(uri, parameters=parameters, headers=())

    @property
    def method(self) -> str:
        """Of the request that is asked for; INVITE where the URI names none.

        Raises: SipError (416 for another scheme, 400).
        """
        return self.address.uri.parameter("method") or "INVITE"

    @property
    def headers(self) -> Parameters:
        """The URI's header part, escapes undone: names and values that the referrer wants sent.

        Not to be trusted: RFC 3261 §19.1.5 names those that must never be taken from here.
        Raises: SipError (416 for another scheme, 400, for an escaped control character as well).
        """
        pairs = [
            (grammar.unescape(name), grammar.unescape(value)) for name, value in self.address.uri.headers
        ]
        if any(_CONTROL.search(name) or _CONTROL.search(value) for name, value in pairs):
            raise malformed("control character in a URI header", section="RFC 3261 §25.1")
        return tuple(pairs)

    @property
    def replaces(self) -> Replaces | None:
        """The dialog that the new call shall take over: an attended transfer. None for a blind one.

        Raises: SipError (416 for another scheme, 400). Source: RFC 5589 §7.
        """
        values = [value for name, value in self.headers if name.lower() == "replaces"]
        if len(values) > 1:
            raise malformed("more than one Replaces", section="RFC 3891 §3")
        return Replaces.parse(values[0]) if values else None
