"""Closes the calls that the death of a node cut: each has a note that says why it ended.

Run by the roof at start for those of its own, and by `node_watch.py` for those of another node.
"""

from datetime import datetime
from typing import Final

from offhook.call.ledger import Ledger
from offhook.store.ports import Store

INTERNAL_FAILURE: Final = 12400
NOTE: Final = "The node ended while the call ran, and hung up on nobody: it was killed, or its machine failed"
PAGE: Final = 100
"""How many notes are posted before they are waited for."""


async def close_calls_left_open(
    store: Store, ledger: Ledger, lived_until: datetime | None, *, node: str | None = None
) -> int:
    """Give each its final record and a notification 12400; how many.

    lived_until: the last sign of life of the node that had them, of which each ends at the earliest.
    node: whose they are, of those that share the store; None is this node's own.
    Raises: StoreBusyError.
    """
    cut = await store.calls.left_open(node=node)
    closed = await store.calls.close_left_open(ledger.now(), lived_until, node=node)
    for start in range(0, len(cut), PAGE):
        for call in cut[start : start + PAGE]:
            ledger.note(call, INTERNAL_FAILURE, NOTE)
        await store.flushed()
    return closed
