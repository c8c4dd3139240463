"""`docs/peers.md`: the matrix as it must come out. The test runs each cell and compares."""

from pathlib import Path
from typing import Final

from tests.peers.matrix.cells import Act, Line, lines, obstacle
from tests.peers.matrix.line import OK, REFUSED

PATH: Final = Path(__file__).resolve().parents[3] / "docs" / "peers.md"

_HEAD: Final = """\
# Peers

What was tried with programs that nobody here wrote: baresip 1.0, linphone 5.1, SIPp 3.6 and Kamailio 5.6,
as Debian 12 has them. Kamailio stands in front of the node as an SBC (Path, Record-Route, TLS towards the
node); linphone registers and calls through it by UDP. Made by `python -m tests.peers.matrix --write-docs`;
`tests/peers/matrix` runs every cell against a node, and fails when one comes out otherwise. `python -m
tests.peers.matrix` runs it and prints what came out.

- **in**: the peer calls a SIP Domain with its password, and hears a tone.
- **out**: it is called where it registered (SIPp: at its address), and hears one.
- **hold**: it holds the call and ends that; its key is heard, and it hears again. (baresip 1.0 records
  nothing behind a hold of its own, SIPp nothing at all.)
- **DTMF**: its key reaches `<Gather>` (SIPp's by its tones).
- **REFER**: it transfers the one that `<Dial referUrl>` put it through to: the webhook is asked, it is told,
  and leaves. And `<Refer>` transfers it: it calls elsewhere, and the action is told (SIPp says that it has).

"""


def expected(line: Line, act: Act) -> str:
    """What a cell must be."""
    if reason := obstacle(line, act):
        return reason
    return REFUSED if line.is_refused else OK


def page() -> str:
    """The whole page."""
    notes: list[str] = []
    rows = []
    for line in lines():
        cells = []
        for act in Act:
            said = expected(line, act)
            if obstacle(line, act):
                if said not in notes:
                    notes.append(said)
                said = f"no ({notes.index(said) + 1})"
            cells.append(said)
        rows.append(f"| {line.peer} | {line.transport} | {line.media} | {' | '.join(cells)} |\n")
    head = f"| peer | transport | media | {' | '.join(Act)} |\n|{'---|' * (3 + len(Act))}\n"
    listed = "".join(f"{number}. {note}\n" for number, note in enumerate(notes, 1))
    return f"{_HEAD}{head}{''.join(rows)}\n{listed}"
