"""What the document of an application tells the Dial that called it (reference/twiml 6.8).

`<Hangup>`, `<Reject>` and `<Leave>` may hold `<Parameter>`; the action of that Dial gets each as `Param_` and
its name, as the application got those of the noun. Where the page is silent: on any other call they are noted
and nobody is told.
"""

from typing import Final

from offhook.twiml.parameter import Parameters
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.verbs.program import Program

PREFIX: Final = "Param_"


def prefixed(parameters: Parameters) -> Parameters:
    """The same as requests name them."""
    return tuple((f"{PREFIX}{name}", value) for name, value in parameters)


def give_back(parameters: Parameters, program: Program) -> bool:
    """Tell the Dial; whether one waits for them."""
    if program.call.returns is None:
        if parameters:
            program.call.note(SCHEMA_WARNING, "<Parameter>: no <Dial><Application> waits for it; ignored")
        return False
    program.call.returns(prefixed(parameters))
    return True
