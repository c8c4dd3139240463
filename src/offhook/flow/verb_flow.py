"""What each verb does to the flow of a call: which URLs it leads to, and whether the next verb may follow.

One table of the verbs (reference/twiml 2.1). What is not in it goes to its `action` where it has one, else on
to the next verb, which is the rule of all that are neither first nor last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from offhook.flow.guess import (
    CONNECTED,
    DIALLED,
    MET,
    NOT_CONNECTED,
    NOTHING,
    PAID,
    PLAIN,
    QUEUED,
    RECORDED,
    REFERRED,
    RELAYED,
    TRANSFERRED,
    WAITING,
    Guess,
    Inputs,
)
from offhook.twiml.connect.elsewhere import Elsewhere
from offhook.twiml.dial.conference import Conference
from offhook.twiml.ssml import words_of
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

TEXT_MAX: Final = 60
"""Characters of a verb's words that are shown."""


@dataclass(frozen=True, slots=True)
class Exit:
    """One URL that a verb leads to."""

    attribute: str
    """Its name; empty when the URL is the text of the element."""
    url: str
    """As written; empty is the document itself."""
    method: str
    guesses: tuple[Guess, ...] = PLAIN
    """One or more: it is asked once with each."""
    is_side: bool = False
    """Whether that document runs beside this call: a whisper, the music of a queue. Where it ends, something
    else goes on."""


@dataclass(frozen=True, slots=True)
class VerbFlow:
    """What a verb does to the flow."""

    label: str
    """The verb in a few words, for the drawing."""
    exits: tuple[Exit, ...] = ()
    goes_on: bool = True
    """Whether the verb after it may run."""
    is_heard: bool = False
    """Whether the caller hears words or music."""
    takes_time: bool = False
    """Whether a caller who does nothing is kept for a moment."""
    answers: bool = True
    """Whether it answers a call that rings."""
    may_end_mutely: bool = False
    """Whether a caller whose wish came to nothing is left with what follows, and with silence if that is
    nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A verb in a document, as the drawing has it."""

    line: int
    column: int
    flow: VerbFlow
    is_reachable: bool = True


@dataclass(frozen=True, slots=True)
class DocumentFlow:
    """What may happen in one document."""

    steps: tuple[Step, ...]
    runs_out: bool = field(default=False)
    """Whether its end can be reached, where the call is hung up."""

    @property
    def reached(self) -> tuple[Step, ...]:
        """The steps that can be reached."""
        return tuple(step for step in self.steps if step.is_reachable)

    @property
    def is_heard(self) -> bool:
        """Whether it says anything."""
        return any(step.flow.is_heard for step in self.reached)

    @property
    def answers(self) -> bool:
        """Whether the call is answered once it has run."""
        return any(step.flow.answers for step in self.reached)

    @property
    def mute_end(self) -> Step | None:
        """The verb after whose failure the call is hung up without a word; None where there is none."""
        if not self.runs_out:
            return None
        for step in reversed(self.reached):
            if step.flow.is_heard and not step.flow.may_end_mutely:
                return None
            if step.flow.may_end_mutely:
                return step
        return None


def document_flow(verbs: tuple[object, ...], inputs: Inputs) -> DocumentFlow:
    """What may happen in a document of these verbs."""
    steps: list[Step] = []
    is_reachable = True
    for verb in verbs:
        flow = verb_flow(verb, inputs)
        line, column = getattr(verb, "line", 0), getattr(verb, "column", 1)
        steps.append(Step(line, column, flow, is_reachable))
        is_reachable = is_reachable and flow.goes_on
    return DocumentFlow(tuple(steps), is_reachable)


def verb_flow(verb: object, inputs: Inputs) -> VerbFlow:
    """What a verb of the tree does to the flow."""
    reader = FLOWS.get(type(verb))
    return _other(verb) if reader is None else reader(verb, inputs)


def _say(verb: Say, inputs: Inputs) -> VerbFlow:
    del inputs
    return VerbFlow(f"Say {_quoted(_words(verb))}", is_heard=True, takes_time=True)


