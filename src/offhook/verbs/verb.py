"""What a verb is to the runner: what it needs, what comes next (house-style section 6).

A verb is a class with `needs` and `run`; it stops by cancellation and cleans up in `finally`.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, Protocol, TypeVar

from offhook.verbs.program import Program


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


Next = Flow | GoTo

V_contra = TypeVar("V_contra", contravariant=True)


class RunVerb(Protocol[V_contra]):
    """Runs verbs of one type."""

    needs: ClassVar[Needs]

    async def run(self, verb: V_contra, program: Program) -> Next:
        """Run one verb on the program's call. Raises: DocumentError when the document cannot go on."""
        ...
