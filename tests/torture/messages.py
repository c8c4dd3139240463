"""The torture messages as they travel, and what the manifest says of each."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class TortureMessage:
    """One row of the manifest."""

    rfc: int
    """4475 or 5118."""
    section: str
    """Where the RFC describes it."""
    name: str
    """The RFC's, and the file's."""
    title: str
    """The section's, shortened."""
    says: str
    """What the RFC wants of a user agent or registrar, in our words."""
    verdict: str
    """"accepted", "refused" (a request) or "discarded" (a response)."""
    why: str
    """Our reason, where the RFC leaves a choice; else what is worth knowing."""
    answer: int | None = None
    """Status that the user agent sends by itself; None when the owner answers, or nobody."""
    event: str | None = None
    """What the owner is told; None for nothing."""
    refused_by: str | None = None
    """The header that the registrar refuses, in a message that the user agent takes."""
    reads: dict[str, Any] = field(default_factory=dict)
    """What is read, by dotted names of the message's attributes."""

    def __str__(self) -> str:
        return f"rfc{self.rfc}_{self.name}"

    @property
    def published(self) -> bytes:
        """The file."""
        return (_FOLDER / f"rfc{self.rfc}" / f"{self.name}.dat").read_bytes()

    @property
    def data(self) -> bytes:
        """The datagram: the file with the archives' own slips mended (README.md)."""
        data = self.published
        if self.rfc == 5118:
            data = data.replace(b"\n", b"\r\n")
        head, end, body = data.partition(b"\r\n\r\n")
        if not end:
            head = data.removesuffix(b"\r\n")
        if self.rfc == 5118:
            head = re.sub(rb"(?<=\r\nContent-Length: )[0-9]+", b"%d" % len(body), head)
        return head + b"\r\n\r\n" + body


MANIFEST: Final = tuple(
    TortureMessage(**row)
    for row in tomllib.loads((_FOLDER / "manifest.toml").read_text(encoding="utf-8"))["message"]
)


def named(name: str) -> TortureMessage:
    """The message of that name."""
    return next(each for each in MANIFEST if each.name == name)
