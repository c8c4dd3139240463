"""Who talks on a recorded call, as a recording server is told of it (RFC 7865 §6.4, §6.7).

    the caller (inbound)  +  our number (outbound), while nobody talks with it
                          +  the other call of its bridge, while there is one: a Dial, a transfer

A hold is what the offers and answers of a leg say: who neither hears nor is heard is told so. In a conference
the other side is our number, as what it hears is the room. Used by `recording_session.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from offhook.call.call import Call
from offhook.model.recording import RecordingTrack
from offhook.sdp.direction import Direction
from offhook.siprec.metadata import RecordedParticipant

OURS: Final = ""


@dataclass(frozen=True, slots=True)
class _Party:
    """Somebody at one side of the call now."""

    key: str
    """Tells it from all others: the Sid of its call, or `OURS`."""
    aor: str
    track: RecordingTrack
    """That of what it says."""
    direction: Direction
    """Of its leg, as seen from us."""


class Participants:
    """Those of one call, from now until `close`."""

    def __init__(
        self,
        call: Call,
        streams: dict[RecordingTrack, str],
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """streams: ids of the recorded ones. changed: called whenever `poll` may have something new."""
        self._call = call
        self._streams = streams
        self._new_id = new_id
        self._changed = changed
        self._ids: dict[str, str] = {}
        self._present: dict[str, RecordedParticipant] = {}
        self._partner: Call | None = None
        self._unwatch_partner: Callable[[], None] = lambda: None
        self._unwatch = call.watch(self._handle_change)
        self._follow_partner()

    def poll(self, now: datetime) -> tuple[RecordedParticipant, ...] | None:
        """All of now, and those who have left since the last time; None where nothing has changed."""
        parties = {party.key: party for party in self._parties()}
        found = {key: self._described(party, now) for key, party in parties.items()}
        gone = [replace(each, left=now) for key, each in self._present.items() if key not in found]
        if found == self._present:
            return None
        self._present = found
        self._ids = {key: each for key, each in self._ids.items() if key in found or key == OURS}
        return (*found.values(), *gone)

    @property
    def present(self) -> tuple[RecordedParticipant, ...]:
        """Those whom `poll` told last."""
        return tuple(self._present.values())

    def close(self) -> None:
        """Look no more."""
        self._unwatch()
        self._unwatch_partner()
        self._unwatch_partner = lambda: None

    def _handle_change(self) -> None:
        self._follow_partner()
        self._changed()

    def _follow_partner(self) -> None:
        bridge = self._call.bridge
        partner = None if bridge is None else bridge.partner_of(self._call)
        if partner is not self._partner:
            self._unwatch_partner()
            self._partner = partner
            self._unwatch_partner = (lambda: None) if partner is None else partner.watch(self._changed)

    def _parties(self) -> tuple[_Party, _Party]:
        record, partner = self._call.record, self._partner
        caller = _Party(self._call.sid, self._call.peer, RecordingTrack.INBOUND, self._call.leg.direction)
        if partner is not None:
            return caller, _Party(partner.sid, partner.peer, RecordingTrack.OUTBOUND, partner.leg.direction)
        ours = record.to if record.direction.is_inbound else record.from_
        return caller, _Party(OURS, ours, RecordingTrack.OUTBOUND, Direction.SENDRECV)

    def _described(self, party: _Party, now: datetime) -> RecordedParticipant:
        before = self._present.get(party.key)
        return RecordedParticipant(
            participant_id=self._ids.setdefault(party.key, self._new_id()),
            aor=_uri(party.aor),
            stream_id=self._streams.get(party.track),
            joined=now if before is None else before.joined,
            speaks=party.direction.receives,
            hears=party.direction.sends,
        )


def _uri(party: str) -> str:
    """A number of a record as the URI that `aor` is (RFC 3966)."""
    return f"tel:{party}" if party.startswith("+") else party
