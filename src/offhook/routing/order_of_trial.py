"""The order in which the addresses of one callee are tried: URIs of a Dial, targets of a trunk.

Called by what dials. Source: RFC 2782, whose rule these priorities and weights follow (reference/twiml 6.6,
sip-interface 8.2).
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from offhook.base.ids import Chance


class Weighed(Protocol):
    """What has its place in the order."""

    @property
    def priority(self) -> int:
        """The lowest first."""
        ...

    @property
    def weight(self) -> int:
        """Its share among those of one priority."""
        ...


W = TypeVar("W", bound=Weighed)


def in_order_of_trial(targets: Sequence[W], chance: Chance) -> tuple[W, ...]:
    """The lowest priority first; within one, each has its weight's share of being the next."""
    left, ordered = list(targets), []
    while left:
        lowest = min(target.priority for target in left)
        candidates = [target for target in left if target.priority == lowest]
        drawn = chance.between(0, sum(target.weight for target in candidates))
        chosen = candidates[-1]
        for candidate in candidates:
            drawn -= candidate.weight
            if drawn <= 0:
                chosen = candidate
                break
        left.remove(chosen)
        ordered.append(chosen)
    return tuple(ordered)
