"""The real-time transcriptions of this node: begins them and ends them.

Each runs as a task of its own and ends with its call at the latest. Called by verbs and by the API; made once
by the roof. Ours: a call has up to four tracks transcribed at once, as it has streams.
"""

from collections.abc import Sequence
from typing import Final

from offhook.base.ids import Chance
from offhook.call.call import Call
from offhook.call.companions import CompanionRefusedError, Companions, new_record
from offhook.transcribing.live_transcription import HEARD, LiveTranscription, TranscriptionTools
from offhook.transcribing.order import TranscriptionOrder

TRACKS_MAX: Final = 4
INVALID: Final = 32650


class Transcriptions:
    """Those that run."""

    def __init__(self, tools: TranscriptionTools, chance: Chance) -> None:
        self._tools = tools
        self._chance = chance
        self._live: Companions[LiveTranscription] = Companions("transcription")

    def begin(self, call: Call, order: TranscriptionOrder) -> LiveTranscription:
        """Begin one; on a call that still rings it waits for the answer. One with a fault only says so.

        Raises: CompanionRefusedError for one too many, or a name that is taken.
        """
        if order.fault is None:
            self._check(call, order)
        record = new_record("GT", call, order.name, self._chance, self._tools.ledger.now())
        live = LiveTranscription(call, order, record, self._tools)
        self._live.begin(call, live)
        return live

    def _check(self, call: Call, order: TranscriptionOrder) -> None:
        self._live.check_name(call, order.name, INVALID)
        taken = sum(len(HEARD[live.order.track]) for live in self.of_call(call.sid))
        if taken + len(HEARD[order.track]) > TRACKS_MAX:
            raise CompanionRefusedError(
                INVALID, f"{taken} tracks of the call are transcribed, of {TRACKS_MAX}"
            )

    def of_call(self, call_sid: str) -> Sequence[LiveTranscription]:
        """Those of a call that have not ended and are not to end."""
        return self._live.of_call(call_sid)

    def find(self, call_sid: str, wanted: str) -> LiveTranscription | None:
        """A running one of a call, by its Sid or its name."""
        return self._live.find(call_sid, wanted)

    async def drain(self, timeout_s: float) -> None:
        """Wait until those of calls that have ended have told so."""
        await self._live.drain(timeout_s)

    async def close(self) -> None:
        """End all, whatever they are doing."""
        await self._live.close()
