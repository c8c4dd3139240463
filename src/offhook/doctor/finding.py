"""What one look found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    FINE = "fine"
    WARNING = "warning"
    """The node runs, and somebody may miss something."""
    FAULT = "fault"
    """The node does not start, or calls fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    """`sip`, `sips`, `tls`, `http`, `https`, `media`, `files`, `addresses`, `database`, `speech`,
    `domain`, `trunk` or `webhook`."""
    verdict: Verdict
    what: str
    """What is so, with the figures."""
    remedy: str = ""
    """What to do about it; empty where nothing needs doing."""


def fine(subject: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(subject, Verdict.FINE, what)


def warning(subject: str, what: str, remedy: str) -> Finding:
    """Worth knowing."""
    return Finding(subject, Verdict.WARNING, what, remedy)


def fault(subject: str, what: str, remedy: str) -> Finding:
    """Must be mended."""
    return Finding(subject, Verdict.FAULT, what, remedy)
