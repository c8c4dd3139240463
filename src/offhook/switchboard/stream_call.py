"""What an account does to the streams of a call that is alive: begin one, end it.

Called by `rest/api/streams.py` through the exchange. Source: reference/rest-api 2.2.
"""

from offhook.call.leg_state import LegState
from offhook.media_streams.order import StreamOrder
from offhook.media_streams.streams import Streams
from offhook.model.stream import Stream
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.update_call import NotInProgressError


def stream_call(account_sid: str, sid: str, order: StreamOrder, calls: LiveCalls, streams: Streams) -> Stream:
    """Begin a stream of a live call.

    Raises: NotInProgressError when the call is not answered, or not alive here; StreamRefusedError.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.state is not LegState.ANSWERED:
        raise NotInProgressError("Call is not in-progress. Cannot stream.")
    return streams.begin(live.call, order).record


def stop_stream(call_sid: str, wanted: str, streams: Streams) -> Stream | None:
    """End a stream by its Sid or name; as it is then, None when it does not run."""
    live = streams.find(call_sid, wanted)
    return live.stop() if live is not None else None
