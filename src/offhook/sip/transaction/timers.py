"""Durations of RFC 3261 table 4 as amended by RFC 6026, all from T1, T2 and T4."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds. The properties carry the letters of the standard."""

    t1: float = 0.5
    """Estimate of a round trip."""
    t2: float = 4.0
    """Longest interval between retransmissions of a non-INVITE request or an INVITE response."""
    t4: float = 5.0
    """How long a message may live in the network."""
    provisional: float = 60.0
    """A UAS repeats its provisional response this often, so that proxies keep the call (§13.3.1.1)."""

    @property
    def timeout(self) -> float:
        """64·T1: timers B, F, H, J, L, M, and how long a 2xx waits for its ACK."""
        return 64 * self.t1

    def timer_d(self, *, reliable: bool) -> float:
        """How long a client stays to acknowledge a repeated final response (§17.1.1.2)."""
        return 0.0 if reliable else max(32.0, self.timeout)

    def timer_i(self, *, reliable: bool) -> float:
        """How long a server swallows repeated ACKs; K is the same for repeated responses."""
        return 0.0 if reliable else self.t4

    def timer_j(self, *, reliable: bool) -> float:
        """How long a server answers repeated non-INVITE requests (§17.2.2)."""
        return 0.0 if reliable else self.timeout
