"""What a verb is to the runner: a class with `needs` and `run` (house-style section 6).

It stops by cancellation and cleans up in `finally`.
"""

from typing import ClassVar, Protocol, TypeVar

from offhook.verbs.program import Program
from offhook.verbs.verb import Needs, Next

V_contra = TypeVar("V_contra", contravariant=True)


class RunVerb(Protocol[V_contra]):
    """Runs verbs of one type."""

    needs: ClassVar[Needs]

    async def run(self, verb: V_contra, program: Program) -> Next:
        """Run one verb on the program's call. Raises: DocumentError when the document cannot go on."""
        ...
