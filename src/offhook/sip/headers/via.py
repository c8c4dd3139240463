"""Via: the way back for responses (RFC 3261 §20.42, RFC 3581)."""

import re
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters

MAGIC_COOKIE: Final = "z9hG4bK"
"""Begins every branch of an RFC 3261 element (§8.1.1.7)."""
_VIA: Final = re.compile(
    r"""[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+
        (\[[^\]]*\]|[^\s;:,\[\]]+)[ \t]*(?::[ \t]*([0-9]+)[ \t]*)?(;.*)?\Z""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def is_magic(branch: str) -> bool:
    """Whether a branch begins with the magic cookie and goes on behind it."""
    return branch.startswith(MAGIC_COOKIE) and len(branch) > len(MAGIC_COOKIE)


@frozen
class Via:
    """One hop."""

    transport: str
    """"UDP", "TCP" … in upper-case."""
    host: str
    """Host of sent-by, IPv6 without brackets."""
    port: int | None
    """Port of sent-by, None when it names none."""
    parameters: Parameters = ()
    """branch, received, rport and whatever else, in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value. Raises: SipError (400)."""
        found = _VIA.match(text)
        if found is None:
            raise malformed("malformed Via", section="RFC 3261 §20.42", excerpt=text)
        port = None if found[3] is None else grammar.parse_port(found[3])
        host = grammar.parse_host(found[2])
        return cls(found[1].upper(), host, port, grammar.parse_parameters(found[4] or ""))

    def __str__(self) -> str:
        return f"SIP/2.0/{self.transport} {self.sent_by}{grammar.print_parameters(self.parameters)}"

    @property
    def sent_by(self) -> str:
        """Host and port as on the wire."""
        host = grammar.print_host(self.host)
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def branch(self) -> str:
        """The branch, "" where there is none (RFC 2543)."""
        return grammar.find_parameter(self.parameters, "branch") or ""

    @property
    def is_unique(self) -> bool:
        """Whether the branch names one transaction, as RFC 3261 elements make it (§8.1.1.7).

        The cookie with nothing behind it does not (RFC 4475 §3.2.1): what it names is then found by
        the rules of RFC 2543.
        """
        return is_magic(self.branch)

    @property
    def wants_rport(self) -> bool:
        """Whether the sender asks for responses at its source port (RFC 3581 §3)."""
        return grammar.find_parameter(self.parameters, "rport") is not None

    def stamped(self, host: str, port: int) -> "Via":
        """With what the server saw: `received` where it differs from sent-by, `rport` where asked for.

        Source: RFC 3261 §18.2.1; RFC 3581 §4 (received always beside a filled rport).
        """
        wants_rport = self.wants_rport
        if not wants_rport and self.host.lower() == host.lower():
            return self
        parameters = self.parameters
        if wants_rport:
            parameters = grammar.set_parameter(parameters, "rport", str(port))
        parameters = grammar.set_parameter(parameters, "received", host)
        return Via(self.transport, self.host, self.port, parameters)
