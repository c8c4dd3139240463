"""Session-Expires and Min-SE: how long a session lives without a refresh (RFC 4028 §4, §5)."""

from enum import StrEnum
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed

LEAST_S: Final = 90
"""No interval may be shorter (§4)."""
_HIGHEST: Final = 2**31 - 1


class Refresher(StrEnum):
    """Who refreshes, seen from the transaction that says it (§4)."""

    UAC = "uac"
    UAS = "uas"


@frozen
class SessionExpires:
    """A session interval and who keeps it up."""

    interval_s: int
    """Seconds from the 2xx on; a peer may say less than `LEAST_S`, and is then refused."""
    refresher: Refresher | None = None
    """None leaves it to the UAS."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header. Raises: SipError (400)."""
        seconds, semicolon, rest = text.partition(";")
        parameters = grammar.parse_parameters(semicolon + rest)
        named = grammar.find_parameter(parameters, "refresher")
        interval_s = grammar.parse_number(seconds.strip(" \t"), _HIGHEST, section="RFC 4028 §4")
        if named is None:
            return cls(interval_s)
        if named.lower() not in ("uac", "uas"):
            raise malformed("malformed refresher", section="RFC 4028 §4", excerpt=text)
        return cls(interval_s, Refresher(named.lower()))

    def __str__(self) -> str:
        return f"{self.interval_s}" + (f";refresher={self.refresher}" if self.refresher else "")


def parse_min_se(text: str) -> int:
    """Seconds, parameters ignored (§5). Raises: SipError (400)."""
    return grammar.parse_number(text.partition(";")[0].strip(" \t"), _HIGHEST, section="RFC 4028 §5")
