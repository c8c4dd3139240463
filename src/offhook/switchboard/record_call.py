"""What an account does to the recordings of a call that is alive: begin one, pause it, go on, end it.

Called by `rest/api/call_recordings.py` through the exchange. Source: reference/rest-api 2.5.
"""

from dataclasses import dataclass

from offhook.call.leg_state import LegState
from offhook.model.recording import Recording, RecordingStatus
from offhook.recording.recorder import Recorder, RecordingOrder
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.update_call import NotInProgressError


class SeveralRecordingsError(Exception):
    """The only recording of a call was meant, and there are several."""


@dataclass(frozen=True, slots=True)
class RecordingUpdate:
    """What is to become of a recording; checked already."""

    status: RecordingStatus
    """PAUSED, IN_PROGRESS or STOPPED."""
    skips_pause: bool = False
    """Whether a pause leaves nothing in its place, not silence."""


def record_call(
    account_sid: str, sid: str, order: RecordingOrder, calls: LiveCalls, recorder: Recorder
) -> Recording:
    """Begin a recording of a live call.

    Raises: NotInProgressError when the call is not answered, or not alive here; RecordingError.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.state is not LegState.ANSWERED:
        raise NotInProgressError("Call is not in-progress. Cannot record.")
    return recorder.begin(live.call, order).recording


def update_recording(
    call_sid: str, sid: str | None, update: RecordingUpdate, recorder: Recorder
) -> Recording | None:
    """Change a recording under way; its record as it is then. None when it is not under way here.

    sid: None is the only one of the call. Raises: SeveralRecordingsError when there are several.
    """
    under_way = recorder.under_way(call_sid)
    if sid is None and len(under_way) > 1:
        raise SeveralRecordingsError(f"{len(under_way)} recordings of this call are under way")
    for live in under_way:
        if sid in (None, live.recording.sid):
            match update.status:
                case RecordingStatus.PAUSED:
                    return recorder.pause(live, skip=update.skips_pause)
                case RecordingStatus.IN_PROGRESS:
                    return recorder.resume(live)
                case _:
                    return recorder.stop(live)
    return None
