"""Path: the proxies between a registered phone and its registrar (RFC 3327 §4). Read by `registrar/`."""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.headers.name_addr import NameAddr

_SECTION: Final = "RFC 3327 §4"


@frozen
class Path:
    """The way to a phone: the Route set of requests to it (§5.4)."""

    hops: tuple[NameAddr, ...]
    """SIP URIs; the nearest to us first, the phone's own proxy last."""

    @classmethod
    def parse(cls, *fields: str) -> Self:
        """Read every field of the header; without any there are no hops.

        Raises: SipError: 400, 416 for a URI that is not SIP's. A hop without angle brackets is refused:
        the grammar has none, and as a Route its `lr` would no longer be the URI's.
        """
        values = [value for field in fields for value in grammar.split_list(field)]
        if not all("<" in value for value in values):
            raise malformed("Path without angle brackets", section=_SECTION)
        hops = tuple(NameAddr.parse(value) for value in values)
        for hop in hops:
            _ = hop.uri
        return cls(hops)

    def __str__(self) -> str:
        return ", ".join(map(str, self.hops))

    @property
    def keeps_flow(self) -> bool:
        """Whether the phone's own proxy keeps the flow that the phone opened to it (RFC 5626 §5.1: ob)."""
        return bool(self.hops) and self.hops[-1].uri.parameter("ob") is not None
