"""The two families of errors: the other side's mistakes and our own.

Inside the pure rooms one error per room derives from each family; bytes from outside can raise
nothing else. Expected ends (busy, no answer, timeout) are events, not errors.
"""

from typing import Final

EXCERPT_MAX: Final = 40


class PeerError(Exception):
    """The other side broke the protocol.

    status: what to answer with, in the protocol's own numbers; None where no answer is allowed.
    section: the rule that was broken, such as "RFC 3261 §20.8".
    offset: where in the input, in bytes or characters from its start; None when unknown.
    excerpt: a few harmless characters of the input, for the log.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        section: str = "",
        offset: int | None = None,
        excerpt: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.section = section
        self.offset = offset
        self.excerpt = safe_excerpt(excerpt)

    def __str__(self) -> str:
        parts = [self.message]
        if self.offset is not None:
            parts.append(f"at {self.offset}")
        if self.excerpt:
            parts.append(f"near {self.excerpt!r}")
        if self.section:
            parts.append(f"({self.section})")
        return " ".join(parts)


class UsageError(Exception):
    """Our own caller broke the contract of a function: a bug to fix."""


def safe_excerpt(text: str) -> str:
    """At most 40 printable ASCII characters of `text`, anything else as a dot."""
    cut = text[:EXCERPT_MAX]
    return "".join(c if " " <= c <= "~" else "." for c in cut)
