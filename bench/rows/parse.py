"""Row `parse`: a SIP message from bytes to a value and back to bytes.

The ten messages were caught on the wire: INVITE, ACK, 200 and BYE between baresip 1.0 and a node, INVITE and
CANCEL of SIPp 3.6, 100, 180, 200 and 487 of a node.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.process import SERVER_CORE, python, run
from bench.row import Figures, Measure, Row, Sides


@contextmanager
def _open() -> Iterator[Sides]:
    """Each side runs in a process of its own."""
    yield Sides(lambda: _figures("ours"), lambda: _figures("bare"))


def _figures(side: str) -> Figures:
    return Figures(tuple(json.loads(run(SERVER_CORE, python("sip_messages", side)))))


PARSE: Final = Row(
    name="parse",
    subject="ten SIP messages from the wire, parsed and printed",
    limit="bare bytes.split and a dict, no checks",
    measures=(
        Measure("CPU per message", "µs"),
        Measure("the same, Via, CSeq, Call-ID, From and To read", "µs"),
    ),
    open=_open,
)
"""Parse and print of real messages."""
