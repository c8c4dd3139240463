"""History-Info: whom a request was sent to on its way, in order (RFC 7044 §5)."""

from collections.abc import Iterable
from typing import Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.headers.name_addr import NameAddr


@frozen
class HistoryInfo:
    """One target."""

    address: NameAddr
    """Whom; URI of any scheme, whose header part may say why it was left (Reason), and parameters."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value. Raises: SipError (400)."""
        return cls(NameAddr.parse(text))

    def __str__(self) -> str:
        return str(self.address)

    @property
    def index(self) -> str:
        """Where it stands in the tree, such as "1.2"; "" where that is not said."""
        return grammar.find_parameter(self.address.parameters, "index") or ""


def parse_history(fields: Iterable[str]) -> tuple[HistoryInfo, ...]:
    """The values of every field of the header, in order. Raises: SipError (400)."""
    return tuple(HistoryInfo.parse(value) for field in fields for value in grammar.split_list(field))
