"""Which way media flows (RFC 8866 §6.7), and what offer and answer make of it (RFC 3264 §6.1)."""

from enum import StrEnum


class Direction(StrEnum):
    """Seen by whoever writes the description."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """Whether media leaves."""
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        """Whether media is taken in."""
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def mirrored(self) -> "Direction":
        """The same streams seen from the other end."""
        return direction(sends=self.receives, receives=self.sends)

    def within(self, other: "Direction") -> "Direction":
        """What both allow, both seen from the same end."""
        return direction(sends=self.sends and other.sends, receives=self.receives and other.receives)


def direction(*, sends: bool, receives: bool) -> Direction:
    """The direction of a stream that does this."""
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE
