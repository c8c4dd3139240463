"""The life of a binding, as a table: what happens to it, and what follows.

                REGISTER                       REGISTER (refresh)
    ABSENT ------------------------> ACTIVE ------------------------> ACTIVE
                                       |  UNREGISTER --> REMOVED
                                       |  EXPIRY ------> EXPIRED

Used by `index`. Sources: RFC 3261 §10.3; RFC 5626 §6.
"""

from collections.abc import Mapping
from enum import auto
from types import MappingProxyType
from typing import Final

from offhook.base.symbol import Symbol


class BindingState(Symbol):
    """Where a binding stands."""

    ABSENT = auto()
    """Not registered yet."""
    ACTIVE = auto()
    """Calls reach it."""
    EXPIRED = auto()
    """It was not refreshed in time. Nothing follows."""
    REMOVED = auto()
    """The phone, its owner or the operator ended it. Nothing follows."""


class BindingInput(Symbol):
    """What may happen to it."""

    REGISTER = auto()
    """A REGISTER names its Contact with an expiry above 0."""
    RESTORE = auto()
    """It was found in the store when the node started."""
    UNREGISTER = auto()
    """A REGISTER names it with an expiry of 0, or `*`; the operator deletes it; what allowed it is gone, or
    its connection is and nothing else leads to the phone."""
    EXPIRY = auto()
    """Its time is over."""
    CHANGE_ELSEWHERE = auto()
    """Another node, with which the store is shared, registered or refreshed it."""
    END_ELSEWHERE = auto()
    """Another node ended it."""


class BindingAction(Symbol):
    """What follows."""

    INDEX = auto()
    """Look-ups find it, until its deadline."""
    SAVE = auto()
    """The store gets its present form."""
    DROP = auto()
    """Look-ups do not find it any more."""
    ERASE = auto()
    """The store forgets it."""


Transition = tuple[BindingState, tuple[BindingAction, ...]]
_S, _I, _A = BindingState, BindingInput, BindingAction
_OVER: Final[tuple[BindingAction, ...]] = (_A.DROP, _A.ERASE)

TRANSITIONS: Final[Mapping[tuple[BindingState, BindingInput], Transition]] = MappingProxyType(
    {
        (_S.ABSENT, _I.REGISTER): (_S.ACTIVE, (_A.INDEX, _A.SAVE)),
        (_S.ABSENT, _I.RESTORE): (_S.ACTIVE, (_A.INDEX,)),
        # Ending what is not there is no error (RFC 3261 §10.2.2: the UA need not know).
        (_S.ABSENT, _I.UNREGISTER): (_S.ABSENT, ()),
        # Found in the store, but its time passed while the node was down.
        (_S.ABSENT, _I.EXPIRY): (_S.EXPIRED, (_A.ERASE,)),
        (_S.ACTIVE, _I.REGISTER): (_S.ACTIVE, (_A.INDEX, _A.SAVE)),
        (_S.ACTIVE, _I.RESTORE): (_S.ACTIVE, ()),
        (_S.ACTIVE, _I.UNREGISTER): (_S.REMOVED, _OVER),
        (_S.ACTIVE, _I.EXPIRY): (_S.EXPIRED, _OVER),
        (_S.ABSENT, _I.CHANGE_ELSEWHERE): (_S.ACTIVE, (_A.INDEX,)),
        (_S.ACTIVE, _I.CHANGE_ELSEWHERE): (_S.ACTIVE, (_A.INDEX,)),
        (_S.ABSENT, _I.END_ELSEWHERE): (_S.ABSENT, ()),
        (_S.ACTIVE, _I.END_ELSEWHERE): (_S.REMOVED, (_A.DROP,)),
        **{(state, each): (state, ()) for state in (_S.EXPIRED, _S.REMOVED) for each in BindingInput},
    }
)
"""Total: every state and every input."""
