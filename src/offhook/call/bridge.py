"""Bridge: two calls that talk, as each of them sees it.

Who bridged them (`verbs/talk.py`) puts it on both; `call/owner.py` gives it a REFER of either one.
"""

from typing import TYPE_CHECKING, Protocol

from offhook.sip.event import Referred

if TYPE_CHECKING:
    from offhook.call.call import Call


class Bridge(Protocol):
    """Two legs joined, and who decides about them."""

    def partner_of(self, call: "Call") -> "Call":
        """The other one of the two."""
        ...

    def handle_refer(self, call: "Call", event: Referred) -> None:
        """One of the two asks us to transfer the other: accept or refuse it, at once."""
        ...
