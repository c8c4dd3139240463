"""`<Pay>`: nothing takes payments here (reference/twiml 8.6). Called by `verbs/runner.py`.

The application is told what it would be told of a gateway that failed, so that it goes on as it would then.
"""

from typing import ClassVar, Final

from offhook.twiml.verbs.pay import NOT_OFFERED, Pay
from offhook.verbs.program import Program
from offhook.verbs.verb import Flow, GoTo, Needs, Next

RESULTS: Final = (
    ("Result", "payment-connector-error"),
    ("PayErrorCode", str(NOT_OFFERED)),
    ("PaymentError", "Payments are not supported"),
)


class RunPay:
    """Answers the call, as Twilio's does, and goes to the action, or on."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Pay, program: Program) -> Next:
        """Tell it."""
        if verb.action is None:
            return Flow.CONTINUE
        return GoTo(program.resolve(verb.action), "POST", RESULTS)
