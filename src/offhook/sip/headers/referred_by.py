"""Referred-By: who asked the caller to call here (RFC 3892 §3)."""

from typing import Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.headers.name_addr import NameAddr


@frozen
class ReferredBy:
    """The referrer. Nothing proves it unless a signed body part does (§4)."""

    address: NameAddr
    """URI of any scheme, and the header's parameters."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header, which has one value. Raises: SipError (400)."""
        return cls(NameAddr.parse(text))

    def __str__(self) -> str:
        return str(self.address)

    @property
    def cid(self) -> str | None:
        """Content-ID, without brackets and quotes, of the body part that proves it; None without one."""
        value = grammar.find_parameter(self.address.parameters, "cid")
        return grammar.unquote(value) or None if value else None
