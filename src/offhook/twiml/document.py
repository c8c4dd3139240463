"""The tree of one TwiML document. Made by `twiml/parser.py`, run by `verbs/runner.py`."""

from dataclasses import dataclass

from offhook.twiml.problem import Problem
from offhook.twiml.verbs.connect import Connect
from offhook.twiml.verbs.dial import Dial
from offhook.twiml.verbs.echo import Echo
from offhook.twiml.verbs.enqueue import Enqueue
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.leave import Leave
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.pay import Pay
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.record import Record
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.refer import Refer
from offhook.twiml.verbs.reject import Reject
from offhook.twiml.verbs.say import Say
from offhook.twiml.verbs.start import Start
from offhook.twiml.verbs.stop import Stop

Verb = (
    Say
    | Play
    | Gather
    | Record
    | Dial
    | Pause
    | Redirect
    | Hangup
    | Reject
    | Refer
    | Pay
    | Leave
    | Enqueue
    | Echo
    | Connect
    | Start
    | Stop
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a `<Response>` asks for."""

    verbs: tuple[Verb, ...]
    """In order; empty for `<Response/>`, which answers and hangs up."""
    problems: tuple[Problem, ...]
    """What is wrong in it, in document order; at most 100."""
