"""The real-time transcriptions of this node: begins them and ends them.

Each runs as a task of its own and ends with its call at the latest. Called by verbs and by the API; made once
by the roof. Ours: a call has up to four tracks transcribed at once, as it has streams.
"""

from collections.abc import Sequence
from typing import Final

from offhook.base.ids import Chance, new_sid
from offhook.call.call import Call
from offhook.call.companions import Companions
from offhook.model.realtime_transcription import RealtimeTranscription, RealtimeTranscriptionStatus
from offhook.transcribing.live_transcription import HEARD, LiveTranscription, TranscriptionTools
from offhook.transcribing.order import TranscriptionOrder

TRACKS_MAX: Final = 4
INVALID: Final = 32650


class TranscriptionRefusedError(Exception):
    """A transcription may not begin. code: Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Transcriptions:
    """Those that run."""

    def __init__(self, tools: TranscriptionTools, chance: Chance) -> None:
        self._tools = tools
        self._chance = chance
        self._live: Companions[LiveTranscription] = Companions("transcription")

    def begin(self, call: Call, order: TranscriptionOrder) -> LiveTranscription:
        """Begin one; on a call that still rings it waits for the answer.

        Raises: TranscriptionRefusedError for one too many, or a name that is taken.
        """
        running = self.of_call(call.sid)
        if order.name is not None and any(live.record.name == order.name for live in running):
            text = f"a transcription of this call is named {order.name} already"
            raise TranscriptionRefusedError(INVALID, text)
        taken = sum(len(HEARD[live.order.track]) for live in running)
        if taken + len(HEARD[order.track]) > TRACKS_MAX:
            raise TranscriptionRefusedError(
                INVALID, f"{taken} tracks of the call are transcribed, of {TRACKS_MAX}"
            )
        sid = new_sid("GT", self._chance)
        record = RealtimeTranscription(
            sid=sid,
            account_sid=call.record.account_sid,
            call_sid=call.sid,
            name=order.name or sid,
            status=RealtimeTranscriptionStatus.IN_PROGRESS,
            updated_at=self._tools.ledger.now(),
        )
        live = LiveTranscription(call, order, record, self._tools)
        self._live.begin(call, live)
        return live

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
