"""The recording sessions of this node: begins them, ends them, and ends those of calls that are over.

Called by verbs and by the API; made once by the roof. The connectors are the operator's: names for
recording servers (`siprec_connectors`). A session takes its tracks of the four that a call has.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from offhook.call.call import Call
from offhook.call.companions import CompanionRefusedError, Companions, new_record
from offhook.media_streams.streams import TRACKS_MAX, Streams
from offhook.siprec.connector import Connector
from offhook.siprec.recording_session import TRACKS, RecordingSession, SiprecOrder, SiprecTools

INVALID_TRACK: Final = 31941


class Siprecs:
    """Those that run."""

    def __init__(self, tools: SiprecTools, connectors: Mapping[str, Connector], streams: Streams) -> None:
        """connectors: by the names that documents use."""
        self._tools = tools
        self._connectors = connectors
        self._streams = streams
        self._live: Companions[RecordingSession] = Companions("siprec")
        streams.count_also(self.tracks_taken)

    def connector(self, name: str) -> Connector | None:
        """A connector; None where the operator has none of that name."""
        return self._connectors.get(name)

    @property
    def connector_names(self) -> tuple[str, ...]:
        """What a document may name."""
        return tuple(self._connectors)

    def begin(self, call: Call, order: SiprecOrder) -> RecordingSession:
        """Begin one; on a call that still rings it waits for the answer. One with a fault only says so.

        Raises: CompanionRefusedError for one too many, or a name that is taken.
        """
        if order.fault is None:
            self._live.check_name(call, order.name, INVALID_TRACK)
            if self._streams.tracks_taken(call.sid) + len(TRACKS[order.track]) > TRACKS_MAX:
                what = f"a call has {TRACKS_MAX} tracks to pass on, no more"
                raise CompanionRefusedError(INVALID_TRACK, what)
        record = new_record("SR", call, order.name, self._tools.chance, self._tools.ledger.now())
        session = RecordingSession(call, order, record, self._tools)
        self._live.begin(call, session)
        return session

    def of_call(self, call_sid: str) -> Sequence[RecordingSession]:
        """Those of a call that have not ended."""
        return self._live.of_call(call_sid)

    def tracks_taken(self, call_sid: str) -> int:
        """How many tracks of a call they pass on."""
        return sum(len(TRACKS[each.order.track]) for each in self.of_call(call_sid))

    def find(self, call_sid: str, wanted: str) -> RecordingSession | None:
        """One of a call, by its Sid or its name."""
        return self._live.find(call_sid, wanted)

    async def drain(self, timeout_s: float) -> None:
        """Wait until those of calls that have ended have told so."""
        await self._live.drain(timeout_s)

    async def close(self) -> None:
        """End all."""
        await self._live.close()
