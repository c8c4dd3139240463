"""The ladder of a call: who sent what to whom and when, as text for a terminal.

     time   here                                        192.0.2.1:5060 UDP
    0.000   |-------------- INVITE, SDP --------------->|
    0.021   |<---------- 100 Trying (INVITE) -----------|

A pure function from messages to lines. Called by the command line. Leaves out what messages say beyond their
label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 44
"""Columns from one lifeline to the next."""
COLUMNS_MAX: Final = 6
"""Lifelines that are drawn; whoever comes after them shares the last one."""
_TIME: Final = 10


@dataclass(frozen=True, slots=True)
class LadderMessage:
    """One message, as a line of the ladder."""

    at_s: float
    """When, on any clock that all of them share."""
    is_ours: bool
    """Whether it went from here to there; else the other way."""
    label: str
    """What stands on the arrow, such as "INVITE, SDP"."""
    remote: str
    """Who is there, such as "192.0.2.1:5060 UDP"."""


def ladder(messages: Sequence[LadderMessage], here: str = "here") -> str:
    """The lines, times counted from the first message; "" for none."""
    if not messages:
        return ""
    remotes = list(dict.fromkeys(message.remote for message in messages))
    lifelines = remotes[:COLUMNS_MAX]
    head = "".join(f"{name:<{WIDTH}}" for name in (here, *lifelines))
    lines = [f"{'time':>{_TIME - 1}}   {head}".rstrip()]
    first = messages[0].at_s
    for message in messages:
        place = min(remotes.index(message.remote), len(lifelines) - 1)
        lines.append(f"{message.at_s - first:>{_TIME - 1}.3f}   {_rung(message, place, len(lifelines))}")
    return "\n".join(lines)


def _rung(message: LadderMessage, place: int, lifelines: int) -> str:
    """One arrow, over the lifelines between, and those behind it."""
    span = WIDTH * (place + 1) - 1
    label = f" {_cut(message.label, span - 8)} "
    line = label.center(span - 1, "-")
    arrow = f"|{line}>|" if message.is_ours else f"|<{line}|"
    return arrow + "".join(f"{'|':>{WIDTH}}" for _ in range(place + 1, lifelines))


def _cut(label: str, room: int) -> str:
    """A label that fits, without characters that a terminal would obey."""
    printable = "".join(each if each.isprintable() else "?" for each in label)
    return printable if len(printable) <= room else printable[: room - 1] + "…"
