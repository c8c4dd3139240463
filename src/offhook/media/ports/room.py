"""Ports that hear each other: a room, and what each member of it may do.

Opened by the engine (`engine.py`). Called by `conference/`. Implemented by `media/native.py`.
"""

from enum import StrEnum
from typing import Final, Protocol

from offhook.base.frozen import frozen
from offhook.media.ports import MediaPort


class JitterBuffer(StrEnum):
    """How much jitter of a member's packets a room makes up for (Twilio's jitterBufferSize)."""

    OFF = "off"
    """None: what comes late is lost, and nothing waits."""
    SMALL = "small"
    """20 ms at first; it grows and shrinks with the network, as the next two do."""
    MEDIUM = "medium"
    """40 ms."""
    LARGE = "large"
    """60 ms."""


@frozen
class MemberPlan:
    """What a port may do in its room."""

    is_heard: bool = True
    """The others hear what its peer says."""
    hears: bool = True
    """Its peer hears the others, and what the port plays on top; if not, what the port plays alone."""
    coaches: int | None = None
    """Id of the only port that hears it, while it is heard; one that is no member hears it not. None: all."""
    is_desk: bool = False
    """It is the room's own port, which needs no plan: what it plays is heard by all who hear the room, and
    what it records of its outbound track is the whole room, without coaches. What it is when it enters
    counts."""
    jitter_buffer: JitterBuffer = JitterBuffer.LARGE
    """What it is when the port enters counts."""


ROOM_MEMBERS_MAX: Final = 252
"""Ports in a room: 250, its desk, and one more that announces something."""


class Room(Protocol):
    """Ports that hear each other, each all but itself. Open from `MediaEngine.open_room` to `close`.

    A member is not joined: a join ends its membership, and `enter` ends its bridge and that in another
    room. It may play, record, send and tell digits as ever; its outbound track is what its peer hears.
    """

    def enter(self, port: MediaPort, plan: MemberPlan) -> None:
        """Let a port in. The caller keeps the bound `ROOM_MEMBERS_MAX`: a full room lets nobody in."""
        ...

    def change(self, port: MediaPort, plan: MemberPlan) -> None:
        """Give a member another plan. Nothing happens to a port that is no member, here and below."""
        ...

    def leave(self, port: MediaPort) -> None:
        """Let a member go, as its `close` does: it goes on alone."""
        ...

    def close(self) -> None:
        """End the room; who is in it goes on alone. Twice is once."""
        ...
