"""What the nouns of Connect, Start and Stop are to their verbs. Each has a file in this room."""

from typing import Protocol, TypeVar

from offhook.verbs.program import Program

N_contra = TypeVar("N_contra", contravariant=True)

Told = list[tuple[str, str]]
"""What the action of a Connect is told, by the names of the webhook's parameters."""


class ConnectNoun(Protocol[N_contra]):
    """Runs on an answered call until it is over, or is cancelled with its verb."""

    async def run(self, noun: N_contra, program: Program, told: Told) -> None:
        """A failure is noted, and is an end like any other: the action or the next verb follows.

        told: filled as it becomes known; read as well when the verb is cancelled.
        Raises: DocumentError when the document cannot go on.
        """
        ...


class StartNoun(Protocol[N_contra]):
    """Begins something beside the program, on a call that may still ring."""

    def start(self, noun: N_contra, program: Program) -> None:
        """A failure is noted, and ends nothing."""
        ...


class StopNoun(Protocol):
    """Ends what was begun under a name."""

    def stop(self, name: str, program: Program) -> None:
        """One that is unknown is left."""
        ...
