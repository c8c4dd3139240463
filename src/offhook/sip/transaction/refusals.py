"""Refused INVITEs that wait for their ACK, and how many of them may.

Each holds its transaction for up to 64*T1, half a minute, and repeats its response eleven times over UDP. Who
calls acknowledges within a round trip; who floods us never does. Beyond the bounds the oldest refusal is
abandoned: its response has been sent, and the loss of one is then the caller's matter, as if it had been
given without a transaction (RFC 3261 §8.2.7). Below them a phone whose network loses packets, and its
challenge with it, is served as ever.

Called by `layer`.
"""

from collections import OrderedDict
from typing import Final

from offhook.sip.flow import FarEnd, Flow
from offhook.sip.transaction.server_invite import ServerInvite
from offhook.sip.transaction.transaction import Transaction

PER_FAR_END: Final = 500
"""From one port or connection: a trunk that is refused a hundred calls a second has them acknowledged within
a tenth of one."""
IN_ALL: Final = 10_000
"""From everywhere."""


class Refusals:
    """Who waits for an ACK, oldest first."""

    def __init__(self) -> None:
        self._all: OrderedDict[ServerInvite, None] = OrderedDict()
        self._by_far_end: dict[FarEnd, OrderedDict[ServerInvite, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, transaction: ServerInvite) -> ServerInvite | None:
        """One more waits; gives the one that is now too many, if there is one."""
        own = self._by_far_end.setdefault(transaction.flow.far_end, OrderedDict())
        own[transaction] = self._all[transaction] = None
        if len(own) > PER_FAR_END:
            return next(iter(own))
        return next(iter(self._all)) if len(self._all) > IN_ALL else None

    def remove(self, transaction: Transaction) -> None:
        """It waits no more; one that did not is as well."""
        if not isinstance(transaction, ServerInvite) or transaction not in self._all:
            return
        del self._all[transaction]
        far_end = transaction.flow.far_end
        own = self._by_far_end[far_end]
        del own[transaction]
        if not own:
            del self._by_far_end[far_end]

    def waiting_on(self, flow: Flow) -> int:
        """How many wait for the ACK of that far end."""
        return len(self._by_far_end.get(flow.far_end, ()))
