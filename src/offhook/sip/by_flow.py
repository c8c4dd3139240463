"""What belongs to which flow: who must be told when one is lost, without a look at all the others.

Held by `core` for dialogs and by `transaction/layer` for transactions. Whoever floods us from a port that
then closes brings an ICMP error for each answer; the cost of one may not grow with the node's load.
"""

from typing import Generic, TypeVar

from offhook.sip.flow import FarEnd, Flow

Member = TypeVar("Member")


class ByFlow(Generic[Member]):
    """Members by the far end of their flow, each at one."""

    def __init__(self) -> None:
        self._members: dict[FarEnd, dict[Member, None]] = {}

    def __len__(self) -> int:
        """How many far ends have members."""
        return len(self._members)

    def add(self, flow: Flow, member: Member) -> None:
        """This one uses that flow now."""
        self._members.setdefault(flow.far_end, {})[member] = None

    def remove(self, flow: Flow, member: Member) -> None:
        """It uses that flow no more; one that did not is as well."""
        far_end = flow.far_end
        members = self._members.get(far_end)
        if members is not None:
            members.pop(member, None)
            if not members:
                del self._members[far_end]

    def on(self, flow: Flow) -> tuple[Member, ...]:
        """Who uses it, in the order in which they came."""
        return tuple(self._members.get(flow.far_end, ()))
