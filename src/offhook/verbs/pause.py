"""`<Pause>`: wait in silence (reference/twiml 3.3). Called by `verbs/runner.py` and `verbs/gather.py`."""

import asyncio
from typing import ClassVar

from offhook.twiml.verbs.pause import Pause
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next


class RunPause:
    """Waits `length` seconds. First in a document it delays the answer, so it needs nothing."""

    needs: ClassVar = Needs.NOTHING

    async def run(self, verb: Pause, program: Program) -> Next:
        """Wait; the leg rings on, or carries silence."""
        del program
        await asyncio.sleep(verb.length_s)
        return Flow.CONTINUE
