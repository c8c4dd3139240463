"""What a phone on the command line tells: lines while it happens, or JSON."""

import json
import sys
from dataclasses import dataclass, field

from offhook.phone.script import StepDone
from offhook.phone.steps import Expect, Play, Press, Say, SendMessage
from offhook.speech.ports import HEARD_AT_MOST, Spotting


@dataclass(slots=True)
class Report:
    """What happened in one call, as lines while it happens or as facts at the end."""

    command: str
    """Which begins the line of a failure, such as "offhook call"."""
    talks: bool
    """Whether lines are printed."""
    facts: dict[str, object] = field(default_factory=dict)
    steps: list[dict[str, object]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """What the other side sent beside its audio."""

    def say(self, line: str, **facts: object) -> None:
        """Tell one thing."""
        self.facts |= facts
        if self.talks:
            print(line, flush=True)

    def complain(self, line: str, **facts: object) -> None:
        """Tell why it failed."""
        self.facts |= {"error": line, **facts}
        if self.talks:
            print(f"{self.command}: {line}", file=sys.stderr, flush=True)

    def remark(self, line: str) -> None:
        """Tell what is not as wished, but no failure."""
        self.facts["remark"] = line
        if self.talks:
            print(f"{self.command}: {line}", file=sys.stderr, flush=True)

    def step(self, done: StepDone) -> None:
        """A step was carried out."""
        facts: dict[str, object] = {"began_s": round(done.began_s, 3), "ended_s": round(done.ended_s, 3)}
        match done.step:
            case Say(text=text):
                self._step(f'said "{text}"', step="say", text=text, **facts)
            case Play(path=path):
                self._step(f"played {path}", step="play", file=str(path), **facts)
            case Press(digits=digits):
                pressed = digits.strip("wW")
                line = f"pressed {pressed}" if pressed else f"waited {done.ended_s - done.began_s:.1f} s"
                self._step(line, step="press", digits=digits, **facts)
            case Expect(text=text):
                place, where = place_of(done.spotting)
                self._step(f'heard "{text}" {where}', step="expect", text=text, **place, **facts)
            case SendMessage(content=content):
                self._step(f"sent {printable(content)}", step="send_message", content=content, **facts)

    def message(self, content: str) -> None:
        """The other side sent a message."""
        self.messages.append(content)
        self.say(f"received {printable(content)}")

    def _step(self, line: str, **facts: object) -> None:
        self.steps.append(facts)
        self.say(line)

    def as_json(self, **facts: object) -> str:
        """Everything in one object on one line."""
        messages = {"messages": self.messages} if self.messages else {}
        return json.dumps({**self.facts, "steps": self.steps, **messages, **facts})


def printable(content: str) -> str:
    """A message on one line, without what a terminal would obey. In JSON lines end between values alone."""
    return "".join(map(_shown, content))


def _shown(character: str) -> str:
    if character in "\r\n\t":
        return " "
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def place_of(spotting: Spotting | None) -> tuple[dict[str, object], str]:
    """Where something was heard, as facts and for a line."""
    if spotting is None:
        return {}, ""
    start_s, end_s = round(spotting.start_s, 1), round(spotting.end_s, 1)
    places = 1 if round(spotting.difference, 1) != HEARD_AT_MOST else 2  # 4.84 is no 4.8
    difference = round(spotting.difference, places)
    facts: dict[str, object] = {"heard_from_s": start_s, "heard_to_s": end_s, "difference": difference}
    return facts, f"at {start_s} to {end_s} s (difference {difference})"