def _play(verb: Play, inputs: Inputs) -> VerbFlow:
    del inputs
    label = f"Play digits {verb.digits}" if verb.digits else f"Play {_cut(verb.url)}"
    return VerbFlow(label, is_heard=not verb.digits, takes_time=True)


def _pause(verb: Pause, inputs: Inputs) -> VerbFlow:
    del inputs
    return VerbFlow(f"Pause {verb.length_s:g} s", takes_time=True, answers=False)


def _gather(verb: Gather, inputs: Inputs) -> VerbFlow:
    guesses: tuple[Guess, ...] = ()
    if verb.takes_keys:
        guesses += inputs.gathered(verb.num_digits)
    if verb.speech is not None:
        guesses += inputs.spoken(verb.speech.hints)
    if verb.action_on_empty_result:
        guesses += (NOTHING,)
    wanted = {None: "keys", 1: "1 key"}.get(verb.num_digits, f"{verb.num_digits} keys")
    kinds = [wanted] * verb.takes_keys + ["speech"] * (verb.speech is not None)
    words = " ".join(_words(prompt) for prompt in verb.prompts if isinstance(prompt, Say))
    label = f"Gather {' or '.join(kinds)}" + (f": {_quoted(words)}" if words else "")
    return VerbFlow(
        label,
        (Exit("action", verb.action or "", verb.method, guesses),),
        goes_on=not verb.action_on_empty_result,
        is_heard=any(isinstance(prompt, Say | Play) for prompt in verb.prompts),
        takes_time=True,
        may_end_mutely=True,
    )


def _record(verb: Record, inputs: Inputs) -> VerbFlow:
    del inputs
    way = Exit("action", verb.action or "", verb.method, RECORDED)
    return VerbFlow("Record", (way,), takes_time=True)  # it goes on where nothing was recorded


def _dial(verb: Dial, inputs: Inputs) -> VerbFlow:
    del inputs
    ways: list[Exit] = []
    is_meeting = any(isinstance(noun, Conference) for noun in verb.nouns)
    if verb.action is not None:
        ways.append(Exit("action", verb.action, verb.method, MET if is_meeting else DIALLED))
    if verb.refer_url is not None:
        ways.append(Exit("referUrl", verb.refer_url, verb.refer_method, TRANSFERRED, is_side=True))
    for noun in verb.nouns:
        whisper = getattr(noun, "whisper", None)
        if whisper is not None:
            ways.append(Exit("url", whisper.url, whisper.method, is_side=True))
        if isinstance(noun, Conference) and noun.wait_url:
            ways.append(Exit("waitUrl", noun.wait_url, noun.wait_method, is_side=True))
    called = ", ".join(_callee(noun) for noun in verb.nouns)
    return VerbFlow(
        f"Dial {_cut(called)}",
        tuple(ways),
        goes_on=verb.action is None,
        takes_time=True,
        may_end_mutely=verb.action is None,
    )


def _redirect(verb: Redirect, inputs: Inputs) -> VerbFlow:
    del inputs
    return VerbFlow("Redirect", (Exit("", verb.url, verb.method),), goes_on=False, answers=False)


def _refer(verb: Refer, inputs: Inputs) -> VerbFlow:
    del inputs
    ways = () if verb.action is None else (Exit("action", verb.action, verb.method, REFERRED),)
    return VerbFlow(f"Refer {_cut(verb.target or '')}", ways, goes_on=verb.action is None, takes_time=True)


def _pay(verb: Pay, inputs: Inputs) -> VerbFlow:
    del inputs
    ways = () if verb.action is None else (Exit("action", verb.action, "POST", PAID),)
    return VerbFlow("Pay", ways, goes_on=verb.action is None, takes_time=True)


