"""What verbs need and what comes after them (house-style section 6)."""

from dataclasses import dataclass
from enum import Enum, auto


class Needs(Enum):
    """What must be true of the leg before a verb runs (reference/twiml 2.2)."""

    NOTHING = auto()
    """Runs on a ringing leg as well."""
    MEDIA = auto()
    """An unanswered leg is answered first."""


class Flow(Enum):
    """What follows a verb that goes nowhere else."""

    CONTINUE = auto()
    """The next verb of the document; after the last one the leg is hung up."""
    END = auto()
    """Nothing: the leg is to be hung up, or was refused."""


@dataclass(frozen=True, slots=True)
class GoTo:
    """Another document takes over; what follows in this one is dead."""

    url: str
    """Absolute."""
    method: str
    """GET or POST."""
    results: tuple[tuple[str, str], ...] = ()
    """What the verb found out, by the names of the webhook's parameters (`Digits` …)."""
    outlives_call: bool = False
    """Whether it is asked to the end although the call ends meanwhile, as it does right after a transfer."""


Next = Flow | GoTo
