"""`<Leave>`: leave the queue (reference/twiml 3.3). Called by `verbs/runner.py`.

In the document of a caller who waits it never gets here: `side_document.py` takes it.
"""

from typing import ClassVar

from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.verbs.leave import Leave
from offhook.verbs.give_back import give_back
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next


class RunLeave:
    """Ends an application that a Dial called; elsewhere it is noted, and the next verb runs."""

    needs: ClassVar = Needs.NOTHING

    async def run(self, verb: Leave, program: Program) -> Next:
        """Leave, or note that there is nothing to leave."""
        if give_back(verb.parameters, program):
            return Flow.END
        where = f"line {verb.line}" if verb.line else "the document"
        program.call.note(SCHEMA_WARNING, f"<Leave> ({where}): the call waits in no queue; skipped")
        return Flow.CONTINUE
