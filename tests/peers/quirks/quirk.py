"""What a test of this folder shows, in words for `docs/quirks.md`: an odd phone, where it is known from, and
what the node makes of it.

    @quirk(Part.INFO, phone="…", seen=(issue("baresip/baresip", 1814),), node="…")
    def test_…
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])


class Part(StrEnum):
    """What is odd about the phone, in the order of the page."""

    EVENT = "telephone-event"
    INFO = "SIP INFO"
    TONES = "tones"
    NOISE = "comfort noise"
    PACKETS = "packet length"
    HOLD = "hold"
    LATE_OFFER = "late offer"
    NAT = "NAT"
    SILENCE = "RTP late or never"
    SOURCE = "another source"
    EARLY = "early media"
    FORKS = "forks"
    CANCEL = "CANCEL"
    BYE = "BYE"


@dataclass(frozen=True)
class Quirk:
    """One row of the page."""

    part: Part
    phone: str
    """What it does."""
    seen: tuple[str, ...]
    """Where that is known from: an issue, a manual, or the section that allows it."""
    node: str
    """What the node does then."""


def quirk(part: Part, *, phone: str, seen: tuple[str, ...], node: str) -> Callable[[Test], Test]:
    """Say what the test shows."""

    def mark(test: Test) -> Test:
        test.quirk = Quirk(part, phone, seen, node)  # type: ignore[attr-defined]
        return test

    return mark


def issue(repository: str, number: int) -> str:
    """An issue or pull request at GitHub."""
    return f"[{repository} #{number}](https://github.com/{repository}/issues/{number})"


def page(title: str, url: str) -> str:
    """A page of a manual."""
    return f"[{title}]({url})"
