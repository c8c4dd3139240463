"""The ladder of a call: who sent what to whom and when, as text for a terminal.

     time   here                                        192.0.2.1:5060 UDP
    0.000   |-------------- INVITE, SDP --------------->|
    0.021   |<---------- 100 Trying (INVITE) -----------|
    0.021   * verb Say

A pure function from messages, and what happened beside them, to lines. Called by the command line. Leaves out
what messages say beyond their label.
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


@dataclass(frozen=True, slots=True)
class LadderNote:
    """What happened here between the messages, as a line of the ladder."""

    at_s: float
    """When, on the clock of the messages."""
    text: str


def ladder(entries: Sequence[LadderMessage | LadderNote], here: str = "here") -> str:
    """The lines, times counted from the first entry; "" for none."""
    if not entries:
        return ""
    messages = [entry for entry in entries if isinstance(entry, LadderMessage)]
    remotes = list(dict.fromkeys(message.remote for message in messages))
    lifelines = remotes[:COLUMNS_MAX]
    head = "".join(f"{name:<{WIDTH}}" for name in (here, *lifelines))
    lines = [f"{'time':>{_TIME - 1}}   {head}".rstrip()]
    first = entries[0].at_s
    for entry in entries:
        at = f"{entry.at_s - first:>{_TIME - 1}.3f}"
        if isinstance(entry, LadderNote):
            lines.append(f"{at}   * {_printable(entry.text)}")
            continue
        place = min(remotes.index(entry.remote), len(lifelines) - 1)
        lines.append(f"{at}   {_rung(entry, place, len(lifelines))}")
    return "\n".join(lines)


def _rung(message: LadderMessage, place: int, lifelines: int) -> str:
    """One arrow, over the lifelines between, and those behind it."""
    span = WIDTH * (place + 1) - 1
    label = f" {_cut(message.label, span - 8)} "
    line = label.center(span - 1, "-")
    arrow = f"|{line}>|" if message.is_ours else f"|<{line}|"
    return arrow + "".join(f"{'|':>{WIDTH}}" for _ in range(place + 1, lifelines))


def _cut(label: str, room: int) -> str:
    """A label that fits."""
    printable = _printable(label)
    return printable if len(printable) <= room else printable[: room - 1] + "…"


def _printable(text: str) -> str:
    """The same without characters that a terminal would obey."""
    return "".join(each if each.isprintable() else "?" for each in text)
