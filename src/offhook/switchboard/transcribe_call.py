"""What an account does to the real-time transcriptions of a call that is alive: begin one, end it.

Called by `rest/api/call_transcriptions.py` through the exchange. Source: reference/rest-api 2.2.
"""

from offhook.call.leg_state import LegState
from offhook.model.realtime_transcription import RealtimeTranscription
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.update_call import NotInProgressError
from offhook.transcribing.order import TranscriptionOrder
from offhook.transcribing.transcriptions import Transcriptions


def transcribe_call(
    account_sid: str, sid: str, order: TranscriptionOrder, calls: LiveCalls, transcriptions: Transcriptions
) -> RealtimeTranscription:
    """Begin a transcription of a live call.

    Raises: NotInProgressError when the call is not answered, or not alive here; TranscriptionRefusedError.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.state is not LegState.ANSWERED:
        raise NotInProgressError("Call is not in-progress. Cannot transcribe.")
    return transcriptions.begin(live.call, order).record


def stop_transcription(
    call_sid: str, wanted: str, transcriptions: Transcriptions
) -> RealtimeTranscription | None:
    """End a transcription by its Sid or name; as it is then, None when it does not run."""
    live = transcriptions.find(call_sid, wanted)
    return live.stop() if live is not None else None
