"""`<Hangup>`: end the call (reference/twiml 3.3). Called by `verbs/runner.py`."""

from typing import ClassVar

from offhook.twiml.verbs.hangup import Hangup
from offhook.verbs.give_back import give_back
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next


class RunHangup:
    """Ends the call. An unanswered one is answered first, as Twilio does (reference/twiml 2.2)."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Hangup, program: Program) -> Next:
        """End the document; the call's owner hangs up."""
        give_back(verb.parameters, program)
        return Flow.END
