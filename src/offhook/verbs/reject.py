"""`<Reject>`: turn an unanswered call down (reference/twiml 3.3). Called by `verbs/runner.py`."""

from typing import ClassVar, Final

from offhook.model.call import CallStatus
from offhook.twiml.verbs.reject import Reject
from offhook.verbs.give_back import give_back
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, Needs, Next

ANSWERS: Final = {"busy": (486, CallStatus.BUSY), "rejected": (404, CallStatus.NO_ANSWER)}
"""Reason to SIP response and final status (reference/twiml 14, sip-interface 3.1)."""


class RunReject:
    """Refuses the call; on an answered one it is a Hangup."""

    needs: ClassVar = Needs.NOTHING

    async def run(self, verb: Reject, program: Program) -> Next:
        """Refuse and end the document."""
        give_back(verb.parameters, program)
        sip_status, status = ANSWERS[verb.reason]
        program.call.refuse(sip_status, status)
        return Flow.END
