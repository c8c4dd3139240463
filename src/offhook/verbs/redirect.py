"""`<Redirect>`: another document takes over (reference/twiml 3.3). Called by `verbs/runner.py`."""

from typing import ClassVar

from offhook.twiml.verbs.redirect import Redirect
from offhook.verbs.program import Program
from offhook.verbs.verb import GoTo, Needs, Next


class RunRedirect:
    """Goes to the URL in the body; an empty one is this document again. An unanswered leg rings on."""

    needs: ClassVar = Needs.NOTHING

    async def run(self, verb: Redirect, program: Program) -> Next:
        """Name the next document."""
        return GoTo(program.resolve(verb.url), verb.method)