def _enqueue(verb: Enqueue, inputs: Inputs) -> VerbFlow:
    del inputs
    ways = () if verb.action is None else (Exit("action", verb.action, verb.method, QUEUED),)
    if verb.wait_url:
        ways = (*ways, Exit("waitUrl", verb.wait_url, verb.wait_method, WAITING, is_side=True))
    return VerbFlow(
        f"Enqueue {_cut(verb.name)}",
        ways,
        goes_on=verb.action is None,
        is_heard=verb.wait_url is None,
        takes_time=True,
        may_end_mutely=verb.action is None,
    )


def _connect(verb: Connect, inputs: Inputs) -> VerbFlow:
    del inputs
    is_over_at_once = verb.noun is None or isinstance(verb.noun, Elsewhere)
    name = getattr(verb.noun, "name", None) if isinstance(verb.noun, Elsewhere) else None
    label = name or (type(verb.noun).__name__ if verb.noun is not None else "nothing")
    guesses: tuple[Guess, ...]
    match label:
        case "VirtualAgent":
            guesses = NOT_CONNECTED
        case "ConversationRelay":
            guesses = RELAYED
        case _:
            guesses = PLAIN if is_over_at_once else CONNECTED
    ways = () if verb.action is None else (Exit("action", verb.action, verb.method, guesses),)
    return VerbFlow(
        f"Connect {label}",
        ways,
        goes_on=verb.action is None,
        takes_time=not is_over_at_once,
        may_end_mutely=is_over_at_once and verb.action is None,
    )


def _start(verb: Start, inputs: Inputs) -> VerbFlow:
    del inputs
    return VerbFlow(f"Start {', '.join(type(noun).__name__ for noun in verb.nouns)}", answers=False)


def _stop(verb: Stop, inputs: Inputs) -> VerbFlow:
    del inputs
    return VerbFlow(f"Stop {', '.join(noun.kind for noun in verb.nouns)}", answers=False)


def _echo(verb: Echo, inputs: Inputs) -> VerbFlow:
    del verb, inputs
    return VerbFlow("Echo", goes_on=False, is_heard=True, takes_time=True)


def _leave(verb: Leave, inputs: Inputs) -> VerbFlow:
    del verb, inputs
    return VerbFlow("Leave", answers=False)


def _hangup(verb: Hangup, inputs: Inputs) -> VerbFlow:
    del verb, inputs
    return VerbFlow("Hangup", goes_on=False)


def _reject(verb: Reject, inputs: Inputs) -> VerbFlow:
    del inputs
    return VerbFlow(f"Reject {verb.reason}", goes_on=False, answers=False)


def _other(verb: object) -> VerbFlow:
    """The rule of the rest: to its action, or on."""
    action: str | None = getattr(verb, "action", None)
    name = type(verb).__name__
    if not action:
        return VerbFlow(name)
    way = Exit("action", action, getattr(verb, "method", "POST"), (Guess("ended", (), NOTHING.cause),))
    return VerbFlow(name, (way,), goes_on=False)


FLOWS: Final[dict[type, Callable[[Any, Inputs], VerbFlow]]] = {
    Say: _say,
    Play: _play,
    Pause: _pause,
    Gather: _gather,
    Record: _record,
    Dial: _dial,
    Redirect: _redirect,
    Refer: _refer,
    Pay: _pay,
    Echo: _echo,
    Enqueue: _enqueue,
    Connect: _connect,
    Start: _start,
    Stop: _stop,
    Leave: _leave,
    Hangup: _hangup,
    Reject: _reject,
}


def _words(verb: Say) -> str:
    return words_of(verb.parts)


def _callee(noun: object) -> str:
    for name in ("number", "uri", "identity", "name", "noun"):
        text = getattr(noun, name, None)
        if isinstance(text, str):
            return text
    targets: tuple[Any, ...] = getattr(noun, "targets", ())
    return ", ".join(target.uri for target in targets) or type(noun).__name__


def _quoted(text: str) -> str:
    return f"“{_cut(text)}”"


def _cut(text: str) -> str:
    """Short, and without characters that a terminal would obey."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= TEXT_MAX else shown[: TEXT_MAX - 1] + "…"
