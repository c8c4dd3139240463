"""The options that are steps of a call, in the order in which they stand on the command line.

An option that may be repeated is given to a command as one list; which of two lists an item came from first
is lost there. `StepsInOrder` keeps it. Used by `call` and `phone`.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from typer.core import TyperCommand

from offhook.phone.script import StepError, check
from offhook.phone.steps import Expect, Play, Press, Say, SendMessage, Step

_ORDER: Final = "offhook.order of options"

SayOption = Annotated[list[str] | None, typer.Option("--say", help="Step: speak this text.", metavar="TEXT")]
PlayOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--play", help="Step: play this file (WAV, MP3, AIFF, AU, GSM).", metavar="FILE", dir_okay=False
    ),
]
PressOption = Annotated[
    list[str] | None,
    typer.Option("--press", help="Step: press keys: 0-9 * # A-D; w waits 0.5 s, W 1 s.", metavar="DIGITS"),
]
ExpectOption = Annotated[
    list[str] | None,
    typer.Option("--expect", help="Step: wait until the embedded voice says this.", metavar="TEXT"),
]
SendMessageOption = Annotated[
    list[str] | None,
    typer.Option("--send-message", help="Step: send this JSON, by SIP MESSAGE.", metavar="JSON"),
]


class StepsInOrder(TyperCommand):
    """A command that remembers in which order its options came, repetitions included."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse twice: once for the order, once for the values."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def steps_in_order(
    ctx: typer.Context,
    *,
    say: Sequence[str] | None,
    play: Sequence[Path] | None,
    press: Sequence[str] | None,
    expect: Sequence[str] | None,
    send_message: Sequence[str] | None,
) -> tuple[Step, ...]:
    """The steps as they were asked for. Raises: typer.BadParameter for one that cannot be carried out."""
    given: Mapping[str, deque[Step]] = {
        "say": deque(Say(text) for text in say or ()),
        "play": deque(Play(path) for path in play or ()),
        "press": deque(Press(digits) for digits in press or ()),
        "expect": deque(Expect(text) for text in expect or ()),
        "send_message": deque(SendMessage(content) for content in send_message or ()),
    }
    steps = tuple(given[name].popleft() for name in ctx.meta[_ORDER] if name in given)
    for step in steps:
        try:
            check(step)
        except StepError as error:
            raise typer.BadParameter(str(error)) from error
    return steps
