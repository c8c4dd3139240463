"""Which class runs which verb of the tree: one table, proved complete by a test."""

from collections.abc import Iterator
from typing import Any, Final

from offhook.twiml.document import Document
from offhook.twiml.problem import NOT_SUPPORTED, Level, Problem
from offhook.twiml.verbs.dial import Dial
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.record import Record
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.reject import Reject
from offhook.twiml.verbs.say import Say
from offhook.verbs.dial import RunDial
from offhook.verbs.gather import RunGather
from offhook.verbs.hangup import RunHangup
from offhook.verbs.pause import RunPause
from offhook.verbs.play import RunPlay
from offhook.verbs.redirect import RunRedirect
from offhook.verbs.reject import RunReject
from offhook.verbs.run_verb import RunVerb
from offhook.verbs.say import RunSay

RUNNERS: Final[dict[type, RunVerb[Any]]] = {
    Dial: RunDial(),
    Gather: RunGather(),
    Hangup: RunHangup(),
    Pause: RunPause(),
    Play: RunPlay(),
    Redirect: RunRedirect(),
    Reject: RunReject(),
    Say: RunSay(),
}

NOT_RUN_YET: Final[frozenset[type]] = frozenset({Record})
"""Verbs that the parser knows and nobody runs: a document with one of them ends with 13750."""


def not_run(document: Document) -> Iterator[Problem]:
    """The verbs of a document that nobody runs yet, those inside Gather too, in document order."""
    for verb in document.verbs:
        for part in (verb, *verb.prompts) if isinstance(verb, Gather) else (verb,):
            if isinstance(part, Dial | Play | Record) and type(part) in NOT_RUN_YET:
                message = f"Twilio's verb <{type(part).__name__}> is not run by this version of Offhook"
                yield Problem(NOT_SUPPORTED, Level.NOTE, part.line, part.column, message)
