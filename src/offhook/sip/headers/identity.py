"""P-Asserted-Identity, P-Preferred-Identity, Privacy: who calls, and who may know (RFC 3325 §9, RFC 3323).

What is asserted counts only when it comes from a peer that is trusted to say so (RFC 3325 §5); that is for
the reader to know.
"""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.headers.name_addr import NameAddr

NONE: Final = "none"
"""Privacy value: nothing is to be withheld, and nothing may be beside it (RFC 3323 §4.2)."""
ID: Final = "id"
"""Privacy value: the asserted identity is for trusted peers only (RFC 3325 §9.3)."""


@frozen
class Identities:
    """The values of P-Asserted-Identity or P-Preferred-Identity: at most one of each kind (RFC 3325 §9.1)."""

    sip: NameAddr | None = None
    """The SIP or SIPS URI; None where none is named."""
    tel: NameAddr | None = None
    """The tel URI; None where none is named."""

    @classmethod
    def parse(cls, *fields: str) -> Self:
        """Read every field of one header.

        Of each kind the first counts, and other schemes are left out (RFC 5876).
        Raises: SipError (400), for a malformed SIP URI as well.
        """
        sip = tel = None
        for field in fields:
            for value in grammar.split_list(field) if field else ():
                address = NameAddr.parse(value)
                scheme = address.uri_text.partition(":")[0].lower()
                if scheme in ("sip", "sips") and sip is None:
                    _ = address.uri
                    sip = address
                elif scheme == "tel" and tel is None:
                    tel = address
        return cls(sip, tel)

    def __str__(self) -> str:
        return ", ".join(str(address) for address in (self.sip, self.tel) if address is not None)


@frozen
class Privacy:
    """What the caller wants to be withheld."""

    values: tuple[str, ...]
    """"header", "session", "user", "critical", `ID`, `NONE` or another token, in lower-case and in order."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header, whose values stand between semicolons.

        Raises: SipError (400), for "none" beside another as well: to follow either would be guessing.
        """
        values = tuple(value.strip(" \t").lower() for value in text.split(";"))
        if not all(map(grammar.TOKEN.match, values)):
            raise malformed("malformed Privacy", section="RFC 3323 §4.2", excerpt=text)
        if NONE in values and set(values) != {NONE}:
            raise malformed("Privacy both none and not", section="RFC 3323 §4.2", excerpt=text)
        return cls(values)

    def __str__(self) -> str:
        return ";".join(self.values)
